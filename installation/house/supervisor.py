"""The supervisor: starts the other processes, watches over them, and brings them all down.

A child that ends unasked, or gives no sign of life, is started again - at once the first time, then
held back longer and longer while it keeps dying young. A child whose supervisor is gone ends by
itself, since its pipe does.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from threading import Event

from installation.house.link import Finished, Heartbeat, Letter, Lost, Stop, Unfit
from installation.live.clock import SECOND, Clock
from visuals.gestures import Key, Leave

SILENT_FOR = 3 * SECOND
"""A child without a sign of life for so long is taken for hung, ns."""
STARTING_FOR = 20 * SECOND
"""It has so long for the first one, ns."""
FIRST_HOLD, LONGEST_HOLD = SECOND // 2, 30 * SECOND
"""How long a restart is held back, ns: doubled each time a child dies young."""
YOUNG = 10 * SECOND
"""A child that lived longer than this is restarted without delay, ns."""
GRACE = 1.2
"""Seconds the children have to end by themselves."""
POLL = 0.1
"""Seconds between two looks at the clock."""

log = logging.getLogger(__name__)

Target = Callable[[Connection], None]


@dataclass(frozen=True, slots=True)
class Role:
    """What a child is to do.

    Parameters
    ----------
    name : str
    target : callable
        Run in the child with its end of the pipe; must be picklable.
    vital : bool
        Whether the piece ends when this child finishes or cannot work.
    mourn : callable or None
        Called when it died unasked, before it is started again.
    """

    name: str
    target: Target
    vital: bool
    mourn: Callable[[], None] | None = None


class Child:
    """A role and the process that plays it now."""

    def __init__(self, role: Role, clock: Clock) -> None:
        self.role = role
        self.process: BaseProcess | None = None
        self.pipe: Connection | None = None
        self.restarts = 0
        self.retired = False
        self._clock = clock
        self._started = 0
        self._last_beat: int | None = None
        self._hold = FIRST_HOLD
        self.start_at = clock.now()

    def start(self) -> None:
        """Start a process."""
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(
            target=self.role.target, args=(theirs,), name=self.role.name, daemon=True
        )
        self.process.start()
        theirs.close()
        self._started, self._last_beat = self._clock.now(), None

    def hear(self, letter: Heartbeat) -> None:
        """A sign of life came."""
        self._last_beat = self._clock.now()

    @property
    def hung(self) -> bool:
        """Whether it lives but gives no sign of life."""
        now = self._clock.now()
        if self._last_beat is None:
            return now - self._started > STARTING_FOR
        return now - self._last_beat > SILENT_FOR

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

    def end(self) -> None:
        """Kill whatever is left of the process."""
        if self.process is not None:
            self.process.kill()
            self.process.join(1.0)
        if self.pipe is not None:
            self.pipe.close()
        self.process = self.pipe = None


class Supervisor:
    """Keeps its children at work until one that is vital finishes, or it is told to stop.

    Parameters
    ----------
    roles : sequence of Role
        The first gets what visitors do at the window.
    clock : Clock
    stop : Event
        Set it to end everything.
    """

    def __init__(self, roles: Sequence[Role], clock: Clock, stop: Event) -> None:
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
        finally:
            self._bring_down()
        return self.failure

    def _tend(self, child: Child) -> None:
        if child.retired:
            return
        if child.process is None:
            if self._clock.now() >= child.start_at:
                child.start()
        elif not child.process.is_alive() or child.hung:
            self._mourn(child)

    def _mourn(self, child: Child) -> None:
        code = child.process.exitcode
        what = "hangs" if code is None else f"ended with status {code}"
        log.warning("the %s %s; starting it again", child.role.name, what)
        child.bury()
        if child.role.mourn is not None:
            child.role.mourn()
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
            case Key():
                self.children[0].tell(letter)
            case Leave():
                self.stop.set()
            case Unfit(reason):
                self._retire(child, reason)
            case Finished():
                child.retired = True
                if child.role.vital:
                    self.stop.set()

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
            child.end()
