"""Analysis of trained networks: attribution, unit probing, activation maximisation, traces.

And of their tunes beside people's: features, and critics that know the difference.
"""

__all__ = [
    "activation_maximisation",
    "attribution",
    "note_edits",
    "trace",
    "tune_critics",
    "tune_features",
    "unit_probing",
]
