"""Logging: one line per event, as text or JSON, to standard error or to a rotated file.

Without a file the installed service logs to the journal, and to a small file for the staff page.

A background thread writes the lines: a slow disk, or a terminal that nobody reads, never delays the
music.
"""

from __future__ import annotations

import contextlib
import copy
import logging
import os
import sys
from datetime import UTC, datetime
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from queue import Full, Queue
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from installation.config import LogSettings
from installation.ops.service_folder import LOG_FILE_NAME, service_path

LOG_FORMAT = "%(asctime)s %(levelname)-7s %(processName)s %(name)s: %(message)s"
JSON_FIELD_NAMES = {
    "processName": "process",
    "name": "where",
    "message": "what",
    "exc_info": "trace",
}
"""Names of the fields in a JSON line, by their names in `logging`."""
BYTES_PER_MEGABYTE = 1_000_000
MAX_SERVICE_LOG_BYTES = BYTES_PER_MEGABYTE  # it lies in memory; the journal has the rest
MAX_QUEUED_LINES = 1000  # lines that may wait for a slow disk; more are dropped and counted
LOG_FLUSH_TIMEOUT_S = 0.5  # longest wait for a disk at the end of the program, seconds


_log = logging.getLogger(__name__)


class LogFileError(ValueError):
    """A log file cannot be written; one line."""


class _OneLineFormatter(logging.Formatter):
    """Writes an event and its traceback on one line."""

    def format(self, record: logging.LogRecord) -> str:
        return " | ".join(line.strip() for line in super().format(record).splitlines())


class _JsonLineFormatter(JsonFormatter):
    """Writes an event as a JSON object on one line."""

    def __init__(self) -> None:
        fields = ["at", "level", *list(JSON_FIELD_NAMES)[:-1]]
        super().__init__(fields, rename_fields=JSON_FIELD_NAMES, json_ensure_ascii=False)

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        record.at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        record.level = record.levelname.lower()
        super().add_fields(log_data, record, message_dict)


class SharedRotatingFileHandler(RotatingFileHandler):
    """A rotated log file that several processes write to.

    The standard handler would go on writing to a file that another process has rotated away; this
    one notices and opens the new file.
    """

    def __init__(self, path: Path, max_bytes: int, backup_count: int) -> None:
        super().__init__(path, "a", max_bytes, backup_count, encoding="utf-8")

    def emit(self, record: logging.LogRecord) -> None:
        if self.stream is not None and self._has_moved():
            stream, self.stream = self.stream, None  # the base class opens the new file
            with contextlib.suppress(OSError):  # a full disk: what it holds cannot be written
                stream.close()
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Drop the line: a full disk must not stop the music or fill the screen."""

    def _has_moved(self) -> bool:
        try:
            return not os.path.samestat(
                Path(self.baseFilename).stat(), os.fstat(self.stream.fileno())
            )
        except (OSError, ValueError):  # ValueError: the stream is closed
            return True


class _NoLock(contextlib.nullcontext):
    """Stands in for a handler's lock: the end of the program must not wait for a hung write."""

    def acquire(self) -> None:
        """Take nothing."""

    def release(self) -> None:
        """Release nothing."""


class BackgroundLogHandler(QueueHandler):
    """Passes events to another handler on a background thread; never waits for it."""

    def __init__(self, target: logging.StreamHandler) -> None:
        self._lines: Queue[logging.LogRecord] = Queue(MAX_QUEUED_LINES)
        super().__init__(self._lines)
        self._target = target
        target.lock = _NoLock()
        self._dropped_count = 0
        self._writer: QueueListener | None = QueueListener(self._lines, target)
        self._writer.start()

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """Format the message and the traceback now, since their objects may change.

        The standard method would join the two; the JSON line keeps them apart.
        """
        prepared = copy.copy(record)
        prepared.msg, prepared.args = record.getMessage(), None
        if record.exc_info:
            formatted = logging.Formatter().formatException(record.exc_info)
            prepared.exc_text, prepared.exc_info = record.exc_text or formatted, None
        return prepared

    def enqueue(self, record: logging.LogRecord) -> None:
        """Queue a line, or count it as dropped."""
        try:
            if self._dropped_count:
                self._lines.put_nowait(_dropped_lines_record(self._dropped_count))
                self._dropped_count = 0
            self._lines.put_nowait(record)
        except Full:
            self._dropped_count += 1

    def flush(self) -> None:
        """Wait until the queued lines are written, at most `LOG_FLUSH_TIMEOUT_S`."""
        self._flush_queue()

    def close(self) -> None:
        if self._writer is not None:
            if self._flush_queue():
                self._writer.stop()
                self._target.close()
            else:
                self._target.stream = None  # the hung thread keeps it
            self._writer = None
        super().close()

    def _flush_queue(self) -> bool:
        with self._lines.all_tasks_done:
            return self._lines.all_tasks_done.wait_for(
                lambda: not self._lines.unfinished_tasks, LOG_FLUSH_TIMEOUT_S
            )


def _dropped_lines_record(count: int) -> logging.LogRecord:
    message = f"{count} lines dropped here: they could not be written in time"
    return logging.LogRecord(__name__, logging.WARNING, "", 0, message, None, None)


def set_up_logging(settings: LogSettings) -> None:
    """Direct the log of this process as the settings say.

    Parameters
    ----------
    settings : LogSettings

    Raises
    ------
    LogFileError
        If the settings' file cannot be opened.
    """
    handlers = [_open_file_or_terminal(settings)]
    failure = None
    path = None if settings.file else service_path(LOG_FILE_NAME)
    if path is not None:
        try:
            handlers.append(_open_file(path, MAX_SERVICE_LOG_BYTES, 1))
        except LogFileError as error:
            failure = error
    root = logging.getLogger()
    root.handlers.clear()
    for handler in handlers:
        if settings.format == "json":
            handler.setFormatter(_JsonLineFormatter())
        root.addHandler(BackgroundLogHandler(handler))
    root.setLevel(settings.level.upper())
    if failure is not None:  # the journal has all of it
        _log.warning("the staff page shows no log: %s", failure)


def set_up_worker_logging(settings: LogSettings) -> None:
    """Direct the log of a child process, which plays on where the file has become unwritable.

    Parameters
    ----------
    settings : LogSettings
        Their file could be opened when the piece began.
    """
    try:
        set_up_logging(settings)
    except LogFileError as error:
        set_up_logging(settings.model_copy(update={"file": ""}))
        _log.warning("%s; it goes to the terminal", error)


def check_log_file(settings: LogSettings) -> None:
    """Check that the log file can be written; one that is not there is not left behind.

    Parameters
    ----------
    settings : LogSettings

    Raises
    ------
    LogFileError
    """
    if not settings.file:
        return
    path = Path(settings.file)
    is_new = not path.exists()
    _open_file(path, 0, 1).close()
    if is_new:
        path.unlink(missing_ok=True)


def _open_file_or_terminal(settings: LogSettings) -> logging.StreamHandler:
    """The settings' log file, or standard error."""
    if settings.file:
        max_bytes = round(settings.size * BYTES_PER_MEGABYTE)
        return _open_file(Path(settings.file), max_bytes, settings.keep)
    terminal = logging.StreamHandler(sys.stderr)
    terminal.setFormatter(_OneLineFormatter("%(levelname)s: %(message)s"))
    return terminal


def _open_file(path: Path, max_bytes: int, backup_count: int) -> logging.StreamHandler:
    try:
        handler = SharedRotatingFileHandler(path, max_bytes, backup_count)
    except OSError as error:
        raise LogFileError(f"the log cannot be written to {path}: {error.strerror}") from error
    handler.setFormatter(_OneLineFormatter(LOG_FORMAT))
    return handler
