"""Operation: logging, metrics and the status file."""

__all__ = ["background_worker", "logging_setup", "metrics", "status_file"]
