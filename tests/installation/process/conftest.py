"""Workers and a supervisor for tests with real, short-lived processes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import psutil
import pytest

from installation.process.control_pipe import (
    ControlPipe,
    PipeMessage,
    SilenceRequest,
    UnrecoverableFailure,
    WorkFinished,
)
from installation.process.managed_process import ManagedProcess, ProcessRole
from installation.process.process_lifetime import StopFlag, fatal_errors_logged
from installation.process.supervisor import HealthObserver, Supervisor
from messages.clock import MonotonicClock
from messages.gestures import QuitRequest
from tests.hang_guard import HANG_GUARD_S, wait_until


@dataclass(frozen=True)
class RecordingWorker:
    """Writes its process number to a file, then works until it is told to stop."""

    folder: Path
    name: str
    finishes: bool = False
    failure: str = ""
    quits: bool = False
    raises: bool = False
    ignores_stop: bool = False
    counts: bool = False  # whether it counts its processes, in the state that is kept

    def __call__(self, control_pipe: ControlPipe, restart_count: int) -> None:
        if self.ignores_stop:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        control_pipe.open(self._keep_order)
        (self.folder / f"{self.name}-{restart_count}.pid").write_text(str(os.getpid()))
        if self.counts:
            control_pipe.keep_state((control_pipe.kept_state or 0) + 1)
            (self.folder / f"{self.name}.count").write_text(str(control_pipe.kept_state))
        if self.failure:
            control_pipe.send(UnrecoverableFailure(self.failure))
            return
        while self.ignores_stop:
            time.sleep(0.02)
        if self.raises:
            with fatal_errors_logged("stage"):
                raise ZeroDivisionError("no\nlight")
        if self.quits:
            control_pipe.send(QuitRequest(2))
        while not control_pipe.stop.wait(0.02) and not self.finishes:
            control_pipe.send_heartbeat(time.monotonic_ns())
        (self.folder / f"{self.name}.finished").touch()
        control_pipe.send(WorkFinished())
        control_pipe.close()

    def _keep_order(self, message: PipeMessage) -> None:
        if isinstance(message, SilenceRequest):
            with (self.folder / f"{self.name}.silenced").open("a") as file:
                file.write(".")


class SupervisorThread:
    """A supervisor on a thread of its own."""

    def __init__(
        self,
        folder: Path,
        roles: Sequence[ProcessRole],
        silencer: ProcessRole | None,
        observers: Sequence[HealthObserver],
    ) -> None:
        self.folder, self.stop, clock = folder, StopFlag(), MonotonicClock()
        children = [ManagedProcess(role, clock) for role in roles]
        self.silencer = None if silencer is None else ManagedProcess(silencer, clock)
        self.supervisor = Supervisor(children, clock, self.stop, observers, silencer=self.silencer)
        self.thread = Thread(target=self.supervisor.run)
        self.thread.start()

    def pid(self, name: str, restart_count: int = 0) -> int:
        """Process number of a worker, once it runs."""
        path = self.folder / f"{name}-{restart_count}.pid"
        wait_until(lambda: path.exists() and path.read_text())
        return int(path.read_text())

    def end(self) -> None:
        """Stop the supervisor and wait for its end."""
        self.stop.set()
        self.thread.join(HANG_GUARD_S)
        assert not self.thread.is_alive()


def is_running(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def supervise(tmp_path) -> Iterator[Callable[..., SupervisorThread]]:
    """Start supervisors that are ended after the test."""
    started: list[SupervisorThread] = []

    def start(
        *roles: ProcessRole,
        silencer: ProcessRole | None = None,
        observers: Sequence[HealthObserver] = (),
    ) -> SupervisorThread:
        started.append(SupervisorThread(tmp_path, roles, silencer, observers))
        return started[-1]

    yield start
    for one in started:
        one.end()
