"""Files are written without holding up whoever plays."""

from __future__ import annotations

import errno
import logging
from dataclasses import replace
from pathlib import Path
from threading import Event

from installation.session.file_writer import (
    MidiFileContent,
    RecordingWriter,
    ThreadedRecordingWriter,
)
from midi_data.notes import Meter

PATIENCE = 10.0
SHEET = MidiFileContent(Path("visit.mid"), (), 120.0, Meter(), "first")


class Disk:
    """Takes as long as it is told to, and keeps the titles."""

    def __init__(self) -> None:
        self.titles: list[str] = []
        self.busy, self.free = Event(), Event()

    def put(self, path, parts, tempo, meter, title) -> None:
        self.busy.set()
        self.free.wait(PATIENCE)
        self.titles.append(title)


def test_a_slow_disk_holds_nobody_up_and_gets_only_the_newest(tmp_path) -> None:
    disk = Disk()
    writer = ThreadedRecordingWriter(disk.put)
    sheet = replace(SHEET, path=tmp_path / "visit.mid")
    writer.write(sheet)
    assert disk.busy.wait(PATIENCE)
    for title in ("second", "third"):  # returns, though the disk is at the first
        writer.write(replace(sheet, title=title))
    writer.write(replace(sheet, path=tmp_path / "another.mid", title="another"))
    disk.free.set()
    writer.close()
    assert disk.titles == ["first", "third", "another"]


def test_a_disk_that_hangs_holds_up_the_end_no_longer_than_its_bound(tmp_path, caplog) -> None:
    disk = Disk()
    writer = ThreadedRecordingWriter(disk.put)
    writer.write(replace(SHEET, path=tmp_path / "visit.mid"))
    assert disk.busy.wait(PATIENCE)
    with caplog.at_level(logging.WARNING):
        writer.close()
    assert "does not answer" in caplog.text
    disk.free.set()


def test_a_full_disk_is_told_once_until_there_was_room(tmp_path, caplog) -> None:
    full = [True, True, False, True]

    def put(*_) -> None:
        if full.pop(0):
            raise OSError(errno.ENOSPC, "No space left on device")

    writer = RecordingWriter(put)
    with caplog.at_level(logging.WARNING):
        for _ in range(4):
            writer.write(replace(SHEET, path=tmp_path / "visit.mid"))
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 2
    assert all("No space left on device; it plays on" in line for line in told)
