"""A child of the supervisor: a role, the process that plays it, and one that stands by.

Silence is counted in the supervisor's own looks, each worth no more than `MAX_SILENCE_STEP_NS`: a
machine that was asleep or starved, the supervisor with it, finds no child guilty. Nor does one that
lets the supervisor run and the child not.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Thread

from installation.ops.metrics import ProcessMetrics, cpu_seconds, has_runnable_thread
from installation.ops.status_file import ProcessHealth
from installation.process.control_pipe import Heartbeat, PipeMessage, StartWork
from installation.process.process_lifetime import (
    die_with_parent,
    main_module_hidden,
    sigint_blocked,
)
from installation.process.thread_limits import single_threaded_blas
from messages.clock import SECOND, Clock

SILENCE_TIMEOUT_NS = 3 * SECOND // 2
"""A child without a sign of life for so long is taken for hung, ns, unless its role says else."""
STARTUP_TIMEOUT_NS = 20 * SECOND
"""It has so long for the first one, ns..."""
WARM_UP_TIMEOUT_NS = 4 * SECOND
"""...and so long between two while it is not ready yet, ns."""
INITIAL_RESTART_DELAY_NS, MAX_RESTART_DELAY_NS = SECOND // 2, 30 * SECOND
"""How long a restart is held back, ns: doubled each time a child dies young."""
EARLY_DEATH_AGE_NS = 10 * SECOND
"""A child that lived longer than this is restarted without delay, ns."""
MAX_SILENCE_STEP_NS = SECOND // 4
"""A child's silence grows by no more than this from one look to the next, ns."""
DEATH_HANDLER_TIMEOUT_S = 0.5
"""Seconds a role's `mourn` may take before the next child is started anyway."""
STARVED_CPU_SHARE = 0.5
"""A silent child that wants to run and has had less than this share of a core is but starved..."""
STARVED_TIMEOUT_FACTOR = 4
"""...and has so many times as long."""
SPARE_MIN_UPTIME_NS = 5 * SECOND
"""A child that is ready and lived for so long gets a spare, ns."""

log = logging.getLogger(__name__)

ProcessTarget = Callable[[Connection, int], None]


@dataclass(frozen=True, slots=True)
class ProcessRole:
    """What a child is to do.

    Parameters
    ----------
    name : str
    target : callable
        Run in the child with its end of the pipe and the number of children this role had
        before; must be picklable.
    vital : bool
        Whether the piece ends when this child finishes or cannot work.
    mourn : callable or None
        Called when it died unasked, before it is started again; on a thread of its own.
    silence_timeout_ns : int
        Without a sign of life for so long it is taken for hung, ns.
    prepare : callable or None
        Run in the child before it is its turn, to import what takes time; must be picklable.
    """

    name: str
    target: ProcessTarget
    vital: bool
    on_death: Callable[[], None] | None = None
    silence_timeout_ns: int = SILENCE_TIMEOUT_NS
    preload: Callable[[], None] | None = None


def run_child_process(
    target: ProcessTarget, prepare: Callable[[], None] | None, pipe: Connection
) -> None:
    """What the process of a child runs: it prepares, waits until it is its turn, and works."""
    die_with_parent()
    if prepare is not None:
        prepare()
    try:
        letter = pipe.recv()
    except (EOFError, OSError):  # the supervisor is gone
        return
    if isinstance(letter, StartWork):
        target(pipe, letter.restart_count)


@dataclass(frozen=True, slots=True)
class _SpawnedProcess:
    """A process and our end of the pipe to it."""

    process: BaseProcess
    pipe: Connection

    @classmethod
    def spawn(cls, role: ProcessRole) -> _SpawnedProcess:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=run_child_process,
            args=(role.target, role.preload, theirs),
            name=role.name,
            daemon=True,
        )
        with sigint_blocked(), main_module_hidden(), single_threaded_blas():
            process.start()
        theirs.close()
        return cls(process, ours)

    def kill(self) -> None:
        self.process.kill()
        self.process.join(1.0)
        self.pipe.close()


class ManagedProcess:
    """A role, the process that plays it now, and a spare one.

    The spare has all imported and only waits: it takes over sooner than one that is yet to start.
    """

    def __init__(self, role: ProcessRole, clock: Clock) -> None:
        self.role = role
        self.process: BaseProcess | None = None
        self.pipe: Connection | None = None
        self._spare: _SpawnedProcess | None = None
        self._died_at: int | None = None
        self.restarts = 0
        self.retired = False
        self.metrics: ProcessMetrics | None = None
        self._clock = clock
        self._started_at = 0
        self._silence_ns = self._last_checked_at = 0
        self._cpu_seconds_used = 0.0  # processor time as of the last sign of life, s
        self._ready = False
        self._restart_delay_ns = INITIAL_RESTART_DELAY_NS
        self.restart_at = clock.now()

    def start(self) -> None:
        """Start a process, or let the spare one take over."""
        hand, self._spare = self._spare, None
        if hand is not None and not hand.process.is_alive():
            hand.kill()
            hand = None
        hand = hand or _SpawnedProcess.spawn(self.role)
        self.process, self.pipe = hand.process, hand.pipe
        self.send(StartWork(self.restarts))
        self._started_at = self._last_checked_at = self._clock.now()
        self._silence_ns, self.metrics, self._ready = 0, None, False
        self._record_cpu_use()

    def ensure_spare(self) -> None:
        """Have a spare process, once the one at work is settled."""
        settled = self._ready and self._clock.now() - self._started_at > SPARE_MIN_UPTIME_NS
        if settled and self._spare is None:
            self._spare = _SpawnedProcess.spawn(self.role)

    def kill_spare(self) -> None:
        """Have none any more."""
        if self._spare is not None:
            self._spare.kill()
            self._spare = None

    def record_heartbeat(self, letter: Heartbeat) -> None:
        """A sign of life came."""
        if self._died_at is not None:
            away = (self._clock.now() - self._died_at) / SECOND
            log.info("the %s is back after %.2f s", self.role.name, away)
            self._died_at = None
        self._silence_ns, self.metrics, self._ready = 0, letter.metrics, letter.ready
        self._record_cpu_use()

    def check_hung(self) -> bool:
        """Look at it: whether it lives but has given no sign of life for too long."""
        now = self._clock.now()
        self._silence_ns += min(now - self._last_checked_at, MAX_SILENCE_STEP_NS)
        self._last_checked_at = now
        limit = STARTUP_TIMEOUT_NS if self.metrics is None else WARM_UP_TIMEOUT_NS
        if self._ready:
            limit = self.role.silence_timeout_ns
        if self._silence_ns <= limit:
            return False
        return self._silence_ns > STARVED_TIMEOUT_FACTOR * limit or not self._is_starved()

    def _is_starved(self) -> bool:
        """Whether it is silent only because the machine does not let it run."""
        if self.process is None or self.process.pid is None:
            return False
        used = cpu_seconds(self.process.pid)
        if used is None or not has_runnable_thread(self.process.pid):
            return False
        return used - self._cpu_seconds_used < STARVED_CPU_SHARE * self._silence_ns / SECOND

    def _record_cpu_use(self) -> None:
        pid = None if self.process is None else self.process.pid
        self._cpu_seconds_used = (cpu_seconds(pid) if pid else None) or 0.0

    @property
    def health(self) -> ProcessHealth:
        """How it is."""
        if self.retired:
            return ProcessHealth("done", self.restarts)
        if self.process is None:
            return ProcessHealth("held", self.restarts)
        state = "well" if self.metrics else "starting"
        return ProcessHealth(state, self.restarts, self.metrics, self.process.pid or 0)

    def send(self, letter: PipeMessage) -> None:
        """Send to the child, if it can hear."""
        if self.pipe is not None:
            with contextlib.suppress(OSError):
                self.pipe.send(letter)

    def schedule_restart(self) -> None:
        """The process is gone, or must go; plan the next one."""
        self.kill()
        self._died_at = now = self._clock.now()
        young = now - self._started_at < EARLY_DEATH_AGE_NS
        self.restart_at = now + (self._restart_delay_ns if young and self.restarts else 0)
        self._restart_delay_ns = (
            min(2 * self._restart_delay_ns, MAX_RESTART_DELAY_NS)
            if young
            else INITIAL_RESTART_DELAY_NS
        )
        self.restarts += 1

    def kill(self) -> bool:
        """Kill whatever is left of the process; whether there was anything to kill."""
        alive = self.process is not None and self.process.is_alive()
        if self.process is not None:
            self.process.kill()
            self.process.join(1.0)
        if self.pipe is not None:
            self.pipe.close()
        self.process = self.pipe = None
        return alive

    def run_death_handler(self) -> None:
        """Do what the role has to be done for a dead child, without being held up by it."""
        if self.role.on_death is None:
            return
        thread = Thread(target=self.role.on_death, name=f"mourn {self.role.name}", daemon=True)
        thread.start()
        thread.join(DEATH_HANDLER_TIMEOUT_S)
        if thread.is_alive():
            log.warning("cannot clear up after the %s: it takes too long", self.role.name)
