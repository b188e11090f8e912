"""The processes of a run: supervisor, performer, stage and lesson trainer, and their channels."""

__all__ = [
    "control_pipe",
    "headless",
    "launcher",
    "managed_process",
    "picture_channel",
    "process_lifetime",
    "shared_ring",
    "spawned_process",
    "workers",
]
