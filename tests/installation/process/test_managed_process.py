from __future__ import annotations

from multiprocessing import Pipe
from threading import Event
from types import SimpleNamespace

import pytest

from installation.kiosk.house_rules import HouseRules
from installation.process import managed_process
from installation.process.control_pipe import ControlPipe, Heartbeat, StartWork
from installation.process.managed_process import (
    EARLY_DEATH_AGE_NS,
    INITIAL_RESTART_DELAY_NS,
    MAX_RESTART_DELAY_NS,
    MAX_STARVED_NS,
    STARTUP_TIMEOUT_NS,
    ManagedProcess,
    ProcessRole,
)
from messages.clock import SECOND, VirtualClock


def do_nothing(control_pipe: ControlPipe, restart_count: int) -> None:
    """Stands in for work that is never started."""


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(SECOND)


@pytest.fixture
def child(clock) -> ManagedProcess:
    role = ProcessRole("one", do_nothing, vital=False, silence_timeout_ns=SECOND)
    return ManagedProcess(role, clock)


@pytest.fixture(autouse=True)
def pressure(monkeypatch, clock) -> list[float]:
    """Share of the time in which the machine lacks processors: the last one counts."""
    shares = [0.0]
    read = lambda: round(shares[-1] * clock.now())  # noqa: E731
    monkeypatch.setattr(managed_process, "processor_pressure", read)
    return shares


@pytest.mark.parametrize(("share", "silent_s"), [(0.25, 1.25), (0.625, 2.25), (1.0, 3.25)])
def test_while_the_machine_lacks_processors_a_child_has_more_time(
    clock, child, pressure, share: float, silent_s: float
) -> None:
    pressure.append(share)
    child.check_hung()
    child.record_heartbeat(Heartbeat(0))
    start = clock.now()
    while not child.check_hung():
        advance(clock, SECOND // 4)
    assert clock.now() - start == round(silent_s * SECOND)


@pytest.mark.parametrize("ready", [True, False])
def test_a_child_that_a_signal_has_stopped_has_no_more_time(
    clock, child, pressure, monkeypatch, ready: bool
) -> None:
    pressure.append(1.0)
    monkeypatch.setattr(managed_process, "is_stopped", lambda pid: pid == 1)
    monkeypatch.setattr(managed_process, "processor_waits", lambda pid: {1: clock.now()})
    child.process = SimpleNamespace(pid=1)
    child.check_hung()
    if ready:
        child.record_heartbeat(Heartbeat(0))
    start = clock.now()
    while not child.check_hung():
        advance(clock, SECOND // 4)
    limit = SECOND if ready else STARTUP_TIMEOUT_NS
    assert abs(clock.now() - start - limit) <= SECOND // 4


def test_a_stopped_child_that_builds_scenes_has_the_plain_time_too(
    clock, child, monkeypatch
) -> None:
    monkeypatch.setattr(managed_process, "is_stopped", lambda pid: pid == 1)
    monkeypatch.setattr(managed_process, "processor_waits", lambda pid: {})
    child.process = SimpleNamespace(pid=1)
    child.check_hung()
    child.record_heartbeat(Heartbeat(0, ready=False))
    start = clock.now()
    while not child.check_hung():
        advance(clock, SECOND // 4)
    assert abs(clock.now() - start - SECOND) <= SECOND // 4


def advance(clock: VirtualClock, duration_ns: int) -> None:
    clock.wait_until(clock.now() + duration_ns, Event())


def test_the_next_process_is_told_what_holds_before_anything_else(child, monkeypatch) -> None:
    told: list[list[object]] = []

    def spawn(*role: object) -> SimpleNamespace:
        ours, theirs = Pipe()
        told.append([])
        monkeypatch.setattr(child, "send", told[-1].append)
        theirs.close()
        process = SimpleNamespace(pid=None, is_alive=lambda: True, kill=lambda: None)
        return SimpleNamespace(process=process, pipe=ours, hurry=lambda: None)

    monkeypatch.setattr(managed_process, "SpawnedProcess", SimpleNamespace(spawn=spawn))
    child.start()
    child.tell(HouseRules(volume=0.5))
    child.tell(HouseRules(False, volume=0.0))
    child.start()
    _, second = told
    start, rules = second
    assert isinstance(start, StartWork) and rules == HouseRules(False, volume=0.0)


def test_restarts_are_delayed_longer_while_a_child_dies_early(clock, child) -> None:
    delays = []
    for _ in range(9):
        child.started_at = clock.now()
        advance(clock, SECOND)
        child.schedule_restart()
        delays.append(child.restart_at - clock.now())
    first = INITIAL_RESTART_DELAY_NS
    assert delays[:4] == [0, 2 * first, 4 * first, 8 * first]
    assert delays[-1] == MAX_RESTART_DELAY_NS
    child.started_at = clock.now()
    advance(clock, 2 * EARLY_DEATH_AGE_NS)
    child.schedule_restart()
    assert child.restart_at == clock.now()


def test_an_end_on_request_is_no_crash(clock, child) -> None:
    child.kept_state = b"state"
    for _ in range(4):
        child.process, child.started_at = SimpleNamespace(kill=lambda: None), clock.now()
        advance(clock, SECOND)
        child.end_on_request()
        child.schedule_restart()
        assert child.restart_at == clock.now()
    assert (child.kept_state, child.restarts) == (b"state", 4)
    child.schedule_restart()
    assert child.restart_at - clock.now() == INITIAL_RESTART_DELAY_NS


def test_no_child_counts_as_hung_after_the_machine_slept(clock, child) -> None:
    child.record_heartbeat(Heartbeat(0))
    advance(clock, 3600 * SECOND)
    assert not child.check_hung()
    for _ in range(3):
        advance(clock, SECOND)
        hung = child.check_hung()
    assert not hung
    advance(clock, SECOND)
    assert child.check_hung()


@pytest.mark.parametrize(("starved_share", "silent_s"), [(0.0, 1.25), (0.5, 2.25), (0.95, 20.25)])
def test_time_without_a_processor_is_no_silence(
    clock, child, monkeypatch, starved_share: float, silent_s: float
) -> None:
    monkeypatch.setattr(
        managed_process,
        "processor_waits",
        lambda pid: {1: 3600 * SECOND, 2: round(starved_share * clock.now())},
    )
    child.process = SimpleNamespace(pid=1)
    child.check_hung()
    child.record_heartbeat(Heartbeat(0))
    start = clock.now()
    while not child.check_hung():
        advance(clock, SECOND // 4)
    assert clock.now() - start == round(silent_s * SECOND)


def test_a_starved_child_is_given_up_in_the_end(clock, child, monkeypatch) -> None:
    monkeypatch.setattr(managed_process, "processor_waits", lambda pid: {1: clock.now()})
    child.process = SimpleNamespace(pid=1)
    child.check_hung()
    child.record_heartbeat(Heartbeat(0))
    start = clock.now()
    while not child.check_hung():
        advance(clock, SECOND // 4)
    assert clock.now() - start == MAX_STARVED_NS + 5 * SECOND // 4


def test_a_child_that_is_not_ready_may_be_silent_for_longer(clock, child) -> None:
    for ready in (False, True):
        child.record_heartbeat(Heartbeat(0, ready=ready))
        hung = False
        for _ in range(8):
            advance(clock, SECOND // 4)
            hung = child.check_hung()
        assert hung == ready


def test_a_state_with_which_two_processes_died_is_given_up(child) -> None:
    child.kept_state = b"state"
    child.schedule_restart()
    assert child.kept_state == b"state"
    child.schedule_restart()
    assert child.kept_state == b""
