"""The staff page: the state of the piece, its controls, recordings, visits and log."""

__all__ = [
    "family_tree",
    "live_picture",
    "log_tail",
    "piece_link",
    "recordings",
    "routes",
    "visit_plots",
]
