"""Logs: one line an event, as text or as JSON, to standard error or to a file that is rotated.

Lines are written on a thread of their own: a slow disk, or a terminal that nobody reads, must not
hold up whoever has something to tell, least of all the music.
"""

from __future__ import annotations

import copy
import json
import logging
import sys
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from pathlib import Path

from installation.config import LogSettings
from installation.ops.background_worker import Aside

FORMAT = "%(asctime)s %(levelname)-7s %(processName)s %(name)s: %(message)s"
MEGABYTE = 1_000_000
PATIENCE = 0.5
"""Seconds to wait at the end for a disk that does not answer."""


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
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        if record.exc_text:
            event["trace"] = record.exc_text
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


class AsideHandler(logging.Handler):
    """Hands events to another handler on a thread of its own, and never waits.

    Parameters
    ----------
    target : logging.StreamHandler
        Used by that thread alone from now on.
    """

    def __init__(self, target: logging.StreamHandler) -> None:
        super().__init__()
        self._target = target
        target.lock = None  # nor does the end of the program wait for a write that hangs
        self._left_out = 0  # as far as that was told
        self._aside: Aside[logging.LogRecord] = Aside(self._write, "log")

    def emit(self, record: logging.LogRecord) -> None:
        """What it is about is put in words at once, since it may change."""
        told = copy.copy(record)
        told.msg, told.args = record.getMessage(), None
        if record.exc_info:
            told.exc_text = record.exc_text or logging.Formatter().formatException(record.exc_info)
            told.exc_info = None
        self._aside.ask(told)

    def flush(self) -> None:
        """Wait for what was told so far to be written, within bounds."""
        self._aside.flush(PATIENCE)

    def close(self) -> None:
        if self._aside.close(PATIENCE):
            self._target.close()
        else:
            self._target.stream = None  # left to the thread that hangs in it
        super().close()

    def _write(self, record: logging.LogRecord) -> None:
        missing = self._aside.left_out - self._left_out
        if missing:
            self._left_out += missing
            words = f"{missing} lines left out here: they could not be written in time"
            name, level = __name__, logging.WARNING
            self._target.emit(logging.LogRecord(name, level, "", 0, words, None, None))
        self._target.emit(record)


def set_up_logging(settings: LogSettings) -> None:
    """Send this process's log where the settings say.

    Raises
    ------
    OSError
        If the file cannot be opened.
    """
    handler: logging.StreamHandler
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
    root.addHandler(AsideHandler(handler))
    root.setLevel(settings.level.upper())
