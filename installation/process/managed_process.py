"""A child process of the supervisor: its role, its working process and its spare process.

Silence is counted by the supervisor's own checks, each worth at most `MAX_SILENCE_STEP_NS`: after
the machine slept or starved the supervisor as well, no child counts as hung. Time in which a child
waited for a processor, ready to run, does not count: a starved child makes progress, if slowly.
Those that it waits for may be starved in its place, such as a sound server. So while the whole
machine lacks processors, a child that starts or is ready may be silent for three times as long.
A child that a signal has stopped waits for no processor: it has the plain time.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from installation.ops.exhibit_status import ProcessHealth
from installation.ops.metrics import (
    ProcessMetrics,
    is_stopped,
    processor_pressure,
    processor_waits,
)
from installation.process.control_pipe import (
    Heartbeat,
    PipeMessage,
    ProcessTarget,
    StartWork,
    can_send,
)
from installation.process.spawned_process import SpawnedProcess
from messages.clock import SECOND, Clock

if TYPE_CHECKING:
    from installation.process.gesture_channel import GestureChannel

SILENCE_TIMEOUT_NS = 3 * SECOND // 2  # default silence after which a child counts as hung, ns
STARTUP_TIMEOUT_NS = 20 * SECOND
"""Silence before the first heartbeat after which a child counts as hung, ns."""
WARM_UP_TIMEOUT_NS = 4 * SECOND
"""The same between two heartbeats of a child that is not ready yet, ns."""
INITIAL_RESTART_DELAY_NS, MAX_RESTART_DELAY_NS = SECOND // 2, 30 * SECOND
"""First and longest delay of a restart, ns; it doubles with each early death."""
EARLY_DEATH_AGE_NS = 10 * SECOND
"""Age from which the death of a child is not early and its restart not delayed, ns."""
MAX_SILENCE_STEP_NS = SECOND // 4
"""Largest growth of a child's silence from one check to the next, ns."""
PRESSURE_FACTOR = 2.0
"""Growth of the allowed silence while the whole machine lacks processors, as a share of it."""
USUAL_PRESSURE = 0.25
"""Share of the time in which some process waits for a processor although there are enough."""
MAX_STARVED_NS = 60 * SECOND
"""Longest silence that is excused by a lack of processor time, ns."""
SPARE_MIN_UPTIME_NS = 5 * SECOND  # age at which a child that is ready gets a spare process, ns

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ProcessRole:
    """The work of a child process; `target` and `preload` run in it, so they must be picklable.

    Parameters
    ----------
    name : str
    target : callable
        Called with the control pipe and the number of earlier processes.
    vital : bool
        Whether the piece ends when the child finishes or cannot work.
    silence_timeout_ns : int
        Silence after which the child counts as hung, ns.
    preload : callable, optional
        Imports modules before there is work.
    gestures : GestureChannel, optional
    has_spare : bool
        Whether a spare process waits to take over.
    is_watcher : bool
        Whether the child is sent a `HealthReport` regularly, and is itself no part of the piece.
    """

    name: str
    target: ProcessTarget
    vital: bool
    silence_timeout_ns: int = SILENCE_TIMEOUT_NS
    preload: Callable[[], None] | None = None
    gestures: GestureChannel | None = None
    has_spare: bool = True
    is_watcher: bool = False


class ManagedProcess:
    """A role with its working process and a spare process.

    The spare has imported its modules and waits, so it takes over sooner than a new process.
    """

    def __init__(
        self, role: ProcessRole, clock: Clock, spare: SpawnedProcess | None = None
    ) -> None:
        self.role, self.spare, self._clock = role, spare, clock
        self.process: BaseProcess | None = None  # at work
        self.pipe: Connection | None = None  # the supervisor's end of its control pipe
        self.metrics: ProcessMetrics | None = None  # from its last heartbeat
        self.kept_state = b""  # what its next process goes on from
        self._told: dict[type, PipeMessage] = {}  # what its next process is told, too, by type
        self.restarts = 0
        self.retired = False  # whether the role needs no process any more
        self._end_requested = False  # whether the next death is no crash
        self.started_at, self.restart_at = 0, clock.now()  # earliest start of the next process
        self._died_at: int | None = None
        self._silence_ns = self._last_checked_at = 0
        self._waits_at_heartbeat: dict[int, int] = {}  # ns, by thread
        self._pressure_at_heartbeat = 0  # ns
        self._ready = False
        self._unready_deaths = 0  # in a row
        self._restart_delay_ns = INITIAL_RESTART_DELAY_NS

    def start(self) -> None:
        """Start the work in the spare process, or in a new one."""
        if self.spare is not None and not self.spare.process.is_alive():
            self.kill_spare()
        spawned, self.spare = self.spare or self._spawn(), None
        self.process, self.pipe = spawned.process, spawned.pipe
        spawned.hurry()
        self.send(StartWork(self.role.target, self.restarts, self.kept_state))
        for message in self._told.values():
            self.send(message)
        self.started_at = self._last_checked_at = self._clock.now()
        self._silence_ns, self.metrics, self._ready = 0, None, False
        self._record_starvation()

    def change_work(self, target: ProcessTarget) -> None:
        """Have the next process do other work, without what this one has kept."""
        self.role, self.kept_state = replace(self.role, target=target), b""

    def ensure_spare(self) -> None:
        """Spawn a spare process once the working one is ready and old enough."""
        settled = self._ready and self._clock.now() - self.started_at > SPARE_MIN_UPTIME_NS
        if settled and self.spare is None and self.role.has_spare:
            self.spare = self._spawn(is_spare=True)

    def _spawn(self, is_spare: bool = False) -> SpawnedProcess:
        role = self.role
        return SpawnedProcess.spawn(role.name, role.preload, role.gestures, is_spare)

    def kill_spare(self) -> None:
        """Kill the spare process, if there is one."""
        if self.spare is not None:
            self.spare.kill()
            self.spare = None

    def record_heartbeat(self, heartbeat: Heartbeat) -> None:
        """Reset the silence and keep the metrics of a heartbeat."""
        if self._died_at is not None:
            downtime = (self._clock.now() - self._died_at) / SECOND
            log.info("the %s is back after %.2f s", self.role.name, downtime)
            self._died_at = None
        self._silence_ns, self.metrics, self._ready = 0, heartbeat.metrics, heartbeat.ready
        self._record_starvation()

    def check_hung(self) -> bool:
        """Count the silence since the last check; whether it has lasted too long."""
        now = self._clock.now()
        self._silence_ns += min(now - self._last_checked_at, MAX_SILENCE_STEP_NS)
        self._last_checked_at = now
        is_silent = self._silence_ns > self.role.silence_timeout_ns
        if is_silent and self.metrics is not None and self._is_stopped():
            return True  # also while it builds scenes, and is not ready
        limit = WARM_UP_TIMEOUT_NS
        if self._ready or self.metrics is None:
            limit = self.role.silence_timeout_ns if self._ready else STARTUP_TIMEOUT_NS
        if self._silence_ns <= limit:
            return False
        if self._is_stopped():
            return True
        if self._ready or self.metrics is None:
            pressure = processor_pressure() - self._pressure_at_heartbeat
            share = min(1.0, pressure / max(1, self._silence_ns))
            lack = max(0.0, share - USUAL_PRESSURE) / (1.0 - USUAL_PRESSURE)
            limit = round((1.0 + PRESSURE_FACTOR * lack) * limit)
        return self._silence_ns - self._starved_ns() > limit

    def _is_stopped(self) -> bool:
        return self.process is not None and is_stopped(self.process.pid or 0)

    def _starved_ns(self) -> int:
        """Longest wait of a thread of the child for a processor since its last heartbeat, ns."""
        before, waits = self._waits_at_heartbeat, self._processor_waits()
        grown = (wait - before.get(thread, 0) for thread, wait in waits.items())
        return min(max(grown, default=0), MAX_STARVED_NS)

    def _record_starvation(self) -> None:
        self._waits_at_heartbeat = self._processor_waits()
        self._pressure_at_heartbeat = processor_pressure()

    def _processor_waits(self) -> dict[int, int]:
        pid = None if self.process is None else self.process.pid
        return processor_waits(pid) if pid else {}

    @property
    def health(self) -> ProcessHealth:
        """State for the status file."""
        if self.retired:
            return ProcessHealth("done", self.restarts)
        if self.process is None:
            return ProcessHealth("held", self.restarts)
        state = "well" if self.metrics else "starting"
        silence = self._silence_ns / SECOND
        return ProcessHealth(state, self.restarts, self.metrics, self.process.pid or 0, silence)

    def send(self, message: PipeMessage) -> None:
        """Send a message to the child, unless its pipe is closed or full."""
        if self.pipe is not None and can_send(self.pipe):
            with contextlib.suppress(OSError):
                self.pipe.send(message)

    def tell(self, message: PipeMessage) -> None:
        """Send a message that later processes are told as they start; the last of a type counts."""
        self._told[type(message)] = message
        self.send(message)

    def schedule_restart(self) -> None:
        """Kill what is left of the process, and plan the start of the next one."""
        self.kill()
        self._died_at = now = self._clock.now()
        self.restarts += 1
        if self._end_requested:
            self._end_requested, self.restart_at = False, now
            return
        early = now - self.started_at < EARLY_DEATH_AGE_NS
        self._unready_deaths = self._unready_deaths + 1 if early and not self._ready else 0
        if self._unready_deaths > 1:
            self.kept_state = b""  # the state may be what ends each process
        self.restart_at = now + (self._restart_delay_ns if early and self.restarts > 1 else 0)
        doubled = min(2 * self._restart_delay_ns, MAX_RESTART_DELAY_NS)
        self._restart_delay_ns = doubled if early else INITIAL_RESTART_DELAY_NS

    def end_on_request(self) -> None:
        """Kill the working process, if there is one, to be replaced at once: it did not crash."""
        if self.process is not None:
            self._end_requested = True
            self.process.kill()

    def kill(self) -> bool:
        """Kill the working process; whether it was alive."""
        if self.process is None or self.pipe is None:
            return False
        alive = self.process.is_alive()
        SpawnedProcess(self.process, self.pipe).kill()
        self.process = self.pipe = None
        return alive
