from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest

from installation.config import LogSettings
from installation.ops.logging_setup import (
    MAX_QUEUED_LINES,
    BackgroundLogHandler,
    LogFileError,
    SharedRotatingFileHandler,
    check_log_file,
    set_up_logging,
    set_up_worker_logging,
)
from installation.ops.service_folder import FOLDER_VARIABLE, LOG_FILE_NAME
from tests.hang_guard import HANG_GUARD_S, wait_until


@pytest.fixture
def root():
    """The root logger, restored after the test."""
    logger = logging.getLogger()
    handlers, level = list(logger.handlers), logger.level
    yield logger
    for handler in list(logger.handlers):
        if handler not in handlers:
            handler.close()
    logger.handlers[:], logger.level = handlers, level


def test_an_event_is_a_json_object_on_one_line(root, tmp_path) -> None:
    path = tmp_path / "piece.log"
    set_up_logging(LogSettings(format="json", file=str(path)))
    logging.getLogger("house").warning("the %s\nhangs", "stage")
    root.handlers[0].flush()
    (line,) = path.read_text().splitlines()
    event = json.loads(line)
    assert list(event) == ["at", "level", "process", "where", "what"]
    assert datetime.fromisoformat(event.pop("at")).utcoffset() == timedelta(0)
    assert list(event.values()) == ["warning", "MainProcess", "house", "the stage\nhangs"]


def test_a_text_event_is_one_line_with_its_traceback(root, tmp_path) -> None:
    path = tmp_path / "piece.log"
    set_up_logging(LogSettings(file=str(path)))
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        logging.getLogger("house").exception("it failed")
    root.handlers[0].flush()
    (line,) = path.read_text().splitlines()
    assert "it failed" in line
    assert "ValueError: first | second" in line


def test_a_traceback_is_kept_in_json(root, tmp_path) -> None:
    path = tmp_path / "piece.log"
    set_up_logging(LogSettings(format="json", file=str(path)))
    try:
        raise ValueError("first")
    except ValueError:
        logging.getLogger("house").exception("it failed")
    root.handlers[0].flush()
    event = json.loads(path.read_text())
    assert event["what"] == "it failed"
    assert event["trace"].splitlines()[-1] == "ValueError: first"


def test_a_service_logs_to_the_journal_and_to_a_file_for_the_staff(
    root, tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    set_up_logging(LogSettings())
    logging.getLogger("house").warning("the screen is gone")
    for handler in root.handlers:
        handler.flush()
    assert "the screen is gone" in (tmp_path / LOG_FILE_NAME).read_text()
    assert "the screen is gone" in capsys.readouterr().err


def test_a_service_whose_file_cannot_be_opened_logs_to_the_journal_and_says_so(
    root, tmp_path, monkeypatch, capsys
) -> None:
    (tmp_path / LOG_FILE_NAME).mkdir()
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    set_up_worker_logging(LogSettings())
    logging.getLogger("house").warning("the screen is gone")
    for handler in root.handlers:
        handler.flush()
    told = capsys.readouterr().err
    assert "the staff page shows no log: " in told and "the screen is gone" in told


def test_a_service_with_a_log_file_of_its_own_has_no_second_one(
    root, tmp_path, monkeypatch
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "run"))
    set_up_logging(LogSettings(file=str(tmp_path / "own.log")))
    assert [path.name for path in tmp_path.iterdir()] == ["own.log"]


class SlowDisk(logging.StreamHandler):
    """Writes nothing until `free` is set."""

    def __init__(self) -> None:
        super().__init__(io.StringIO())
        self.busy, self.free = Event(), Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.busy.set()
        self.free.wait(HANG_GUARD_S)
        if self.stream is not None:
            super().emit(record)


def test_a_slow_disk_delays_no_caller_and_the_message_is_formatted_at_once() -> None:
    disk, item = SlowDisk(), ["as it was"]
    handler = BackgroundLogHandler(disk)
    log_line(handler, "first")
    assert disk.busy.wait(HANG_GUARD_S)
    handler.emit(logging.LogRecord("a", logging.INFO, "", 0, "%s", (item,), None))  # returns
    item[0] = "as it is now"
    disk.free.set()
    stream = disk.stream
    handler.close()
    assert stream.getvalue().splitlines() == ["first", "['as it was']"]


def test_a_hung_disk_does_not_delay_the_end() -> None:
    disk = SlowDisk()
    handler = BackgroundLogHandler(disk)
    log_line(handler, "first")
    assert disk.busy.wait(HANG_GUARD_S)

    def end() -> None:
        handler.flush()
        handler.close()
        disk.flush()  # as `logging.shutdown` does

    ending = Thread(target=end)
    ending.start()
    assert wait_until(lambda: not ending.is_alive()) < 5.0
    disk.free.set()


def test_dropped_lines_are_counted_in_the_log() -> None:
    disk = SlowDisk()
    handler = BackgroundLogHandler(disk)
    log_line(handler, "first")
    assert disk.busy.wait(HANG_GUARD_S)
    for number in range(MAX_QUEUED_LINES + 3):
        log_line(handler, str(number))
    disk.free.set()
    handler.flush()
    log_line(handler, "last")
    stream = disk.stream
    handler.close()
    lines = stream.getvalue().splitlines()
    assert len(lines) == MAX_QUEUED_LINES + 3
    assert [line for line in lines if line.startswith("3 lines dropped")]


def test_the_last_line_is_written_before_the_program_ends(tmp_path) -> None:
    path = tmp_path / "piece.log"
    program = (
        "import logging; from installation.config import LogSettings; "
        "from installation.ops.logging_setup import set_up_logging; "
        f"set_up_logging(LogSettings(file={str(path)!r})); "
        "logging.getLogger('house').warning('the end')"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    assert "the end" in path.read_text()


def handler_of(path: Path, size: int = 200, keep: int = 2) -> SharedRotatingFileHandler:
    handler = SharedRotatingFileHandler(path, size, keep)
    handler.setFormatter(logging.Formatter("%(message)s"))
    return handler


def log_line(handler: logging.Handler, words: str) -> None:
    handler.emit(logging.LogRecord("a", logging.INFO, "", 0, words, None, None))


def test_a_file_is_rotated_and_a_limited_number_is_kept(tmp_path) -> None:
    handler = handler_of(tmp_path / "piece.log")
    for number in range(60):
        log_line(handler, f"event {number:03d}")
    handler.close()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["piece.log", "piece.log.1", "piece.log.2"]
    assert "event 059" in (tmp_path / "piece.log").read_text()


def test_two_processes_share_a_file_and_no_line_is_lost(tmp_path) -> None:
    one, two = (
        handler_of(tmp_path / "piece.log", keep=9),
        handler_of(tmp_path / "piece.log", keep=9),
    )
    for number in range(40):
        log_line(one if number % 2 else two, f"event {number:03d}")
    one.close()
    two.close()
    lines = [line for path in tmp_path.iterdir() for line in path.read_text().splitlines()]
    assert sorted(lines) == [f"event {number:03d}" for number in range(40)]


def test_a_missing_folder_raises_nothing(tmp_path, capsys) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    handler = handler_of(folder / "piece.log")
    (folder / "piece.log").unlink()
    folder.rmdir()
    log_line(handler, "unheard")
    handler.close()
    assert capsys.readouterr().err == ""


def test_a_log_file_that_cannot_be_closed_is_left_for_the_new_one(tmp_path):
    path = tmp_path / "piece.log"
    handler = SharedRotatingFileHandler(path, 1000, 1)
    record = logging.LogRecord("one", logging.INFO, "", 0, "line", None, None)
    handler.emit(record)

    class FullDisk(io.StringIO):
        def fileno(self):
            return handler_fd

        def close(self):
            super().close()
            raise OSError(28, "no space left")

    handler_fd = handler.stream.fileno()
    kept, handler.stream = handler.stream, FullDisk()
    path.unlink()
    handler.emit(record)
    handler.emit(record)
    kept.close()
    handler.close()
    assert path.read_text().count("line") == 2


def test_a_log_file_that_cannot_be_opened_is_one_line(root, tmp_path) -> None:
    settings = LogSettings(file=str(tmp_path / "none" / "piece.log"))
    for use in (set_up_logging, check_log_file):
        with pytest.raises(LogFileError, match="piece.log: No such file or directory"):
            use(settings)


def test_the_check_of_a_log_file_leaves_none_and_loses_none(tmp_path) -> None:
    old = tmp_path / "old.log"
    old.write_text("a line\n")
    for path in (old, tmp_path / "new.log"):
        check_log_file(LogSettings(file=str(path)))
    check_log_file(LogSettings())
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [
        ("old.log", "a line\n")
    ]


def test_a_worker_without_its_log_file_logs_to_the_terminal(root, tmp_path, capsys) -> None:
    set_up_worker_logging(LogSettings(file=str(tmp_path / "none" / "piece.log")))
    logging.getLogger("house").warning("the screen is gone")
    for handler in root.handlers:
        handler.flush()
    told = capsys.readouterr().err
    assert "piece.log" in told and "the screen is gone" in told
