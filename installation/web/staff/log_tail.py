"""The last lines of the log."""

from __future__ import annotations

from pathlib import Path

MAX_TAIL_BYTES = 65_536  # part of the file that is read
MAX_TAIL_LINES = 200
MAX_LINE_LENGTH = 500


def read_log_tail(path: Path | None) -> list[str]:
    """The last lines of a log file, the newest last; a sentence if there are none."""
    if path is None:
        return ["The log goes to the terminal: log.file in config.toml names a file."]
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - MAX_TAIL_BYTES))
            text = file.read(MAX_TAIL_BYTES).decode("utf-8", "replace")
    except OSError as error:
        return [f"The log cannot be read: {error.strerror}."]
    lines = text.splitlines()[size > MAX_TAIL_BYTES :]
    shown = ("".join(each if each.isprintable() else " " for each in line) for line in lines)
    return [line[:MAX_LINE_LENGTH] for line in shown][-MAX_TAIL_LINES:]
