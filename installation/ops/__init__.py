"""Operation of the piece: logging, health figures, status file, heap and background disk access."""

__all__ = [
    "answer_log",
    "background_worker",
    "exhibit_status",
    "heap_trimmer",
    "house_state",
    "logging_setup",
    "machine_status",
    "metrics",
    "open_metrics",
    "service_folder",
    "status_file",
    "wall_clock",
]
