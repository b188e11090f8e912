"""A performer in real time."""

from __future__ import annotations

import gc
import time
from threading import Event
from types import SimpleNamespace

import pytest

from installation.engine.run import MAX_SLEEP_NS, run_live
from installation.engine.scheduler import Scheduler
from installation.io.midi.outputs import DummyOutput
from messages.clock import SECOND, MonotonicClock


@pytest.fixture
def performer():
    """One who has nothing to do for an hour, and remembers when it was asked."""
    asked, closed = [], []

    def advance(now: int) -> int:
        asked.append((now, gc.get_freeze_count()))
        return now + 3600 * SECOND

    key_input = SimpleNamespace(wait=time.sleep)
    return SimpleNamespace(
        advance=advance, close=closed.append, key_input=key_input, asked=asked, closed=closed
    )


def run(performer, stop: Event, seconds: float, beat=None) -> int:
    clock = MonotonicClock()
    until = clock.now() + round(seconds * SECOND)
    return run_live(performer, Scheduler([DummyOutput()]), clock, stop, until, beat) - until


def test_it_ends_at_its_moment_and_is_closed_there(performer) -> None:
    assert run(performer, Event(), 0.1) == 0
    assert len(performer.closed) == 1


def test_it_gives_a_sign_of_life_though_there_is_nothing_to_do(performer) -> None:
    stop, beats = Event(), []

    def beat() -> None:
        beats.append(time.monotonic_ns())
        if len(beats) == 3:
            stop.set()

    assert run(performer, stop, 60.0, beat) < 0
    assert beats[1] - beats[0] >= MAX_SLEEP_NS / 2


def test_it_ends_when_it_is_told_to(performer) -> None:
    stop = Event()
    assert run(performer, stop, 60.0, stop.set) < 0
    assert len(performer.asked) == 1


def test_meanwhile_the_collector_leaves_what_there_is_alone(performer) -> None:
    stop = Event()
    run(performer, stop, 60.0, stop.set)
    assert performer.asked[0][1] > 1000
    assert gc.get_freeze_count() == 0
