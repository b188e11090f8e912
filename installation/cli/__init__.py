"""The command line: one module for each command of `hidden-state`."""

__all__ = ["answer", "bench", "film", "lesson", "main", "play"]
