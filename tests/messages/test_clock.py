from __future__ import annotations

from threading import Event

from messages.clock import MILLISECOND, MonotonicClock, VirtualClock


def test_a_virtual_clock_jumps_to_what_is_waited_for() -> None:
    clock = VirtualClock(5)
    clock.wait_until(100, Event())
    assert clock.now() == 100


def test_a_virtual_clock_never_goes_back() -> None:
    clock = VirtualClock(50)
    clock.wait_until(10, Event())
    assert clock.now() == 50


def test_a_virtual_clock_stands_still_when_woken() -> None:
    clock, wake = VirtualClock(), Event()
    wake.set()
    clock.wait_until(100, wake)
    assert clock.now() == 0


def test_sleeping_advances_a_virtual_clock() -> None:
    clock = VirtualClock(5)
    clock.sleep(10)
    assert clock.now() == 15


def test_the_monotonic_clock_sleeps_at_least_as_long_as_asked() -> None:
    clock = MonotonicClock()
    start = clock.now()
    clock.sleep(MILLISECOND)
    assert clock.now() - start >= MILLISECOND


def test_the_monotonic_clock_never_returns_early() -> None:
    clock = MonotonicClock()
    due = clock.now() + 3 * MILLISECOND
    clock.wait_until(due, Event())
    assert clock.now() >= due


def test_the_monotonic_clock_can_be_woken() -> None:
    clock, wake = MonotonicClock(), Event()
    wake.set()
    due = clock.now() + 3_600_000 * MILLISECOND
    clock.wait_until(due, wake)
    assert clock.now() < due
