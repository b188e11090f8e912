"""Music as data: notes and tunes, MIDI files, corpora and their splits."""

__all__ = [
    "atomic_files",
    "beat_grid",
    "beat_tracking",
    "drums",
    "key_detection",
    "midi_files",
    "midi_songs",
    "notes",
    "songs",
    "splits",
    "tempo_map",
]
