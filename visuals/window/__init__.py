"""The window: presenters, frame clock, flash guard and settings."""

__all__ = [
    "crossfade",
    "flash_guard",
    "frame_clock",
    "frame_timing",
    "gc_policy",
    "picture_controls",
    "presenter",
    "scene_rotation",
    "stage_options",
]
