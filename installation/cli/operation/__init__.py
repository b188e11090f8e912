"""Commands for those who run an exhibit: check it, watch it, set it up, and let it learn."""

__all__ = [
    "calibrate",
    "check",
    "devices",
    "evolve",
    "kiosk",
    "simulate",
    "status",
    "web",
]
