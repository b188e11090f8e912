"""The processes of a run: supervisor, performer, stage and lesson trainer, and their channels."""

__all__ = ["headless", "launcher", "process_lifetime", "shared_ring", "spawned_process", "workers"]
