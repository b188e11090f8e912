from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from installation.ops.exhibit_status import ProcessHealth
from installation.ops.house_state import HouseState
from installation.ops.machine_status import DummyMachineProbe
from installation.ops.metrics import Lateness, MidiStatus, ProcessMetrics
from installation.ops.status_file import StatusError, StatusFile, read_status
from installation.ops.wall_clock import DummyWallClock
from messages.clock import SECOND
from tests.hang_guard import HANG_GUARD_S

NOON = datetime(2031, 5, 6, 12, 0, 0, tzinfo=UTC)


def test_the_status_is_written_once_a_second(tmp_path) -> None:
    path = tmp_path / "status.json"
    status = StatusFile(path, start=0, probe=DummyMachineProbe())
    metrics = ProcessMetrics(5_000_000, lateness=Lateness(0.01, 0.2, 0.9, 400), turn="attract")
    health = {"performer": ProcessHealth("well", 1, metrics), "stage": ProcessHealth("held", 3)}
    status.update(SECOND, health)
    status.update(SECOND + SECOND // 2, {})
    status.close()
    status_read = json.loads(path.read_text())
    assert status_read["uptime"] == 1.0
    assert status_read["performer"]["lateness"]["p99"] == 0.2
    assert status_read["performer"]["turn"] == "attract"
    assert status_read["stage"] == {"state": "held", "restarts": 3}
    assert [p.name for p in tmp_path.iterdir()] == ["status.json"]


@pytest.mark.parametrize("is_open", [True, False])
def test_a_performer_and_nobody_else_tells_whether_a_lesson_is_open(tmp_path, is_open) -> None:
    status = StatusFile(tmp_path / "status.json", start=0, probe=DummyMachineProbe())
    figures = {"performer": ProcessMetrics(1, in_lesson=is_open), "stage": ProcessMetrics(1)}
    status.update(SECOND, {name: ProcessHealth("well", 0, each) for name, each in figures.items()})
    status.close()
    written = json.loads((tmp_path / "status.json").read_text())
    assert written["performer"]["in_lesson"] is is_open
    assert "in_lesson" not in written["stage"]


def test_the_status_knows_what_the_keeper_of_the_hours_tells(tmp_path) -> None:
    status = StatusFile(tmp_path / "status.json", start=0, probe=DummyMachineProbe())
    status.house = HouseState(is_closed=True, self_test=("No port.",))
    status.update(SECOND, {})
    status.close()
    written = json.loads((tmp_path / "status.json").read_text())
    assert (written["state"], written["faults"][-1]["sentence"]) == ("closed", "No port.")


def test_a_failure_to_write_is_logged_once(tmp_path, caplog) -> None:
    status = StatusFile(tmp_path / "nowhere" / "status.json", start=0, probe=DummyMachineProbe())
    for second in range(1, 4):
        status.update(second * SECOND, {})
    status.close()
    assert len(caplog.records) == 1


def test_an_update_does_not_wait_for_the_disk(tmp_path, monkeypatch) -> None:
    busy, free, written = Event(), Event(), []

    def put(path: Path, text: str, *, is_durable: bool) -> None:
        busy.set()
        free.wait(HANG_GUARD_S)
        written.append(json.loads(text)["uptime"])

    monkeypatch.setattr("installation.ops.status_file.write_text_atomically", put)
    status = StatusFile(tmp_path / "status.json", start=0, probe=DummyMachineProbe())
    status.update(SECOND, {})
    assert busy.wait(HANG_GUARD_S)
    for second in (2, 3):  # returns while the disk is busy with the first
        status.update(second * SECOND, {})
    free.set()
    status.close()
    assert written == [1.0, 3.0]


def test_a_status_waits_for_no_disk(tmp_path, monkeypatch) -> None:
    synced = []
    monkeypatch.setattr(os, "fsync", synced.append)
    write_status(tmp_path / "status.json", DummyWallClock(NOON))
    assert synced == []


def write_status(path: Path, clock: DummyWallClock) -> None:
    metrics = ProcessMetrics(5_000_000, midi=MidiStatus(inputs=("keys",)), visits=3)
    status = StatusFile(path, 0, DummyMachineProbe(), clock)
    status.update(SECOND, {"performer": ProcessHealth("well", 1, metrics)})
    status.close()


def test_a_status_is_read_as_it_was_written(tmp_path) -> None:
    path, clock = tmp_path / "status.json", DummyWallClock(NOON)
    write_status(path, clock)
    status = read_status(path, clock)
    assert status.midi == MidiStatus(inputs=("keys",))
    assert status.processes["performer"].metrics.visits == 3
    assert "no window" in status.sentence


def test_an_old_status_says_that_the_piece_does_not_run(tmp_path) -> None:
    path, clock = tmp_path / "status.json", DummyWallClock(NOON)
    write_status(path, clock)
    clock.advance(timedelta(minutes=1))
    with pytest.raises(StatusError, match="does not run; last seen 2031-05-06T12:00:00"):
        read_status(path, clock)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"written": "noon"}', "\0"])
def test_a_file_that_holds_no_status_is_an_error(tmp_path, text) -> None:
    (tmp_path / "status.json").write_text(text)
    with pytest.raises(StatusError, match="status.json"):
        read_status(tmp_path / "status.json")
