"""Sets: styles, tempo, instruments, band and picture of an evening, each in a file of its own."""

__all__ = ["set_file"]
