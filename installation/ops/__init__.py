"""Operation of the piece: logging, health figures, status file and background disk access."""

__all__ = ["background_worker", "logging_setup", "metrics", "status_file"]
