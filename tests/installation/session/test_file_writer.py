"""Files are written without holding up the music."""

from __future__ import annotations

import errno
import logging
from dataclasses import replace
from pathlib import Path
from threading import Event, current_thread

from installation.session.file_writer import (
    MidiFileContent,
    RecordingWriter,
    ThreadedRecordingWriter,
)
from midi_data.notes import Meter
from tests.hang_guard import HANG_GUARD_S

CONTENT = MidiFileContent(Path("visit.mid"), (), 120.0, Meter(), "first")


class Disk:
    """Writes when `free` is set, and keeps the titles."""

    def __init__(self) -> None:
        self.titles: list[str] = []
        self.busy, self.free = Event(), Event()

    def write_file(self, path, parts, tempo, meter, title, changes) -> None:
        self.busy.set()
        self.free.wait(HANG_GUARD_S)
        self.titles.append(title)


def submit(writer: RecordingWriter, content: MidiFileContent) -> None:
    writer.write(content.path, lambda: content)


def test_a_slow_disk_delays_no_caller_and_gets_only_the_newest_content(tmp_path) -> None:
    disk = Disk()
    writer = ThreadedRecordingWriter(disk.write_file)
    content = replace(CONTENT, path=tmp_path / "visit.mid")
    submit(writer, content)
    assert disk.busy.wait(HANG_GUARD_S)
    for title in ("second", "third"):  # returns, though the disk is at the first
        submit(writer, replace(content, title=title))
    submit(writer, replace(content, path=tmp_path / "another.mid", title="another"))
    disk.free.set()
    writer.close()
    assert disk.titles == ["first", "third", "another"]


def test_closing_waits_for_a_hanging_disk_only_up_to_its_limit(tmp_path, caplog) -> None:
    disk = Disk()
    writer = ThreadedRecordingWriter(disk.write_file)
    submit(writer, replace(CONTENT, path=tmp_path / "visit.mid"))
    assert disk.busy.wait(HANG_GUARD_S)
    with caplog.at_level(logging.WARNING):
        writer.close()
    assert "does not answer" in caplog.text
    disk.free.set()


def test_a_full_disk_is_logged_once_until_a_file_was_written(tmp_path, caplog) -> None:
    full = [True, True, False, True]

    def write_file(*_) -> None:
        if full.pop(0):
            raise OSError(errno.ENOSPC, "No space left on device")

    writer = RecordingWriter(write_file)
    with caplog.at_level(logging.WARNING):
        for _ in range(4):
            submit(writer, replace(CONTENT, path=tmp_path / "visit.mid"))
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 2
    assert all("No space left on device; it plays on" in line for line in lines)


def test_a_file_is_built_by_the_thread_that_writes_it(tmp_path) -> None:
    disk, builders = Disk(), []
    disk.free.set()
    writer = ThreadedRecordingWriter(disk.write_file)

    def build() -> MidiFileContent:
        builders.append(current_thread())
        return replace(CONTENT, path=tmp_path / "visit.mid")

    writer.write(tmp_path / "visit.mid", build)
    writer.close()
    assert len(builders) == 1 and builders[0] is not current_thread()
