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
from installation.ops.background_worker import BackgroundWorker

LOG_FORMAT = "%(asctime)s %(levelname)-7s %(processName)s %(name)s: %(message)s"
BYTES_PER_MEGABYTE = 1_000_000
LOG_FLUSH_TIMEOUT_S = 0.5
"""Seconds to wait at the end for a disk that does not answer."""


class _OneLineFormatter(logging.Formatter):
    """Keeps an event on one line, a traceback too."""

    def format(self, record: logging.LogRecord) -> str:
        return " | ".join(line.strip() for line in super().format(record).splitlines())


class _JsonFormatter(logging.Formatter):
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


class SharedRotatingFileHandler(WatchedFileHandler):
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
        self._path, self._max_bytes, self._backup_count = path, size, keep

    def emit(self, record: logging.LogRecord) -> None:
        self.acquire()
        try:
            self.reopenIfNeeded()
            if self.stream is not None and self.stream.tell() > self._max_bytes:
                self._rotate()
            super().emit(record)
        except OSError:  # the folder is gone or the disk full: nowhere left to say so
            self.handleError(record)
        finally:
            self.release()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Lose the line: what cannot be logged must not stop the music, nor fill the screen."""

    def _rotate(self) -> None:
        for number in range(self._backup_count - 1, 0, -1):
            older = self._backup_path(number)
            if older.exists():
                older.replace(self._backup_path(number + 1))
        self._path.replace(self._backup_path(1))
        self.reopenIfNeeded()

    def _backup_path(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")


class BackgroundLogHandler(logging.Handler):
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
        self._reported_drops = 0  # as far as that was told
        self._worker: BackgroundWorker[logging.LogRecord] = BackgroundWorker(self._write, "log")

    def emit(self, record: logging.LogRecord) -> None:
        """What it is about is put in words at once, since it may change."""
        told = copy.copy(record)
        told.msg, told.args = record.getMessage(), None
        if record.exc_info:
            told.exc_text = record.exc_text or logging.Formatter().formatException(record.exc_info)
            told.exc_info = None
        self._worker.submit(told)

    def flush(self) -> None:
        """Wait for what was told so far to be written, within bounds."""
        self._worker.flush(LOG_FLUSH_TIMEOUT_S)

    def close(self) -> None:
        if self._worker.close(LOG_FLUSH_TIMEOUT_S):
            self._target.close()
        else:
            self._target.stream = None  # left to the thread that hangs in it
        super().close()

    def _write(self, record: logging.LogRecord) -> None:
        missing = self._worker.dropped_count - self._reported_drops
        if missing:
            self._reported_drops += missing
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
        handler = SharedRotatingFileHandler(
            Path(settings.file), round(settings.size * BYTES_PER_MEGABYTE), settings.keep
        )
        handler.setFormatter(_OneLineFormatter(LOG_FORMAT))
    else:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_OneLineFormatter("%(levelname)s: %(message)s"))
    if settings.format == "json":
        handler.setFormatter(_JsonFormatter())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(BackgroundLogHandler(handler))
    root.setLevel(settings.level.upper())
