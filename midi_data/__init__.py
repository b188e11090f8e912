"""Music as data: notes and tunes, MIDI files, corpora and their splits."""
