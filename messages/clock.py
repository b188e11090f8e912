"""Clocks: the one place where the time is read, and a virtual twin."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from threading import Event

SECOND = 1_000_000_000  # nanoseconds in a second
MILLISECOND = 1_000_000  # nanoseconds in a millisecond
SPIN_TIME_NS = MILLISECOND
"""Busy waiting before a deadline of `MonotonicClock`, ns: a sleep alone ends up to 0.5 ms late."""


class Clock(ABC):
    """A source of time in nanoseconds that can also wait."""

    @abstractmethod
    def now(self) -> int:
        """Nanoseconds since some fixed moment; never decreases."""

    @abstractmethod
    def sleep(self, duration: int) -> None:
        """Wait for about `duration` nanoseconds."""

    @abstractmethod
    def wait_until(self, due: int, wake: Event) -> None:
        """Return at the time `due` (ns), or as soon as `wake` is set."""


class MonotonicClock(Clock):
    """The monotonic clock of the machine; it sleeps, then spins for the last millisecond."""

    def now(self) -> int:
        return time.monotonic_ns()

    def sleep(self, duration: int) -> None:
        time.sleep(duration / SECOND)

    def wait_until(self, due: int, wake: Event) -> None:
        rest = due - self.now()
        if rest > SPIN_TIME_NS and wake.wait((rest - SPIN_TIME_NS) / SECOND):
            return
        while self.now() < due and not wake.is_set():
            pass


class VirtualClock(Clock):
    """A clock that moves only when a caller waits on it.

    Parameters
    ----------
    start : int
        First time it reports, ns.
    """

    def __init__(self, start: int = 0) -> None:
        self._now = start

    def now(self) -> int:
        return self._now

    def sleep(self, duration: int) -> None:
        self._now += duration

    def wait_until(self, due: int, wake: Event) -> None:
        if not wake.is_set():
            self._now = max(self._now, due)
