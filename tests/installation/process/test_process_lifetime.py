from __future__ import annotations

import atexit
import ctypes
import logging
import multiprocessing
import os
import pickle
import signal
import sys
import time
from pathlib import Path
from threading import Event, Lock

import pytest

from installation.process.control_pipe import ControlPipe
from installation.process.managed_process import ManagedProcess, ProcessRole
from installation.process.process_lifetime import (
    Lifeline,
    StopFlag,
    fatal_errors_logged,
    run_with_lifeline,
)
from installation.process.supervisor import Supervisor
from messages.clock import MonotonicClock
from tests.hang_guard import HANG_GUARD_S, wait_until
from tests.installation.process.conftest import RecordingWorker, is_running

MAX_SURVIVAL_S = 2.0 + 1.0
"""Longest life of a child after its supervisor, and as much again for a busy machine, seconds."""
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux only")


def supervise_two(folder: Path) -> None:
    clock = MonotonicClock()
    workers = (RecordingWorker(folder, "one"), RecordingWorker(folder, "two", ignores_stop=True))
    roles = [ProcessRole(worker.name, worker, vital=False) for worker in workers]
    Supervisor([ManagedProcess(role, clock) for role in roles], clock, StopFlag()).run()


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL on Windows")
def test_children_end_with_a_killed_supervisor_even_one_that_ignores_signals(tmp_path) -> None:
    supervisor = multiprocessing.get_context("spawn").Process(
        target=supervise_two, args=(tmp_path,)
    )
    supervisor.start()
    paths = [tmp_path / "one-0.pid", tmp_path / "two-0.pid"]
    wait_until(lambda: all(path.exists() and path.read_text() for path in paths))
    supervisor.kill()
    supervisor.join()
    wait_until(lambda: not any(is_running(int(path.read_text())) for path in paths))
    assert (tmp_path / "one.finished").exists()


class HungWorker:
    """Writes its process number, then hangs in a given way."""

    def __init__(self, folder: Path, way: str) -> None:
        self.folder, self.way, self.name = folder, way, "hung"

    def __call__(self, control_pipe: ControlPipe, restart_count: int) -> None:
        lock = Lock()
        if self.way == "stop event":  # a thread holds the lock that `Event.set` needs
            control_pipe.stop = LockedEvent()
        control_pipe.open(lambda message: None)
        (self.folder / "hung-0.pid").write_text(str(os.getpid()))
        if self.way == "interpreter":  # PyDLL keeps the interpreter's lock
            ctypes.PyDLL(None).sleep(3600)
        with lock:
            lock.acquire()


class LockedEvent(Event):
    """An event whose lock is never released."""

    def set(self) -> None:
        time.sleep(3600)


def supervise_hung(folder: Path, way: str) -> None:
    clock = MonotonicClock()
    role = ProcessRole("hung", HungWorker(folder, way), vital=True)
    Supervisor([ManagedProcess(role, clock)], clock, StopFlag()).run()


@linux_only
@pytest.mark.parametrize("way", ["lock", "stop event", "interpreter"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_no_stuck_thread_keeps_a_child_alive(tmp_path, way: str, number: int) -> None:
    context = multiprocessing.get_context("spawn")
    supervisor = context.Process(target=supervise_hung, args=(tmp_path, way))
    supervisor.start()
    path = tmp_path / "hung-0.pid"
    wait_until(lambda: path.exists() and path.read_text())
    os.kill(supervisor.pid, number)
    supervisor.join()
    pid = int(path.read_text())
    assert wait_until(lambda: not is_running(pid)) < MAX_SURVIVAL_S


def hang_in_finalisation(lifeline: Lifeline, path: Path) -> None:
    """End as soon as it is asked to, into a finalisation that keeps the interpreter's lock."""
    atexit.register(ctypes.PyDLL(None).sleep, 3600)
    path.write_text("ready")
    while not lifeline.ending:
        pass


@linux_only
def test_a_finalisation_that_hangs_is_ended_by_the_kernel(tmp_path) -> None:
    path = tmp_path / "state"
    process = multiprocessing.get_context("spawn").Process(
        target=run_with_lifeline, args=(pickle.dumps(hang_in_finalisation), path)
    )
    process.start()
    wait_until(path.exists)
    process.terminate()
    process.join(HANG_GUARD_S)
    assert process.exitcode == -signal.SIGALRM


@linux_only
def test_a_hang_up_of_the_terminal_does_not_end_a_supervised_child(tmp_path, supervise) -> None:
    house = supervise(ProcessRole("one", RecordingWorker(tmp_path, "one"), vital=True))
    pid = house.pid("one")
    os.kill(pid, signal.SIGHUP)
    deadline = time.monotonic() + 1.5  # the alarm that is cancelled would come after 1 s
    while time.monotonic() < deadline:
        assert is_running(pid)
        time.sleep(0.05)


def test_an_error_that_ends_a_process_is_one_line(caplog) -> None:
    with (
        caplog.at_level(logging.DEBUG),
        pytest.raises(SystemExit, match="1"),
        fatal_errors_logged("performer"),
    ):
        raise OSError("gone\nfor good")
    first, second = caplog.records
    assert first.levelname == "ERROR" and "\n" not in first.getMessage()
    assert second.levelname == "DEBUG" and second.exc_info


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGUSR1 on Windows")
def test_a_signal_requests_the_stop() -> None:
    before, stop = signal.getsignal(signal.SIGUSR1), StopFlag()
    try:
        stop.set_at_signals(signal.SIGUSR1)
        assert not stop.is_set()
        signal.raise_signal(signal.SIGUSR1)
        assert stop.is_set()
    finally:
        signal.signal(signal.SIGUSR1, before)
