"""The supervisor: starts the other processes, watches over them, and brings them all down.

A child that ends unasked, or gives no sign of life, is started again - at once the first time, then
held back longer and longer while it keeps dying young. A child whose supervisor is gone ends by
itself: the system tells it (see `kinship`), and its pipe ends.

Silence is counted in the supervisor's own looks, each worth no more than `LOOK`: a machine that was
asleep or starved, the supervisor with it, finds no child guilty.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from threading import Event, Thread

from installation.house.kinship import deaf_to_interrupts
from installation.house.link import Finished, Heartbeat, Letter, Lost, Stop, Unfit
from installation.house.status import Health, StatusFile
from installation.house.vitals import Vitals
from installation.live.clock import SECOND, Clock
from visuals.gestures import Leave

SILENT_FOR = 3 * SECOND // 2
"""A child without a sign of life for so long is taken for hung, ns, unless its role says else."""
STARTING_FOR = 20 * SECOND
"""It has so long for the first one, ns..."""
PREPARING_FOR = 4 * SECOND
"""...and so long between two while it is not ready yet, ns."""
FIRST_HOLD, LONGEST_HOLD = SECOND // 2, 30 * SECOND
"""How long a restart is held back, ns: doubled each time a child dies young."""
YOUNG = 10 * SECOND
"""A child that lived longer than this is restarted without delay, ns."""
GRACE = 1.2
"""Seconds the children have to end by themselves."""
POLL = 0.1
"""Seconds between two looks at the clock."""
LOOK = SECOND // 4
"""A child's silence grows by no more than this from one look to the next, ns."""
MOURNING = 0.5
"""Seconds a role's `mourn` may take before the next child is started anyway."""

log = logging.getLogger(__name__)

Target = Callable[[Connection, int], None]


@dataclass(frozen=True, slots=True)
class Role:
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
    silent_for : int
        Without a sign of life for so long it is taken for hung, ns.
    """

    name: str
    target: Target
    vital: bool
    mourn: Callable[[], None] | None = None
    silent_for: int = SILENT_FOR


class Child:
    """A role and the process that plays it now."""

    def __init__(self, role: Role, clock: Clock) -> None:
        self.role = role
        self.process: BaseProcess | None = None
        self.pipe: Connection | None = None
        self.restarts = 0
        self.retired = False
        self.vitals: Vitals | None = None
        self._clock = clock
        self._started = 0
        self._silent = self._looked = 0
        self._ready = False
        self._hold = FIRST_HOLD
        self.start_at = clock.now()

    def start(self) -> None:
        """Start a process."""
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(
            target=self.role.target,
            args=(theirs, self.restarts),
            name=self.role.name,
            daemon=True,
        )
        with deaf_to_interrupts():
            self.process.start()
        theirs.close()
        self._started = self._looked = self._clock.now()
        self._silent, self.vitals, self._ready = 0, None, False

    def hear(self, letter: Heartbeat) -> None:
        """A sign of life came."""
        self._silent, self.vitals, self._ready = 0, letter.vitals, letter.ready

    def hangs(self) -> bool:
        """Look at it: whether it lives but has given no sign of life for too long."""
        now = self._clock.now()
        self._silent += min(now - self._looked, LOOK)
        self._looked = now
        if self._ready:
            return self._silent > self.role.silent_for
        return self._silent > (STARTING_FOR if self.vitals is None else PREPARING_FOR)

    @property
    def health(self) -> Health:
        """How it is."""
        if self.retired:
            return Health("done", self.restarts)
        if self.process is None:
            return Health("held", self.restarts)
        return Health("well" if self.vitals else "starting", self.restarts, self.vitals)

    def tell(self, letter: Letter) -> None:
        """Send to the child, if it can hear."""
        if self.pipe is not None:
            with contextlib.suppress(OSError):
                self.pipe.send(letter)

    def bury(self) -> None:
        """The process is gone, or must go; plan the next one."""
        self.end()
        now = self._clock.now()
        young = now - self._started < YOUNG
        self.start_at = now + (self._hold if young and self.restarts else 0)
        self._hold = min(2 * self._hold, LONGEST_HOLD) if young else FIRST_HOLD
        self.restarts += 1

    def end(self) -> bool:
        """Kill whatever is left of the process; whether there was anything to kill."""
        alive = self.process is not None and self.process.is_alive()
        if self.process is not None:
            self.process.kill()
            self.process.join(1.0)
        if self.pipe is not None:
            self.pipe.close()
        self.process = self.pipe = None
        return alive

    def mourn(self) -> None:
        """Do what the role has to be done for a dead child, without being held up by it."""
        if self.role.mourn is None:
            return
        thread = Thread(target=self.role.mourn, name=f"mourn {self.role.name}", daemon=True)
        thread.start()
        thread.join(MOURNING)
        if thread.is_alive():
            log.warning("cannot clear up after the %s: it takes too long", self.role.name)


class Supervisor:
    """Keeps its children at work until one that is vital finishes, or it is told to stop.

    Parameters
    ----------
    roles : sequence of Role
        The first gets what visitors do at the window.
    clock : Clock
    stop : Event
        Set it to end everything.
    status : StatusFile, optional
        Where to say how all are.
    """

    def __init__(
        self,
        roles: Sequence[Role],
        clock: Clock,
        stop: Event,
        status: StatusFile | None = None,
    ) -> None:
        self._status = status
        self.children = [Child(role, clock) for role in roles]
        self.stop = stop
        self.failure: str | None = None
        self._clock = clock

    def run(self) -> str | None:
        """Watch until the end; returns why the piece could not be played, if it could not."""
        try:
            while not self.stop.is_set():
                for child in self.children:
                    self._tend(child)
                self._listen()
                if self._status is not None:
                    health = {child.role.name: child.health for child in self.children}
                    self._status.update(self._clock.now(), health)
        finally:
            self._bring_down()
        return self.failure

    def _tend(self, child: Child) -> None:
        if child.retired:
            return
        if child.process is None:
            if self._clock.now() >= child.start_at:
                child.start()
        elif not child.process.is_alive() or child.hangs():
            self._mourn(child)

    def _mourn(self, child: Child) -> None:
        code = child.process.exitcode
        what = "hangs" if code is None else f"ended with status {code}"
        child.bury()
        held = max(0, child.start_at - self._clock.now()) / SECOND
        when = f"starting it again in {held:.1f} s" if held else "starting it again"
        log.warning("the %s %s; %s", child.role.name, what, when)
        child.mourn()
        if child is not self.children[0]:
            self.children[0].tell(Lost(self._clock.now()))

    def _listen(self) -> None:
        by_pipe = {child.pipe: child for child in self.children if child.pipe is not None}
        if not by_pipe:
            self.stop.wait(POLL)
        for pipe in wait(list(by_pipe), POLL):
            self._read(by_pipe[pipe], pipe)

    def _read(self, child: Child, pipe: Connection) -> None:
        try:
            while child.pipe is not None and pipe.poll():
                self._take(child, pipe.recv())
        except (EOFError, OSError):
            self._drained(child)

    def _drained(self, child: Child) -> None:
        """The other end is closed: give the process a moment to be gone."""
        if child.process is not None:
            child.process.join(POLL)

    def _take(self, child: Child, letter: Letter) -> None:
        match letter:
            case Heartbeat():
                child.hear(letter)
            case Leave():
                self.stop.set()
            case Unfit(reason):
                self._retire(child, reason)
            case Finished():
                child.retired = True
                if child.role.vital:
                    self.stop.set()
            case _:  # any other gesture is for whoever plays
                self.children[0].tell(letter)

    def _retire(self, child: Child, reason: str) -> None:
        child.retired = True
        if child.role.vital:
            self.failure = reason
            self.stop.set()
        else:
            log.warning("%s", reason)
            child.end()

    def _bring_down(self) -> None:
        for child in self.children:
            child.tell(Stop())
        deadline = self._clock.now() + round(GRACE * SECOND)
        for child in self.children:
            if child.process is not None:
                child.process.join(max(0.0, (deadline - self._clock.now()) / SECOND))
            if child.end():
                child.mourn()
