"""The supervisor: starts the other processes, watches over them, and brings them all down.

A child that ends unasked, or gives no sign of life, is started again - at once the first time, then
held back longer and longer while it keeps dying young. A child whose supervisor is gone ends by
itself: the system tells it (see `kinship`), and its pipe ends.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from threading import Event

from installation.ops.status_file import StatusFile
from installation.process.control_pipe import Finished, Heartbeat, Letter, Lost, Stop, Unfit
from installation.process.managed_process import Child, Role
from messages.clock import SECOND, Clock
from messages.gestures import Leave

GRACE = 1.2
"""Seconds the children have to end by themselves."""
POLL = 0.1
"""Seconds between two looks at the clock."""

log = logging.getLogger(__name__)


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
        else:
            child.keep_spare()

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
            child.dismiss_spare()
            child.end()

    def _bring_down(self) -> None:
        for child in self.children:
            child.tell(Stop())
            child.dismiss_spare()
        deadline = self._clock.now() + round(GRACE * SECOND)
        for child in self.children:
            if child.process is not None:
                child.process.join(max(0.0, (deadline - self._clock.now()) / SECOND))
            if child.end():
                child.mourn()
