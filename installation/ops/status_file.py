"""The status file: a small JSON file, written once a second, with the health of each process."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from installation.ops.background_worker import BackgroundWorker
from installation.ops.metrics import ProcessMetrics, resident_memory_bytes
from messages.clock import SECOND
from midi_data.atomic_files import write_text_atomically

STATUS_INTERVAL_NS = SECOND  # time between two versions of the file, ns
STATUS_FLUSH_TIMEOUT_S = 0.2  # longest wait for a disk at the end of the program, seconds

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ProcessHealth:
    """State of one process, as the supervisor sees it.

    Parameters
    ----------
    state : str
        "starting", "well", "held" (its restart is delayed) or "done".
    restarts : int
    metrics : ProcessMetrics or None
        From the last heartbeat.
    pid : int
        Process number; 0 if there is no process.
    """

    state: str
    restarts: int = 0
    metrics: ProcessMetrics | None = None
    pid: int = 0


class StatusFile:
    """A status file on a background thread, replaced as a whole with each version.

    Parameters
    ----------
    path : Path
    start : int
        Start of the piece, ns.
    """

    def __init__(self, path: Path, start: int) -> None:
        self._path, self._start = path, start
        self._next_due_at = start
        self._failure_logged = False
        self._worker: BackgroundWorker[str] = BackgroundWorker(self._write, "status")

    def is_due(self, now: int) -> bool:
        """Whether the next version is due at `now`, ns."""
        return now >= self._next_due_at

    def update(self, now: int, health: Mapping[str, ProcessHealth]) -> None:
        """Write a new version, if one is due at `now` (ns); the health is by name of process."""
        if not self.is_due(now):
            return
        self._next_due_at = now + STATUS_INTERVAL_NS
        text = json.dumps(self._status_as_json(now, health), indent=1) + "\n"
        self._worker.submit(text, key=self._path)

    def close(self) -> None:
        """Write the last version and stop."""
        self._worker.close(STATUS_FLUSH_TIMEOUT_S)

    def _write(self, text: str) -> None:
        try:
            write_text_atomically(self._path, text)
        except OSError as error:
            if not self._failure_logged:
                log.warning("cannot write %s: %s", self._path, error.strerror or error)
            self._failure_logged = True
        else:
            self._failure_logged = False

    def _status_as_json(self, now: int, health: Mapping[str, ProcessHealth]) -> dict[str, Any]:
        return {
            "written": datetime.now().astimezone().isoformat(timespec="seconds"),
            "uptime": round((now - self._start) / SECOND, 1),
            "memory": resident_memory_bytes(),
        } | {name: _health_as_json(one) for name, one in health.items()}


def _health_as_json(health: ProcessHealth) -> dict[str, Any]:
    """The health without the fields that do not apply."""
    figures = {} if health.metrics is None else asdict(health.metrics)
    figures = {key: value for key, value in figures.items() if value not in (None, "")}
    pid = {"pid": health.pid} if health.pid else {}
    return {"state": health.state, "restarts": health.restarts} | pid | figures
