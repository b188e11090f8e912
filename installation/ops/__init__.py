"""Operation of the piece: logging, health figures, status file and background disk access."""
