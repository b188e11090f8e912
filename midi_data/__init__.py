"""Music as data: notes, tunes, MIDI files, corpora."""
