"""The status file: a small JSON file, written once a second, with the health of the piece."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import psutil

from installation.ops.background_worker import BackgroundWorker
from installation.ops.exhibit_status import ExhibitStatus, ProcessHealth, judge_exhibit
from installation.ops.house_state import HouseState
from installation.ops.machine_status import MachineProbe, MachineStatus
from installation.ops.metrics import ProcessMetrics, resident_memory_bytes
from installation.ops.wall_clock import SystemWallClock, WallClock
from messages.clock import SECOND
from midi_data.atomic_files import write_text_atomically

STATUS_INTERVAL_NS = SECOND  # time between two versions of the file, ns
MACHINE_PROBE_INTERVAL = 5  # versions of the file from one reading of the machine to the next
STATUS_FLUSH_TIMEOUT_S = 0.5  # longest wait for a disk at the end of the program, seconds
MAX_STATUS_AGE_S = 10.0  # age from which a status says nothing about now, seconds
SERVICE_STATUS_PATH = Path("/run/hidden-state/status.json")
"""The status file of the installed service, where the settings name none."""
PROCESS_NAMES = ("performer", "stage")
LIFTED_FIELDS = ("picture", "sound", "midi")
"""Metrics of a process that stand at the top of the file."""

log = logging.getLogger(__name__)


class StatusError(RuntimeError):
    """There is no status of a running piece."""


class StatusFile:
    """A status file on a background thread, replaced as a whole with each version.

    Parameters
    ----------
    path : Path
    start : int
        Start of the piece, ns.
    probe : MachineProbe
        Used on that thread, since a disk may not answer.
    wall_clock : WallClock, optional

    Attributes
    ----------
    house : HouseState
        What the keeper of the hours told last.
    """

    def __init__(
        self, path: Path, start: int, probe: MachineProbe, wall_clock: WallClock | None = None
    ) -> None:
        self._path, self._start, self._probe = path, start, probe
        self._wall_clock = wall_clock or SystemWallClock()
        self._machine, self._version_count = MachineStatus(), 0
        self.house, self._next_due_at = HouseState(), start
        self._failure_logged = False
        self._worker: BackgroundWorker[ExhibitStatus] = BackgroundWorker(self._write, "status")

    def update(self, now: int, health: Mapping[str, ProcessHealth]) -> None:
        """Write a new version, if one is due at `now` (ns); the health is by name of process."""
        if now < self._next_due_at:
            return
        self._next_due_at = now + STATUS_INTERVAL_NS
        status = replace(
            ExhibitStatus.from_health(health),
            written=self._wall_clock.now().isoformat(timespec="seconds"),
            uptime=round((now - self._start) / SECOND, 1),
            pid=os.getpid(),
            memory=resident_memory_bytes(),
            state="closed" if self.house.is_closed else "starting",
            self_test=self.house.self_test,
        )
        self._worker.submit(status, key=self._path)

    def close(self) -> None:
        """Write the last version and stop."""
        self._worker.close(STATUS_FLUSH_TIMEOUT_S)

    def _write(self, status: ExhibitStatus) -> None:
        if self._version_count % MACHINE_PROBE_INTERVAL == 0:
            self._machine = self._probe.read()
        self._version_count += 1
        judged = judge_exhibit(status, self._machine)
        try:
            text = json.dumps(status_as_json(judged), indent=1) + "\n"
            write_text_atomically(self._path, text, is_durable=False)
        except OSError as error:
            if not self._failure_logged:
                log.warning("cannot write %s: %s", self._path, error.strerror or error)
            self._failure_logged = True
        else:
            self._failure_logged = False


def status_as_json(status: ExhibitStatus) -> dict[str, Any]:
    """A status as the file holds it: the processes by name, without fields that do not apply.

    Parameters
    ----------
    status : ExhibitStatus

    Returns
    -------
    dict
    """
    processes = {name: _health_as_json(health) for name, health in status.processes.items()}
    rest = asdict(replace(status, processes={}))
    return _rounded({key: value for key, value in rest.items() if key != "processes"} | processes)


def _rounded(value: Any) -> Any:
    """A value of JSON with all its numbers to six places."""
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return round(value, 6) if isinstance(value, float) else value


def _health_as_json(health: ProcessHealth) -> dict[str, Any]:
    figures = {} if health.metrics is None else asdict(health.metrics)
    kept = {
        key: value
        for key, value in figures.items()
        if value not in (None, "") and key not in LIFTED_FIELDS
    }
    pid = {"pid": health.pid} if health.pid else {}
    return {"state": health.state, "restarts": health.restarts} | pid | kept


def read_status(path: Path, wall_clock: WallClock | None = None) -> ExhibitStatus:
    """Read a status file of a running piece.

    Parameters
    ----------
    path : Path
    wall_clock : WallClock, optional

    Returns
    -------
    ExhibitStatus

    Raises
    ------
    StatusError
        If there is none, it cannot be read, or the piece has ended.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise StatusError(f"{path}: {error.strerror}; the piece has not been started") from error
    try:
        values = msgspec.json.decode(text, type=dict[str, Any])
        processes = {
            name: _health_from_json(values[name]) for name in PROCESS_NAMES if name in values
        }
        status = msgspec.convert(values | {"processes": processes}, ExhibitStatus)
        written = datetime.fromisoformat(status.written)
    except (msgspec.MsgspecError, ValueError) as error:
        raise StatusError(f"{path}: no status of this version: {error}") from error
    age_s = ((wall_clock or SystemWallClock()).now() - written).total_seconds()
    if abs(age_s) > MAX_STATUS_AGE_S or not psutil.pid_exists(status.pid):
        raise StatusError(f"{path}: the piece does not run; last seen {status.written}")
    return status


def _health_from_json(values: dict[str, Any]) -> dict[str, Any]:
    has_metrics = "memory" in values
    return values | {"metrics": msgspec.convert(values, ProcessMetrics) if has_metrics else None}
