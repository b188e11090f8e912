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
    is_realtime_permitted,
    request_realtime,
    use_batch_scheduling,
    use_batch_unless_realtime,
)
from messages.clock import SECOND, VirtualClock
from midi_data.beat_grid import BeatGrid

pytestmark = pytest.mark.skipif(
    not hasattr(os, "SCHED_BATCH"), reason="this system has no classes of threads to choose from"
)


def own_class() -> int:
    """Of this thread."""
    return os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK


def on_a_thread(act) -> tuple[bool | None, int]:
    """What it answered, and the class of the thread that asked."""
    answers: list[tuple[bool | None, int]] = []
    thread = Thread(target=lambda: answers.append((act(), own_class())))
    thread.start()
    thread.join()
    return answers[0]


def test_a_thread_that_may_hurry_is_of_the_real_time_class() -> None:
    agreed, kind = on_a_thread(request_realtime)
    assert agreed == (kind == os.SCHED_FIFO)


def test_what_an_urgent_thread_starts_is_not_urgent() -> None:
    ask = [sys.executable, "-c", "import os; print(os.sched_getscheduler(0))"]

    def start() -> bool:
        request_realtime()
        return subprocess.check_output(ask, text=True).strip() == str(os.SCHED_OTHER)

    assert on_a_thread(start)[0]


def test_an_urgent_thread_hurries_by_itself() -> None:
    classes: list[int] = []
    before = own_class()
    thread = create_realtime_thread(lambda: classes.append(own_class()), "some")
    thread.start()
    thread.join()
    assert classes == [os.SCHED_FIFO if is_realtime_permitted() else before]
    assert own_class() == before


def test_a_thread_that_may_not_hurry_goes_on_as_it_is(monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("Operation not permitted")

    before = own_class()
    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    assert on_a_thread(request_realtime) == (False, before)
    assert not is_realtime_permitted()


def test_asking_changes_nobody() -> None:
    before = own_class()
    is_realtime_permitted()
    assert own_class() == before


def test_anybody_may_stand_back() -> None:
    assert on_a_thread(use_batch_scheduling) == (True, os.SCHED_BATCH)


def test_one_makes_way_only_for_those_who_may_not_hurry(monkeypatch) -> None:
    monkeypatch.setattr("installation.thread_priority.is_realtime_permitted", lambda: False)
    assert on_a_thread(use_batch_unless_realtime)[1] == os.SCHED_BATCH
    monkeypatch.setattr("installation.thread_priority.is_realtime_permitted", lambda: True)
    assert on_a_thread(use_batch_unless_realtime)[1] == own_class()


def test_elsewhere_there_is_nothing_to_ask_for(monkeypatch) -> None:
    monkeypatch.delattr(os, "SCHED_FIFO")
    monkeypatch.delattr(os, "SCHED_BATCH")
    assert not request_realtime()
    assert not use_batch_scheduling()


def test_who_sends_clocks_or_hands_over_notes_by_hand_stays_as_it_was() -> None:
    before, stop = own_class(), Event()
    stop.set()
    MidiClockSender([], lambda: BeatGrid(0, SECOND), 0).run(VirtualClock(), stop)
    Scheduler([]).run(VirtualClock(), stop)
    assert own_class() == before
