"""Clocks that map the monotonic clock to the sample frames of a sink."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

from messages.clock import SECOND


class SampleClock(ABC):
    """Maps the monotonic clock, ns, to frames and back."""

    @abstractmethod
    def frame_at(self, time: int) -> int:
        """The frame of a time, ns."""

    @abstractmethod
    def time_of(self, frame: int) -> int:
        """The time of a frame, ns."""


class FixedSampleClock(SampleClock):
    """A clock with frame 0 at `origin` (ns) and exactly `rate` frames a second."""

    def __init__(self, origin: int, rate: int) -> None:
        self._origin, self._rate = origin, rate

    def frame_at(self, time: int) -> int:
        return ((time - self._origin) * self._rate + SECOND // 2) // SECOND

    def time_of(self, frame: int) -> int:
        return self._origin + frame * SECOND // self._rate


class TrackingSampleClock(SampleClock):
    """Follows a sound card, whose clock drifts and whose callbacks come unevenly.

    A delay-locked loop (F. Adriaensen, "Using a DLL to filter time", Linux Audio Conference 2005):
    each callback reports the frames requested by now, and a second-order low-pass filter makes a
    steady line of the reports. The loop is wide at first, to settle, and then of `BANDWIDTH_HZ`.
    """

    MAX_JITTER_NS = SECOND // 10
    """Largest error of a callback's time, ns; beyond it the line starts again."""
    MAX_RATE_DRIFT = 0.002
    """Largest relative difference of a card's rate from the nominal rate."""
    SETTLING_TIME_S = 2.0
    """Seconds in which the line is shifted but keeps its slope."""
    BANDWIDTH_HZ = 0.1

    def __init__(self, rate: int) -> None:
        self._nominal = SECOND / rate
        self._frame = 0
        self._time: float | None = None
        self._period_ns = self._nominal
        self._elapsed_s = 0.0  # since the line started

    def record_request(self, time: int, frames: int) -> None:
        """Record that `frames` more frames were requested at `time`; the last belongs there."""
        self._frame += frames
        if self._time is None:
            self._time = float(time)
            return
        expected = self._time + frames * self._period_ns
        error = time - expected
        if abs(error) > self.MAX_JITTER_NS:
            self._time, self._period_ns, self._elapsed_s = float(time), self._nominal, 0.0
            return
        duration_s = frames * self._nominal / SECOND
        self._elapsed_s += duration_s
        bandwidth = max(self.BANDWIDTH_HZ, 0.5 / (self._elapsed_s + 0.1))
        omega = min(0.5, 2 * math.pi * bandwidth * duration_s)
        self._time = expected + math.sqrt(2) * omega * error
        if self._elapsed_s >= self.SETTLING_TIME_S:
            drift = self._nominal * self.MAX_RATE_DRIFT
            period = self._period_ns + omega * omega * error / max(1, frames)
            self._period_ns = min(self._nominal + drift, max(self._nominal - drift, period))

    def frame_at(self, time: int) -> int:
        if self._time is None:
            return 0
        return self._frame + math.floor((time - self._time) / self._period_ns + 0.5)

    def time_of(self, frame: int) -> int:
        if self._time is None:
            return 0
        return round(self._time + (frame - self._frame) * self._period_ns)
