"""Frame clock: absolute deadlines of frames, and the detail that the machine can draw in time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from statistics import median

from messages.clock import Clock, VirtualClock

SPIN_NS = 1_500_000  # busy waiting before a deadline, ns: a sleep ends late by up to this much
MAX_SLEEP_NS = 1_000_000  # longest sleep between two readings of events, ns
WORK_FRAMES = 9  # number of frames from which the work of the next one is expected
MAX_EXPECTED_WORK_NS = 100_000_000  # of a frame, ns: after a stall the picture does not run ahead


class DummyStageClock(VirtualClock):
    """A virtual clock that also advances by a microsecond whenever it is read."""

    @property
    def time(self) -> int:
        """The time, ns, without an advance."""
        return super().now()

    def now(self) -> int:
        self.sleep(1_000)
        return self.time


class FrameClock:
    """Deadlines of frames: multiples of the period from the start, so errors do not add up.

    Parameters
    ----------
    clock : Clock
    rate : float
        Frames per second.
    """

    def __init__(self, clock: Clock, rate: float = 60.0) -> None:
        if not rate > 0:
            raise ValueError(f"a frame rate must be above 0, not {rate}")
        self._clock = clock
        self._start = clock.now()
        self._rate = rate
        self._frame_number = self._shown = 0
        self._work_ns: deque[int] = deque(maxlen=WORK_FRAMES)

    @property
    def period_ns(self) -> float:
        """Time between two frames, ns."""
        return 1e9 / self._rate

    def next_deadline(self) -> int:
        """Time at which the next frame is to be shown, ns; missed frames are skipped."""
        passed = int((self._clock.now() - self._start) / self.period_ns)
        self._frame_number = max(self._frame_number, passed) + 1
        return self._start + round(self._frame_number * self.period_ns)

    def next_frame(self) -> tuple[int, int]:
        """Deadline of the next frame, and the time that it has to show, ns."""
        deadline = self.next_deadline()
        return deadline, self.shown_time(deadline)

    def record_work(self, work: int) -> None:
        """Take note of the time it took to draw and flip a frame, without waiting, ns."""
        self._work_ns.append(work)

    def shown_time(self, deadline: int) -> int:
        """Time that a frame begun now has to show, ns: between its flip and that of the next.

        So a note is seen in the frame nearest to its time. A frame is flipped at its deadline, or
        once its work is done, as long as that lately took. The time never goes back.
        """
        work = min(median(self._work_ns or [0]), MAX_EXPECTED_WORK_NS)
        flip, interval = max(deadline, self._clock.now() + work), max(self.period_ns, work)
        self._shown = max(self._shown, round(flip + interval / 2))
        return self._shown

    def wait_until(self, deadline: int, meanwhile: Callable[[], None]) -> None:
        """Wait until a deadline, calling `meanwhile` every `MAX_SLEEP_NS` or sooner."""
        while (left := deadline - self._clock.now()) > 0:
            if left > SPIN_NS:
                self._clock.sleep(min(MAX_SLEEP_NS, left - SPIN_NS))
            meanwhile()


class DetailController:
    """Chooses the level of detail: 2 for all, 1, or 0 for the least.

    With automatic quality the level falls when an eighth of `WINDOW_FRAMES` frames took longer than
    `SLOW_FRAME_NS`: frames are lost at the tail while the median still looks good. It rises when
    all but an eighth took less than `FAST_FRAME_NS`. A starved stage draws few frames: with
    `WINDOW_NS` of drawing a window is over as well. After a rise that was too much, the next rise
    needs twice as many fast windows, so the level does not swing.

    Parameters
    ----------
    quality : {"auto", "full", "light"}
        As much detail as the machine draws in time, always all, or always the least.
    """

    WINDOW_FRAMES, WINDOW_NS = 90, 2_000_000_000
    SLOW_FRAME_NS, FAST_FRAME_NS = 14_000_000, 8_000_000
    MAX_REQUIRED_WINDOWS = 16
    """Largest number of fast windows before a rise."""

    def __init__(self, quality: str = "auto") -> None:
        self.detail_level, self._is_fixed = 0 if quality == "light" else 2, quality != "auto"
        self._frame_times_ns: list[int] = []
        self._fast_windows, self._required_windows, self._has_raised_detail = 0, 1, False

    def record_frame(self, taken: int) -> None:
        """Take note of the drawing time of a frame, ns."""
        if self._is_fixed:
            return
        self._frame_times_ns.append(taken)
        count = len(self._frame_times_ns)
        if count < self.WINDOW_FRAMES and sum(self._frame_times_ns) < self.WINDOW_NS:
            return
        slower = sorted(self._frame_times_ns)[7 * count // 8]
        self._frame_times_ns.clear()
        self._fast_windows = self._fast_windows + 1 if slower < self.FAST_FRAME_NS else 0
        if slower > self.SLOW_FRAME_NS and self.detail_level > 0:
            self.detail_level -= 1
            if self._has_raised_detail:
                self._required_windows = min(self.MAX_REQUIRED_WINDOWS, 2 * self._required_windows)
        elif self._fast_windows >= self._required_windows and self.detail_level < 2:
            self.detail_level += 1
            self._fast_windows, self._has_raised_detail = 0, True
