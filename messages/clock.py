"""Clocks: the one place where time is read, with a virtual twin that only moves when told to."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from threading import Event

SECOND = 1_000_000_000
"""Nanoseconds in a second."""
MILLISECOND = 1_000_000
"""Nanoseconds in a millisecond."""
SPIN_TIME_NS = MILLISECOND
"""How long before a deadline `MonotonicClock` stops sleeping and starts to spin, ns."""


class Clock(ABC):
    """Something that tells nanoseconds and can wait for one."""

    @abstractmethod
    def now(self) -> int:
        """Nanoseconds since some fixed moment; never goes back."""

    @abstractmethod
    def wait_until(self, due: int, wake: Event) -> None:
        """Return at `due`, or as soon as `wake` is set."""


class MonotonicClock(Clock):
    """The machine's monotonic clock; sleeps, then spins for the last millisecond.

    A sleep alone wakes up to 0.5 ms late on an idle machine, and more on a busy one.
    """

    def now(self) -> int:
        return time.monotonic_ns()

    def wait_until(self, due: int, wake: Event) -> None:
        rest = due - self.now()
        if rest > SPIN_TIME_NS and wake.wait((rest - SPIN_TIME_NS) / SECOND):
            return
        while self.now() < due and not wake.is_set():
            pass


class VirtualClock(Clock):
    """A clock that stands still until something waits on it, then jumps."""

    def __init__(self, start: int = 0) -> None:
        self._now = start

    def now(self) -> int:
        return self._now

    def wait_until(self, due: int, wake: Event) -> None:
        if not wake.is_set():
            self._now = max(self._now, due)
