"""The window: presenters, frame clock, flash guard and settings."""

__all__ = [
    "flash_meter",
    "frame_clock",
    "frame_timing",
    "gc_policy",
    "picture_controls",
    "presenter",
    "splash",
    "stage_options",
]
