"""Anchors: which sample frame belongs to which moment of the monotonic clock."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

SECOND = 1_000_000_000


class SampleClock(ABC):
    """Maps the monotonic clock, ns, to frames and back."""

    @abstractmethod
    def frame_at(self, moment: int) -> int:
        """The frame of a moment."""

    @abstractmethod
    def time_of(self, frame: int) -> int:
        """The moment of a frame, ns."""


class FixedSampleClock(SampleClock):
    """Frame 0 is at `origin`, and there are exactly `rate` of them a second."""

    def __init__(self, origin: int, rate: int) -> None:
        self._origin, self._rate = origin, rate

    def frame_at(self, moment: int) -> int:
        return ((moment - self._origin) * self._rate + SECOND // 2) // SECOND

    def time_of(self, frame: int) -> int:
        return self._origin + frame * SECOND // self._rate


class TrackingSampleClock(SampleClock):
    """Follows a sound card, whose clock drifts and whose calls come unevenly.

    A delay-locked loop (F. Adriaensen, "Using a DLL to filter time", Linux Audio Conference 2005):
    each call says that so many frames have been asked for by now, and a second-order low-pass makes
    of these a steady line. The loop is wide at first, to settle, and then narrow.

    Parameters
    ----------
    rate : int
        Frames a second, nominally.
    bandwidth : float
        Of the settled loop, Hz.
    """

    MAX_JITTER_NS = SECOND // 10
    """An error beyond this, ns, is a gap in the calls: the line starts again."""
    MAX_RATE_DRIFT = 0.002
    """Share by which a card's rate may differ from the nominal one."""
    SETTLING_TIME_S = 2.0
    """Seconds for which only the line is shifted."""

    def __init__(self, rate: int, bandwidth: float = 0.1) -> None:
        self._nominal = SECOND / rate
        self._bandwidth = bandwidth
        self._frame = 0
        self._moment: float | None = None
        self._period_ns = self._nominal
        self._elapsed_s = 0.0  # seconds since the line started

    def record_request(self, moment: int, frames: int) -> None:
        """Another `frames` frames were asked for at `moment`; the last of them belongs there."""
        self._frame += frames
        if self._moment is None:
            self._moment = float(moment)
            return
        expected = self._moment + frames * self._period_ns
        error = moment - expected
        if abs(error) > self.MAX_JITTER_NS:
            self._moment, self._period_ns, self._elapsed_s = float(moment), self._nominal, 0.0
            return
        self._elapsed_s += frames * self._nominal / SECOND
        width = max(self._bandwidth, 0.5 / (self._elapsed_s + 0.1))
        omega = min(0.5, 2 * math.pi * width * frames * self._nominal / SECOND)
        self._moment = expected + math.sqrt(2) * omega * error
        if self._elapsed_s < self.SETTLING_TIME_S:
            return
        period = self._period_ns + omega * omega * error / max(1, frames)
        low, high = (
            self._nominal * (1 - self.MAX_RATE_DRIFT),
            self._nominal * (1 + self.MAX_RATE_DRIFT),
        )
        self._period_ns = min(high, max(low, period))

    def frame_at(self, moment: int) -> int:
        if self._moment is None:
            return 0
        return self._frame + math.floor((moment - self._moment) / self._period_ns + 0.5)

    def time_of(self, frame: int) -> int:
        if self._moment is None:
            return 0
        return round(self._moment + (frame - self._frame) * self._period_ns)
