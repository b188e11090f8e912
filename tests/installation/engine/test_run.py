"""A performer in real time."""

from __future__ import annotations

import gc
import time
from threading import Event
from types import SimpleNamespace

import pytest

from installation.engine.run import run_live
from installation.engine.scheduler import MAX_SLEEP_NS, Scheduler
from installation.io.midi.outputs import DummyOutput
from messages.clock import SECOND, MonotonicClock


@pytest.fixture
def performer():
    """A performer without events for an hour; it keeps the times of its calls."""
    calls, closed = [], []

    def advance(now: int) -> int:
        calls.append((now, gc.get_freeze_count()))
        return now + 3600 * SECOND

    key_input = SimpleNamespace(wait=time.sleep)
    return SimpleNamespace(
        advance=advance, close=closed.append, key_input=key_input, calls=calls, closed=closed
    )


def run(performer, stop: Event, seconds: float, beat=None) -> int:
    clock = MonotonicClock()
    until = clock.now() + round(seconds * SECOND)
    return run_live(performer, Scheduler([DummyOutput()]), clock, stop, until, beat) - until


def test_the_performance_ends_and_is_closed_at_its_time(performer) -> None:
    assert run(performer, Event(), 0.1) == 0
    assert len(performer.closed) == 1


def test_the_heartbeat_is_called_without_events(performer) -> None:
    stop, beats = Event(), []

    def beat() -> None:
        beats.append(time.monotonic_ns())
        if len(beats) == 3:
            stop.set()

    assert run(performer, stop, 60.0, beat) < 0
    assert beats[1] - beats[0] >= MAX_SLEEP_NS / 2


def test_the_performance_ends_when_stop_is_set(performer) -> None:
    stop = Event()
    assert run(performer, stop, 60.0, stop.set) < 0
    assert len(performer.calls) == 1


def test_existing_objects_are_frozen_for_the_garbage_collector_meanwhile(performer) -> None:
    stop = Event()
    run(performer, stop, 60.0, stop.set)
    assert performer.calls[0][1] > 1000
    assert gc.get_freeze_count() == 0
