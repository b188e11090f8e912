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
from installation.process.control_pipe import (
    Heartbeat,
    PipeMessage,
    StageLost,
    StageOpened,
    StopRequest,
    UnrecoverableFailure,
    WorkFinished,
)
from installation.process.managed_process import ManagedProcess, ProcessRole
from messages.clock import SECOND, Clock
from messages.gestures import QuitRequest

SHUTDOWN_GRACE_S = 1.2
"""Seconds the children have to end by themselves."""
POLL_INTERVAL_S = 0.1
"""Seconds between two looks at the clock."""

log = logging.getLogger(__name__)


class Supervisor:
    """Keeps its children at work until one that is vital finishes, or it is told to stop.

    Parameters
    ----------
    roles : sequence of Role
        The first is told when a stage opens and when one is lost.
    clock : Clock
    stop : Event
        Set it to end everything.
    status : StatusFile, optional
        Where to say how all are.
    """

    def __init__(
        self,
        roles: Sequence[ProcessRole],
        clock: Clock,
        stop: Event,
        status: StatusFile | None = None,
    ) -> None:
        self._status = status
        self.children = [ManagedProcess(role, clock) for role in roles]
        self.stop = stop
        self.failure: str | None = None
        self._clock = clock

    def run(self) -> str | None:
        """Watch until the end; returns why the piece could not be played, if it could not."""
        try:
            while not self.stop.is_set():
                for child in self.children:
                    self._check_child(child)
                self._poll_pipes()
                if self._status is not None:
                    health = {child.role.name: child.health for child in self.children}
                    self._status.update(self._clock.now(), health)
        finally:
            self._shut_down()
        return self.failure

    def _check_child(self, child: ManagedProcess) -> None:
        if child.retired:
            return
        if child.process is None:
            if self._clock.now() >= child.restart_at:
                child.start()
        elif not child.process.is_alive() or child.check_hung():
            self._handle_death(child)
        else:
            child.ensure_spare()

    def _handle_death(self, child: ManagedProcess) -> None:
        code = child.process.exitcode
        what = "hangs" if code is None else f"ended with status {code}"
        child.schedule_restart()
        held = max(0, child.restart_at - self._clock.now()) / SECOND
        when = f"starting it again in {held:.1f} s" if held else "starting it again"
        log.warning("the %s %s; %s", child.role.name, what, when)
        child.run_death_handler()
        if child is not self.children[0]:
            self.children[0].send(StageLost(self._clock.now()))

    def _poll_pipes(self) -> None:
        by_pipe = {child.pipe: child for child in self.children if child.pipe is not None}
        if not by_pipe:
            self.stop.wait(POLL_INTERVAL_S)
        for pipe in wait(list(by_pipe), POLL_INTERVAL_S):
            self._read_pipe(by_pipe[pipe], pipe)

    def _read_pipe(self, child: ManagedProcess, pipe: Connection) -> None:
        try:
            while child.pipe is not None and pipe.poll():
                self._handle_message(child, pipe.recv())
        except (EOFError, OSError):
            self._on_pipe_closed(child)

    def _on_pipe_closed(self, child: ManagedProcess) -> None:
        """The other end is closed: give the process a moment to be gone."""
        if child.process is not None:
            child.process.join(POLL_INTERVAL_S)

    def _handle_message(self, child: ManagedProcess, letter: PipeMessage) -> None:
        match letter:
            case Heartbeat():
                child.record_heartbeat(letter)
            case QuitRequest():
                self.stop.set()
            case UnrecoverableFailure(reason):
                self._retire(child, reason)
            case WorkFinished():
                child.retired = True
                if child.role.vital:
                    self.stop.set()
            case StageOpened():
                self.children[0].send(letter)

    def _retire(self, child: ManagedProcess, reason: str) -> None:
        child.retired = True
        if child.role.vital:
            self.failure = reason
            self.stop.set()
        else:
            log.warning("%s", reason)
            child.kill_spare()
            child.kill()

    def _shut_down(self) -> None:
        for child in self.children:
            child.send(StopRequest())
            child.kill_spare()
        deadline = self._clock.now() + round(SHUTDOWN_GRACE_S * SECOND)
        for child in self.children:
            if child.process is not None:
                child.process.join(max(0.0, (deadline - self._clock.now()) / SECOND))
            if child.kill():
                child.run_death_handler()
