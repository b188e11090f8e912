from __future__ import annotations

import json
from pathlib import Path
from threading import Event

from installation.ops.metrics import Lateness, ProcessMetrics
from installation.ops.status_file import ProcessHealth, StatusFile
from messages.clock import SECOND


def test_the_status_is_written_once_a_second(tmp_path) -> None:
    path = tmp_path / "status.json"
    status = StatusFile(path, start=0)
    vitals = ProcessMetrics(5_000_000, lateness=Lateness(0.01, 0.2, 0.9, 400), turn="attract")
    health = {"performer": ProcessHealth("well", 1, vitals), "stage": ProcessHealth("held", 3)}
    status.update(SECOND, health)
    status.update(SECOND + SECOND // 2, {})
    status.close()
    status_read = json.loads(path.read_text())
    assert status_read["uptime"] == 1.0
    assert status_read["performer"]["lateness"]["p99"] == 0.2
    assert status_read["performer"]["turn"] == "attract"
    assert status_read["stage"] == {"state": "held", "restarts": 3}
    assert [p.name for p in tmp_path.iterdir()] == ["status.json"]


def test_a_failure_to_write_is_logged_once(tmp_path, caplog) -> None:
    status = StatusFile(tmp_path / "nowhere" / "status.json", start=0)
    for second in range(1, 4):
        status.update(second * SECOND, {})
    status.close()
    assert len(caplog.records) == 1


def test_an_update_does_not_wait_for_the_disk(tmp_path, monkeypatch) -> None:
    busy, free, written = Event(), Event(), []

    def put(path: Path, text: str) -> None:
        busy.set()
        free.wait(10.0)
        written.append(json.loads(text)["uptime"])

    monkeypatch.setattr("installation.ops.status_file.write_text_atomically", put)
    status = StatusFile(tmp_path / "status.json", start=0)
    status.update(SECOND, {})
    assert busy.wait(10.0)
    for second in (2, 3):  # returns while the disk is busy with the first
        status.update(second * SECOND, {})
    free.set()
    status.close()
    assert written == [1.0, 3.0]
