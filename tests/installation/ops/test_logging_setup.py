from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
import time
from pathlib import Path
from threading import Event

import pytest

from installation.config import LogSettings
from installation.engine.scheduler import Lateness
from installation.ops.background_worker import MAX_QUEUED_TASKS
from installation.ops.logging_setup import (
    BackgroundLogHandler,
    SharedRotatingFileHandler,
    set_up_logging,
)
from installation.ops.metrics import FrameRateMeter, ProcessMetrics, resident_memory_bytes
from installation.ops.status_file import ProcessHealth, StatusFile
from messages.clock import SECOND


@pytest.fixture
def root():
    """The root logger, put back as it was."""
    logger = logging.getLogger()
    handlers, level = list(logger.handlers), logger.level
    yield logger
    for handler in list(logger.handlers):
        if handler not in handlers:
            handler.close()
    logger.handlers[:], logger.level = handlers, level


def test_an_event_is_a_json_object_on_a_line(root, tmp_path) -> None:
    path = tmp_path / "piece.log"
    set_up_logging(LogSettings(format="json", file=str(path)))
    logging.getLogger("house").warning("the %s\nhangs", "stage")
    root.handlers[0].flush()
    (line,) = path.read_text().splitlines()
    event = json.loads(line)
    assert (event["level"], event["where"], event["what"]) == (
        "warning",
        "house",
        "the stage\nhangs",
    )


def test_an_event_in_words_is_one_line_with_its_traceback(root, tmp_path) -> None:
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


class SlowDisk(logging.StreamHandler):
    """Writes nothing until it is let."""

    def __init__(self) -> None:
        super().__init__(io.StringIO())
        self.busy, self.free = Event(), Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.busy.set()
        self.free.wait(10.0)
        if self.stream is not None:
            super().emit(record)


def test_a_slow_disk_holds_up_nobody_who_tells_something() -> None:
    disk, thing = SlowDisk(), ["as it was"]
    handler = BackgroundLogHandler(disk)
    say(handler, "first")
    assert disk.busy.wait(10.0)
    handler.emit(logging.LogRecord("a", logging.INFO, "", 0, "%s", (thing,), None))  # returns
    thing[0] = "as it is now"
    disk.free.set()
    stream = disk.stream
    handler.close()
    assert stream.getvalue().splitlines() == ["first", "['as it was']"]


def test_a_disk_that_hangs_does_not_hold_up_the_end() -> None:
    disk = SlowDisk()
    handler = BackgroundLogHandler(disk)
    say(handler, "first")
    assert disk.busy.wait(10.0)
    before = time.monotonic()
    handler.flush()
    handler.close()
    disk.flush()  # as `logging.shutdown` does
    assert time.monotonic() - before < 5.0
    disk.free.set()


def test_lines_that_found_no_room_are_counted_in_the_log() -> None:
    disk = SlowDisk()
    handler = BackgroundLogHandler(disk)
    say(handler, "first")
    assert disk.busy.wait(10.0)
    for number in range(MAX_QUEUED_TASKS + 3):
        say(handler, str(number))
    disk.free.set()
    handler.flush()
    say(handler, "last")
    stream = disk.stream
    handler.close()
    lines = stream.getvalue().splitlines()
    assert len(lines) == MAX_QUEUED_TASKS + 3
    assert [line for line in lines if line.startswith("3 lines left out")]


def test_what_is_logged_last_is_written_before_a_program_ends(tmp_path) -> None:
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


def say(handler: logging.Handler, words: str) -> None:
    handler.emit(logging.LogRecord("a", logging.INFO, "", 0, words, None, None))


def test_a_file_is_rotated_and_only_so_many_are_kept(tmp_path) -> None:
    handler = handler_of(tmp_path / "piece.log")
    for number in range(60):
        say(handler, f"event {number:03d}")
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
        say(one if number % 2 else two, f"event {number:03d}")
    one.close()
    two.close()
    lines = [line for path in tmp_path.iterdir() for line in path.read_text().splitlines()]
    assert sorted(lines) == [f"event {number:03d}" for number in range(40)]


def test_a_folder_that_is_gone_stops_nothing(tmp_path, capsys) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    handler = handler_of(folder / "piece.log")
    (folder / "piece.log").unlink()
    folder.rmdir()
    say(handler, "unheard")
    handler.close()
    assert capsys.readouterr().err == ""


def test_the_status_is_written_once_a_second(tmp_path) -> None:
    path = tmp_path / "status.json"
    status = StatusFile(path, start=0)
    vitals = ProcessMetrics(5_000_000, lateness=Lateness(0.01, 0.2, 0.9, 400), turn="attract")
    health = {"performer": ProcessHealth("well", 1, vitals), "stage": ProcessHealth("held", 3)}
    status.update(SECOND, health)
    status.update(SECOND + SECOND // 2, {})
    status.close()
    told = json.loads(path.read_text())
    assert told["uptime"] == 1.0
    assert told["performer"]["lateness"]["p99"] == 0.2
    assert told["performer"]["turn"] == "attract"
    assert told["stage"] == {"state": "held", "restarts": 3}
    assert [p.name for p in tmp_path.iterdir()] == ["status.json"]


def test_a_status_that_cannot_be_written_is_told_once(tmp_path, caplog) -> None:
    status = StatusFile(tmp_path / "nowhere" / "status.json", start=0)
    for second in range(1, 4):
        status.update(second * SECOND, {})
    status.close()
    assert len(caplog.records) == 1


def test_a_status_is_asked_for_without_waiting_for_the_disk(tmp_path, monkeypatch) -> None:
    busy, free, written = Event(), Event(), []

    def put(path: Path, text: str) -> None:
        busy.set()
        free.wait(10.0)
        written.append(json.loads(text)["uptime"])

    monkeypatch.setattr("installation.ops.status_file.write_text_atomically", put)
    status = StatusFile(tmp_path / "status.json", start=0)
    status.update(SECOND, {})
    assert busy.wait(10.0)
    for second in (2, 3):  # returns, though the disk is at the first
        status.update(second * SECOND, {})
    free.set()
    status.close()
    assert written == [1.0, 3.0]


def test_the_frame_rate_is_that_of_the_last_frames() -> None:
    rate = FrameRateMeter()
    assert rate.frames_per_second == 0.0
    for frame in range(10):
        rate.record_frame(frame * SECOND // 50)
    assert rate.frames_per_second == pytest.approx(50)


def test_this_process_uses_memory() -> None:
    assert resident_memory_bytes() > 1_000_000
