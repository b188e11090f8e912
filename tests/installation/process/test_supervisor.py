"""Real processes, short-lived; nothing here depends on how fast they are."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace

import pytest

from installation.ops.metrics import cpu_seconds, has_runnable_thread
from installation.process import managed_process as child
from installation.process.control_pipe import (
    ControlPipe,
    Heartbeat,
    StageOpened,
    UnrecoverableFailure,
    WorkFinished,
)
from installation.process.managed_process import (
    EARLY_DEATH_AGE_NS,
    INITIAL_RESTART_DELAY_NS,
    MAX_RESTART_DELAY_NS,
    ManagedProcess,
    ProcessRole,
)
from installation.process.process_lifetime import ProcessErrorLogger, die_with_parent
from installation.process.supervisor import Supervisor
from messages.clock import SECOND, MonotonicClock, VirtualClock
from messages.gestures import QuitRequest

PATIENCE = 30.0


@dataclass(frozen=True)
class Worker:
    """Writes its process id to a file, then works until it is told to stop."""

    folder: Path
    name: str
    finishes: bool = False
    reason: str = ""
    leaves: bool = False
    throws: bool = False
    deaf: bool = False

    def __call__(self, pipe: Connection, life: int) -> None:
        die_with_parent()
        if self.deaf:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        link = ControlPipe(pipe)
        link.open(self._take)
        starts = len(list(self.folder.glob(f"{self.name}-*.pid")))
        (self.folder / f"{self.name}-{starts}.pid").write_text(str(os.getpid()))
        if self.reason:
            link.send(UnrecoverableFailure(self.reason))
            return
        while self.deaf:
            time.sleep(0.02)
        if self.throws:
            with ProcessErrorLogger("stage"):
                raise ZeroDivisionError("no\nlight")
        if self.leaves:
            link.send(StageOpened(1))
            link.send(QuitRequest(2))
        while not link.stop.wait(0.02) and not self.finishes:
            link.send_heartbeat(time.monotonic_ns())
        (self.folder / f"{self.name}.tidy").touch()
        link.send(WorkFinished())
        link.close()

    def _take(self, letter: object) -> None:
        (self.folder / f"{self.name}.took").write_text(type(letter).__name__)


class House:
    """A supervisor on a thread of its own."""

    def __init__(self, folder: Path, *roles: ProcessRole) -> None:
        self.folder = folder
        self.stop = Event()
        self.supervisor = Supervisor(roles, MonotonicClock(), self.stop)
        self.thread = Thread(target=self.supervisor.run)
        self.thread.start()

    def pid(self, name: str, start: int = 0) -> int:
        path = self.folder / f"{name}-{start}.pid"
        until(lambda: path.exists() and path.read_text())
        return int(path.read_text())

    def end(self) -> None:
        self.stop.set()
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_all_come_down_tidily_when_told_to_stop(tmp_path) -> None:
    house = House(
        tmp_path,
        ProcessRole("one", Worker(tmp_path, "one"), vital=True),
        ProcessRole("two", Worker(tmp_path, "two"), vital=False),
    )
    pids = [house.pid("one"), house.pid("two")]
    house.end()
    assert not any(is_alive(pid) for pid in pids)
    assert (tmp_path / "one.tidy").exists() and (tmp_path / "two.tidy").exists()


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL on Windows")
def test_a_killed_child_is_mourned_and_started_again(tmp_path) -> None:
    mourned = []
    house = House(
        tmp_path,
        ProcessRole("one", Worker(tmp_path, "one"), vital=True, on_death=lambda: mourned.append(1)),
        ProcessRole("two", Worker(tmp_path, "two"), vital=False),
    )
    other = house.pid("two")
    os.kill(house.pid("one"), 9)
    assert house.pid("one", start=1) != 0
    assert mourned == [1]
    assert is_alive(other)
    house.end()


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL on Windows")
def test_a_spare_that_is_prepared_takes_over_and_ends_with_all(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(child, "SPARE_MIN_UPTIME_NS", 0)
    house = House(
        tmp_path, ProcessRole("one", Worker(tmp_path, "one"), vital=True, preload=prepare)
    )
    one = house.supervisor.children[0]
    until(lambda: one._spare is not None)
    spare = one._spare.process.pid
    os.kill(house.pid("one"), 9)
    assert house.pid("one", start=1) == spare
    until(lambda: one._spare is not None)
    another = one._spare.process.pid
    house.end()
    assert not is_alive(spare) and not is_alive(another)


def prepare() -> None:
    """As a role may be given."""


def test_a_dead_spare_is_no_hindrance(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(child, "SPARE_MIN_UPTIME_NS", 0)
    house = House(tmp_path, ProcessRole("one", Worker(tmp_path, "one"), vital=True))
    one = house.supervisor.children[0]
    until(lambda: one._spare is not None)
    one._spare.process.kill()
    until(lambda: not one._spare.process.is_alive())
    house.pid("one")
    one.process.kill()
    assert house.pid("one", start=1) != 0
    house.end()


def test_the_piece_ends_when_its_vital_child_finishes(tmp_path) -> None:
    house = House(
        tmp_path,
        ProcessRole("one", Worker(tmp_path, "one", finishes=True), vital=True),
        ProcessRole("two", Worker(tmp_path, "two"), vital=False),
    )
    house.thread.join(PATIENCE)
    assert house.supervisor.failure is None
    house.end()


def test_a_vital_child_that_cannot_work_ends_the_piece_with_its_reason(tmp_path) -> None:
    house = House(
        tmp_path, ProcessRole("one", Worker(tmp_path, "one", reason="no port"), vital=True)
    )
    house.thread.join(PATIENCE)
    assert house.supervisor.failure == "no port"
    house.end()


def test_another_that_cannot_work_is_done_without(tmp_path) -> None:
    house = House(
        tmp_path,
        ProcessRole("one", Worker(tmp_path, "one"), vital=True),
        ProcessRole("two", Worker(tmp_path, "two", reason="no display"), vital=False),
    )
    house.pid("one")
    until(lambda: house.supervisor.children[1].retired)
    assert not house.stop.is_set()
    house.end()
    assert not (tmp_path / "two-1.pid").exists()


def test_an_opened_stage_is_announced_to_the_first_child_and_leaving_ends_all(tmp_path) -> None:
    house = House(
        tmp_path,
        ProcessRole("one", Worker(tmp_path, "one"), vital=True),
        ProcessRole("two", Worker(tmp_path, "two", leaves=True), vital=False),
    )
    house.thread.join(PATIENCE)
    assert house.stop.is_set()
    house.end()


def test_the_first_child_is_told_that_a_stage_opens(tmp_path) -> None:
    roles = [ProcessRole(name, Worker(tmp_path, name), vital=False) for name in ("one", "two")]
    supervisor = Supervisor(roles, MonotonicClock(), Event())
    told: list[object] = []
    supervisor.children[0].send = told.append
    supervisor._handle_message(supervisor.children[1], StageOpened(5))
    assert told == [StageOpened(5)]
    assert not supervisor.stop.is_set()


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGSTOP on Windows")
def test_a_frozen_child_is_replaced_and_the_other_goes_on(tmp_path) -> None:
    house = House(
        tmp_path,
        ProcessRole("one", Worker(tmp_path, "one"), vital=True),
        ProcessRole("two", Worker(tmp_path, "two"), vital=False, silence_timeout_ns=SECOND // 2),
    )
    one, two = house.pid("one"), house.pid("two")
    until(lambda: house.supervisor.children[1].metrics is not None)
    os.kill(two, signal.SIGSTOP)
    assert house.pid("two", start=1) != two
    assert not is_alive(two) and is_alive(one)
    house.end()


def test_what_a_child_throws_is_one_line_and_it_is_started_again(tmp_path, capfd) -> None:
    house = House(
        tmp_path,
        ProcessRole("one", Worker(tmp_path, "one"), vital=True),
        ProcessRole("two", Worker(tmp_path, "two", throws=True), vital=False),
    )
    house.pid("two", start=1)
    house.end()
    told = capfd.readouterr().err
    assert "Traceback" not in told
    assert "the stage failed: ZeroDivisionError: no light (test_supervisor.py:" in told


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGTERM to be deaf to on Windows")
def test_a_child_that_will_not_end_is_killed_and_cleared_up_after(tmp_path) -> None:
    mourned = []
    work = Worker(tmp_path, "one", deaf=True)
    house = House(
        tmp_path, ProcessRole("one", work, vital=True, on_death=lambda: mourned.append(1))
    )
    pid = house.pid("one")
    house.end()
    assert not is_alive(pid)
    assert mourned == [1]


def test_clearing_up_after_a_child_never_holds_up_the_supervisor(tmp_path) -> None:
    never = Event()
    house = House(
        tmp_path,
        ProcessRole("one", Worker(tmp_path, "one"), vital=True, on_death=lambda: never.wait()),
    )
    os.kill(house.pid("one"), 9)
    assert house.pid("one", start=1) != 0
    house.end()
    never.set()


def orphanage(folder: Path) -> None:
    roles = (
        ProcessRole("one", Worker(folder, "one"), vital=True),
        ProcessRole("two", Worker(folder, "two", deaf=True), vital=False),
    )
    Supervisor(roles, MonotonicClock(), Event()).run()


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL on Windows")
def test_a_killed_supervisor_takes_its_children_with_it_even_one_that_will_not(tmp_path) -> None:
    house = multiprocessing.get_context("spawn").Process(target=orphanage, args=(tmp_path,))
    house.start()
    pids = []
    for name in ("one", "two"):
        until(lambda name=name: (tmp_path / f"{name}-0.pid").exists())
        until(lambda name=name: (tmp_path / f"{name}-0.pid").read_text())
        pids.append(int((tmp_path / f"{name}-0.pid").read_text()))
    house.kill()
    house.join(PATIENCE)
    until(lambda: not any(runs(pid) for pid in pids))
    assert (tmp_path / "one.tidy").exists()


def runs(pid: int) -> bool:
    """Whether a process that is not our child still runs, a zombie not counted."""
    if not sys.platform.startswith("linux"):
        return is_alive(pid)
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")")[-1].split()[0] != "Z"
    except OSError:
        return False


def never(pipe: Connection, life: int) -> None:
    """Work that is not done."""


def test_restarts_are_held_back_ever_longer_while_a_child_dies_young() -> None:
    clock = VirtualClock(SECOND)
    one = ManagedProcess(ProcessRole("one", never, vital=False), clock)
    holds = []
    for _ in range(9):
        one._started_at = clock.now()
        clock.wait_until(clock.now() + SECOND, Event())
        one.schedule_restart()
        holds.append(one.restart_at - clock.now())
    assert holds[:4] == [
        0,
        2 * INITIAL_RESTART_DELAY_NS,
        4 * INITIAL_RESTART_DELAY_NS,
        8 * INITIAL_RESTART_DELAY_NS,
    ]
    assert holds[-1] == MAX_RESTART_DELAY_NS
    one._started_at = clock.now()
    clock.wait_until(clock.now() + 2 * EARLY_DEATH_AGE_NS, Event())
    one.schedule_restart()
    assert one.restart_at == clock.now()


def test_a_machine_that_slept_finds_no_child_guilty() -> None:
    clock = VirtualClock()
    one = ManagedProcess(ProcessRole("one", never, vital=False, silence_timeout_ns=SECOND), clock)
    one.record_heartbeat(Heartbeat(0))
    clock.wait_until(3600 * SECOND, Event())
    assert not one.check_hung()
    for _ in range(3):
        clock.wait_until(clock.now() + SECOND, Event())
        hangs = one.check_hung()
    assert not hangs
    clock.wait_until(clock.now() + SECOND, Event())
    assert one.check_hung()


@pytest.mark.parametrize(
    ("runnable", "used", "patience"), [(False, 0.0, 1), (True, 0.1, 4), (True, 0.9, 1)]
)
def test_a_child_that_is_only_starved_has_longer_than_one_that_sleeps_or_spins(
    monkeypatch, runnable: bool, used: float, patience: int
) -> None:
    clock = VirtualClock()
    monkeypatch.setattr(child, "cpu_seconds", lambda pid: used * clock.now() / SECOND)
    monkeypatch.setattr(child, "has_runnable_thread", lambda pid: runnable)
    one = ManagedProcess(ProcessRole("one", never, vital=False, silence_timeout_ns=SECOND), clock)
    one.process = SimpleNamespace(pid=1)
    one.record_heartbeat(Heartbeat(0))
    while not one.check_hung():
        clock.wait_until(clock.now() + SECOND // 4, Event())
    assert clock.now() == patience * SECOND + SECOND // 4


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells")
def test_a_process_that_spins_is_told_from_one_that_sleeps() -> None:
    spin = multiprocessing.get_context("spawn").Process(target=spinning, daemon=True)
    spin.start()
    until(lambda: has_runnable_thread(spin.pid) and cpu_seconds(spin.pid) > 0.2)
    os.kill(spin.pid, signal.SIGSTOP)
    until(lambda: not has_runnable_thread(spin.pid))
    spin.kill()
    spin.join()
    assert cpu_seconds(spin.pid) is None


def spinning() -> None:
    while True:
        pass


def test_errors_that_are_told_are_one_line(caplog) -> None:
    with (
        caplog.at_level(logging.DEBUG),
        pytest.raises(SystemExit, match="1"),
        ProcessErrorLogger("performer"),
    ):
        raise OSError("gone\nfor good")
    first, second = caplog.records
    assert first.levelname == "ERROR" and "\n" not in first.getMessage()
    assert second.levelname == "DEBUG" and second.exc_info


def test_a_child_that_is_not_ready_yet_may_be_silent_for_longer() -> None:
    clock = VirtualClock()
    one = ManagedProcess(ProcessRole("one", never, vital=False, silence_timeout_ns=SECOND), clock)
    for ready in (False, True):
        one.record_heartbeat(Heartbeat(0, ready=ready))
        hangs = False
        for _ in range(8):
            clock.wait_until(clock.now() + SECOND // 4, Event())
            hangs = one.check_hung()
        assert hangs == ready
