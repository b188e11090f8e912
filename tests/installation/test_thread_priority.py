from __future__ import annotations

import os
import subprocess
import sys
from threading import Event, Thread

import pytest

from installation.engine.scheduler import Scheduler
from installation.engine.tempo_sync import MidiClockSender
from installation.thread_priority import (
    create_realtime_thread,
    hurry_process_group,
    idle_scheduling,
    is_realtime_permitted,
    leave_idle_scheduling,
    request_realtime,
    use_batch_scheduling,
    use_batch_unless_realtime,
)
from messages.clock import SECOND, VirtualClock
from midi_data.beat_grid import BeatGrid

pytestmark = pytest.mark.skipif(
    not hasattr(os, "SCHED_BATCH"), reason="this system has no scheduling classes"
)


def scheduling_class() -> int:
    """Scheduling class of this thread."""
    return os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK


def run_on_thread(function) -> tuple[bool | None, int]:
    """Result of the function, and the scheduling class of its thread."""
    answers: list[tuple[bool | None, int]] = []
    thread = Thread(target=lambda: answers.append((function(), scheduling_class())))
    thread.start()
    thread.join()
    return answers[0]


def test_a_permitted_thread_becomes_real_time() -> None:
    agreed, kind = run_on_thread(request_realtime)
    assert agreed == (kind == os.SCHED_FIFO)


def test_a_process_started_by_a_real_time_thread_is_not_real_time() -> None:
    ask = [sys.executable, "-c", "import os; print(os.sched_getscheduler(0))"]

    def start() -> bool:
        request_realtime()
        return subprocess.check_output(ask, text=True).strip() == str(os.SCHED_OTHER)

    assert run_on_thread(start)[0]


def test_a_real_time_thread_requests_its_class_itself() -> None:
    classes: list[int] = []
    before = scheduling_class()
    thread = create_realtime_thread(lambda: classes.append(scheduling_class()), "some")
    thread.start()
    thread.join()
    assert classes == [os.SCHED_FIFO if is_realtime_permitted() else before]
    assert scheduling_class() == before


def test_without_permission_a_thread_keeps_its_class(monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("Operation not permitted")

    before = scheduling_class()
    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    assert run_on_thread(request_realtime) == (False, before)
    assert not is_realtime_permitted()


def test_asking_for_the_permission_changes_nothing() -> None:
    before = scheduling_class()
    is_realtime_permitted()
    assert scheduling_class() == before


def test_every_thread_may_use_batch_scheduling() -> None:
    assert run_on_thread(use_batch_scheduling) == (True, os.SCHED_BATCH)


def test_batch_scheduling_is_used_only_without_real_time_permission(monkeypatch) -> None:
    monkeypatch.setattr("installation.thread_priority.is_realtime_permitted", lambda: False)
    assert run_on_thread(use_batch_unless_realtime)[1] == os.SCHED_BATCH
    monkeypatch.setattr("installation.thread_priority.is_realtime_permitted", lambda: True)
    assert run_on_thread(use_batch_unless_realtime)[1] == scheduling_class()


def test_other_systems_have_no_scheduling_classes(monkeypatch) -> None:
    monkeypatch.delattr(os, "SCHED_FIFO")
    monkeypatch.delattr(os, "SCHED_BATCH")
    assert not request_realtime()
    assert not use_batch_scheduling()


def test_running_in_the_callers_thread_keeps_its_class() -> None:
    before, stop = scheduling_class(), Event()
    stop.set()
    MidiClockSender([], lambda: BeatGrid(0, SECOND), 0).run(VirtualClock(), stop)
    Scheduler([]).run(VirtualClock(), stop)
    assert scheduling_class() == before


def test_a_thread_is_idle_only_while_it_may_return() -> None:
    def scheduling_classes() -> tuple[int, int]:
        with idle_scheduling():
            inside = scheduling_class()
        return inside, scheduling_class()

    (inside, after), _ = run_on_thread(scheduling_classes)
    assert inside in (os.SCHED_IDLE, os.SCHED_OTHER)
    assert after == os.SCHED_OTHER


def test_a_thread_that_could_not_return_does_not_become_idle(monkeypatch) -> None:
    change = os.sched_setscheduler

    def refuse_return(process_id: int, policy: int, parameter: os.sched_param) -> None:
        if policy == os.SCHED_OTHER:
            raise PermissionError("Operation not permitted")
        change(process_id, policy, parameter)

    def class_inside() -> int:
        with idle_scheduling():
            return scheduling_class()

    monkeypatch.setattr(os, "sched_setscheduler", refuse_return)
    assert run_on_thread(class_inside)[0] == os.SCHED_OTHER


def test_another_process_is_hurried_only_if_it_is_idle() -> None:
    for policy in (os.SCHED_IDLE, os.SCHED_BATCH):
        with subprocess.Popen(["sleep", "60"]) as sleeper:
            os.sched_setscheduler(sleeper.pid, policy, os.sched_param(0))
            is_left = leave_idle_scheduling(sleeper.pid)
            left = os.sched_getscheduler(sleeper.pid)
            sleeper.kill()
        if is_left:
            assert left == (os.SCHED_OTHER if policy == os.SCHED_IDLE else policy)
        else:
            assert left == os.SCHED_IDLE


def test_processes_of_the_group_that_are_idle_are_hurried() -> None:
    with subprocess.Popen(["sleep", "60"]) as ours:
        with subprocess.Popen(["sleep", "60"], start_new_session=True) as another:
            for sleeper in (ours, another):
                os.sched_setscheduler(sleeper.pid, os.SCHED_IDLE, os.sched_param(0))
            may_leave = run_on_thread(may_leave_idle_scheduling)[0]
            hurry_process_group()
            found = [os.sched_getscheduler(each.pid) for each in (ours, another)]
            another.kill()
        ours.kill()
    assert found == [os.SCHED_OTHER if may_leave else os.SCHED_IDLE, os.SCHED_IDLE]


def may_leave_idle_scheduling() -> bool:
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    return leave_idle_scheduling()
