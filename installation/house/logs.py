"""Logs: one line an event, to standard error or a file."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from installation.config import LogSettings

FORMAT = "%(asctime)s %(levelname)-7s %(processName)s %(name)s: %(message)s"


class _OneLine(logging.Formatter):
    """Keeps an event on one line, a traceback too."""

    def format(self, record: logging.LogRecord) -> str:
        return " | ".join(line.strip() for line in super().format(record).splitlines())


def set_up_logging(settings: LogSettings) -> None:
    """Send this process's log where the settings say.

    Raises
    ------
    OSError
        If the file cannot be opened.
    """
    handler: logging.Handler
    if settings.file:
        handler = logging.FileHandler(Path(settings.file), encoding="utf-8")
        handler.setFormatter(_OneLine(FORMAT))
    else:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_OneLine("%(levelname)s: %(message)s"))
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(settings.level.upper())
