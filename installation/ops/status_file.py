"""Status: a small JSON file that says, once a second, how the piece is."""

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

STATUS_INTERVAL_NS = SECOND
"""How often the file is written, ns."""
STATUS_FLUSH_TIMEOUT_S = 0.2
"""Seconds to wait at the end for a disk that does not answer."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ProcessHealth:
    """One process as the supervisor sees it.

    Parameters
    ----------
    state : str
        "starting", "well", "held" (its restart is held back) or "done".
    restarts : int
    vitals : Vitals or None
        As of its last sign of life.
    pid : int
        Its process; 0 if it has none of its own.
    """

    state: str
    restarts: int = 0
    metrics: ProcessMetrics | None = None
    pid: int = 0


class StatusFile:
    """Written whole or not at all, so that whoever reads it never sees half a status.

    It is written on a thread of its own: a disk that hangs stops neither music nor supervisor.

    Parameters
    ----------
    path : Path
    start : int
        When the piece was started, ns.
    """

    def __init__(self, path: Path, start: int) -> None:
        self._path, self._start = path, start
        self._next_due_at = start
        self._failure_logged = False
        self._worker: BackgroundWorker[str] = BackgroundWorker(self._write, "status")

    def is_due(self, now: int) -> bool:
        """Whether a second has passed."""
        return now >= self._next_due_at

    def update(self, now: int, health: Mapping[str, ProcessHealth]) -> None:
        """Have it written, if a second has passed."""
        if not self.is_due(now):
            return
        self._next_due_at = now + STATUS_INTERVAL_NS
        text = json.dumps(self._status_as_json(now, health), indent=1) + "\n"
        self._worker.submit(text, key=self._path)

    def close(self) -> None:
        """Write what there is to write; nothing follows."""
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
    """As JSON, without what does not apply."""
    known = {} if health.metrics is None else asdict(health.metrics)
    known = {key: value for key, value in known.items() if value not in (None, "")}
    pid = {"pid": health.pid} if health.pid else {}
    return {"state": health.state, "restarts": health.restarts} | pid | known
