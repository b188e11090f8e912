"""Logs: one line an event, as text or as JSON, to standard error or to a file that is rotated."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from pathlib import Path

from installation.config import LogSettings

FORMAT = "%(asctime)s %(levelname)-7s %(processName)s %(name)s: %(message)s"
MEGABYTE = 1_000_000


class _OneLine(logging.Formatter):
    """Keeps an event on one line, a traceback too."""

    def format(self, record: logging.LogRecord) -> str:
        return " | ".join(line.strip() for line in super().format(record).splitlines())


class _Json(logging.Formatter):
    """An event as a JSON object on a line of its own."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        event = {
            "at": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "process": record.processName,
            "where": record.name,
            "what": record.getMessage(),
        }
        if record.exc_info:
            event["trace"] = self.formatException(record.exc_info)
        return json.dumps(event, ensure_ascii=False)


class RotatedFile(WatchedFileHandler):
    """A log file that several processes write to, and any of them rotates.

    Each notices that another has moved the file, and opens the new one.

    Parameters
    ----------
    path : Path
    size : int
        Bytes after which it is moved to `path`.1, that to `path`.2 and so on.
    keep : int
        How many moved ones are kept.

    Raises
    ------
    OSError
        If it cannot be opened.
    """

    def __init__(self, path: Path, size: int, keep: int) -> None:
        super().__init__(path, encoding="utf-8")
        self._path, self._size, self._keep = path, size, keep

    def emit(self, record: logging.LogRecord) -> None:
        self.acquire()
        try:
            self.reopenIfNeeded()
            if self.stream is not None and self.stream.tell() > self._size:
                self._rotate()
            super().emit(record)
        except OSError:  # the folder is gone or the disk full: nowhere left to say so
            self.handleError(record)
        finally:
            self.release()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Lose the line: what cannot be logged must not stop the music, nor fill the screen."""

    def _rotate(self) -> None:
        for number in range(self._keep - 1, 0, -1):
            older = self._numbered(number)
            if older.exists():
                older.replace(self._numbered(number + 1))
        self._path.replace(self._numbered(1))
        self.reopenIfNeeded()

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")


def set_up_logging(settings: LogSettings) -> None:
    """Send this process's log where the settings say.

    Raises
    ------
    OSError
        If the file cannot be opened.
    """
    handler: logging.Handler
    if settings.file:
        handler = RotatedFile(Path(settings.file), round(settings.size * MEGABYTE), settings.keep)
        handler.setFormatter(_OneLine(FORMAT))
    else:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_OneLine("%(levelname)s: %(message)s"))
    if settings.format == "json":
        handler.setFormatter(_Json())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(settings.level.upper())
