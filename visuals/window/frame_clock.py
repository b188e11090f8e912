"""Pacing: frames at absolute deadlines, so that they neither drift nor bunch."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import Enum

SPIN = 1_500_000
"""The last nanoseconds before a deadline are spun through, sleep being late by that much."""
NAP = 2_000_000
"""Longest sleep between two looks at the events, ns: a key's time stamp is as fresh as this."""


class StageClock(ABC):
    """Tells the time and waits."""

    @abstractmethod
    def now(self) -> int:
        """Nanoseconds of the monotonic clock."""

    @abstractmethod
    def sleep(self, duration: int) -> None:
        """Wait for about `duration` ns."""


class MonotonicStageClock(StageClock):
    """The machine's."""

    def now(self) -> int:
        return time.monotonic_ns()

    def sleep(self, duration: int) -> None:
        time.sleep(duration / 1e9)


class DummyStageClock(StageClock):
    """Moves only when slept on, and by a microsecond with each look."""

    def __init__(self, start: int = 0) -> None:
        self.time = start

    def now(self) -> int:
        self.time += 1_000
        return self.time

    def sleep(self, duration: int) -> None:
        self.time += duration


class Pacer:
    """Hands out the moments at which frames are shown.

    Parameters
    ----------
    clock : StageClock
    rate : float
        Frames a second.
    """

    def __init__(self, clock: StageClock, rate: float = 60.0) -> None:
        if not rate > 0:
            raise ValueError(f"a frame rate must be above 0, not {rate}")
        self._clock = clock
        self._start = clock.now()
        self._rate = rate
        self._frame = 0

    @property
    def period(self) -> float:
        """Nanoseconds between two frames."""
        return 1e9 / self._rate

    def next_deadline(self) -> int:
        """When the next frame is to be shown, ns; frames already missed are left out."""
        passed = int((self._clock.now() - self._start) / self.period)
        self._frame = max(self._frame, passed) + 1
        return self._start + round(self._frame * self.period)

    def wait(self, deadline: int, meanwhile: Callable[[], None]) -> None:
        """Wait until a deadline, calling `meanwhile` every `NAP` or sooner."""
        while (left := deadline - self._clock.now()) > 0:
            if left > SPIN:
                self._clock.sleep(min(NAP, left - SPIN))
                meanwhile()


class Quality(Enum):
    """How much is drawn."""

    AUTO = "auto"
    """As much as the machine can afford."""
    FULL = "full"
    LIGHT = "light"
    """The least, for weak machines."""


class Effort(ABC):
    """How much detail is drawn.

    Attributes
    ----------
    detail : int
        2 for everything, 1, or 0 for the least.
    """

    detail: int

    @abstractmethod
    def add(self, taken: int) -> None:
        """A frame took that many ns to draw."""


class FixedEffort(Effort):
    """Always the same."""

    def __init__(self, detail: int) -> None:
        self.detail = detail

    def add(self, taken: int) -> None: ...


class AdaptiveEffort(Effort):
    """As much as the machine can afford.

    Detail goes down by one when an eighth of the last `PATIENCE` frames took longer than `SLOW`:
    frames are lost at the tail, while the median still looks well. It goes up when all but an
    eighth took less than `FAST`; and where that turned out too much, only after twice as many such
    stretches as the last time, lest it swing.
    """

    PATIENCE = 90
    SLOW, FAST = 14_000_000, 8_000_000
    MOST_CAUTIOUS = 16
    """Stretches of `PATIENCE` frames after which more is tried again at the latest."""

    def __init__(self) -> None:
        self.detail = 2
        self._taken: list[int] = []
        self._calm, self._caution, self._tried = 0, 1, False

    def add(self, taken: int) -> None:
        self._taken.append(taken)
        if len(self._taken) < self.PATIENCE:
            return
        slower = sorted(self._taken)[7 * self.PATIENCE // 8]
        self._taken.clear()
        self._calm = self._calm + 1 if slower < self.FAST else 0
        if slower > self.SLOW and self.detail > 0:
            self.detail -= 1
            if self._tried:
                self._caution = min(self.MOST_CAUTIOUS, 2 * self._caution)
        elif self._calm >= self._caution and self.detail < 2:
            self.detail += 1
            self._calm, self._tried = 0, True


def effort_for(quality: Quality) -> Effort:
    """The effort that gives a quality."""
    if quality is Quality.AUTO:
        return AdaptiveEffort()
    return FixedEffort(2 if quality is Quality.FULL else 0)
