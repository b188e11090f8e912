"""Pacing: frames at absolute deadlines, so that they neither drift nor bunch."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable

SPIN_NS = 1_500_000
"""The last nanoseconds before a deadline are spun through, sleep being late by that much."""
MAX_SLEEP_NS = 1_000_000
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


class FrameClock:
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
        self._frame_number = 0

    @property
    def period_ns(self) -> float:
        """Nanoseconds between two frames."""
        return 1e9 / self._rate

    def next_deadline(self) -> int:
        """When the next frame is to be shown, ns; frames already missed are left out."""
        passed = int((self._clock.now() - self._start) / self.period_ns)
        self._frame_number = max(self._frame_number, passed) + 1
        return self._start + round(self._frame_number * self.period_ns)

    def wait_until(self, deadline: int, meanwhile: Callable[[], None]) -> None:
        """Wait until a deadline, calling `meanwhile` every `MAX_SLEEP_NS` or sooner."""
        while (left := deadline - self._clock.now()) > 0:
            if left > SPIN_NS:
                self._clock.sleep(min(MAX_SLEEP_NS, left - SPIN_NS))
            meanwhile()


class DetailController(ABC):
    """How much detail is drawn.

    Attributes
    ----------
    detail : int
        2 for everything, 1, or 0 for the least.
    """

    detail_level: int

    @abstractmethod
    def record_frame(self, taken: int) -> None:
        """A frame took that many ns to draw."""


class FixedDetail(DetailController):
    """Always the same."""

    def __init__(self, detail: int) -> None:
        self.detail_level = detail

    def record_frame(self, taken: int) -> None: ...


class AdaptiveDetail(DetailController):
    """As much as the machine can afford.

    Detail goes down by one when an eighth of the last `PATIENCE` frames took longer than `SLOW`:
    frames are lost at the tail, while the median still looks well. It goes up when all but an
    eighth took less than `FAST`; and where that turned out too much, only after twice as many such
    stretches as the last time, lest it swing.
    """

    WINDOW_FRAMES = 90
    SLOW_FRAME_NS, FAST_FRAME_NS = 14_000_000, 8_000_000
    MAX_REQUIRED_WINDOWS = 16
    """Stretches of `PATIENCE` frames after which more is tried again at the latest."""

    def __init__(self) -> None:
        self.detail_level = 2
        self._frame_times_ns: list[int] = []
        self._fast_windows, self._required_windows, self._has_raised_detail = 0, 1, False

    def record_frame(self, taken: int) -> None:
        self._frame_times_ns.append(taken)
        if len(self._frame_times_ns) < self.WINDOW_FRAMES:
            return
        slower = sorted(self._frame_times_ns)[7 * self.WINDOW_FRAMES // 8]
        self._frame_times_ns.clear()
        self._fast_windows = self._fast_windows + 1 if slower < self.FAST_FRAME_NS else 0
        if slower > self.SLOW_FRAME_NS and self.detail_level > 0:
            self.detail_level -= 1
            if self._has_raised_detail:
                self._required_windows = min(self.MAX_REQUIRED_WINDOWS, 2 * self._required_windows)
        elif self._fast_windows >= self._required_windows and self.detail_level < 2:
            self.detail_level += 1
            self._fast_windows, self._has_raised_detail = 0, True


def create_detail_controller(quality: str) -> DetailController:
    """The controller for "auto", "full" or "light"."""
    if quality == "auto":
        return AdaptiveDetail()
    return FixedDetail(2 if quality == "full" else 0)
