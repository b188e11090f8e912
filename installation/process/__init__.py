"""The house: processes, wire, recorder, logs."""

__all__ = ["headless", "launcher", "process_lifetime", "spawned_process", "workers"]
