"""Analysis of trained networks: attribution, unit probing, activation maximisation, traces."""

__all__ = ["activation_maximisation", "attribution", "note_edits", "trace", "unit_probing"]
