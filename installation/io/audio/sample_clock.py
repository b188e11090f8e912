"""Anchors: which sample frame belongs to which moment of the monotonic clock."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

SECOND = 1_000_000_000


class Anchor(ABC):
    """Maps the monotonic clock, ns, to frames and back."""

    @abstractmethod
    def frame_at(self, moment: int) -> int:
        """The frame of a moment."""

    @abstractmethod
    def moment_of(self, frame: int) -> int:
        """The moment of a frame, ns."""


class FixedAnchor(Anchor):
    """Frame 0 is at `origin`, and there are exactly `rate` of them a second."""

    def __init__(self, origin: int, rate: int) -> None:
        self._origin, self._rate = origin, rate

    def frame_at(self, moment: int) -> int:
        return ((moment - self._origin) * self._rate + SECOND // 2) // SECOND

    def moment_of(self, frame: int) -> int:
        return self._origin + frame * SECOND // self._rate


class FollowingAnchor(Anchor):
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

    LOST = SECOND // 10
    """An error beyond this, ns, is a gap in the calls: the line starts again."""
    DRIFT = 0.002
    """Share by which a card's rate may differ from the nominal one."""
    SETTLING = 2.0
    """Seconds for which only the line is shifted."""

    def __init__(self, rate: int, bandwidth: float = 0.1) -> None:
        self._nominal = SECOND / rate
        self._bandwidth = bandwidth
        self._frame = 0
        self._moment: float | None = None
        self._period = self._nominal
        self._age = 0.0  # seconds since the line started

    def follow(self, moment: int, frames: int) -> None:
        """Another `frames` frames were asked for at `moment`; the last of them belongs there."""
        self._frame += frames
        if self._moment is None:
            self._moment = float(moment)
            return
        expected = self._moment + frames * self._period
        error = moment - expected
        if abs(error) > self.LOST:
            self._moment, self._period, self._age = float(moment), self._nominal, 0.0
            return
        self._age += frames * self._nominal / SECOND
        width = max(self._bandwidth, 0.5 / (self._age + 0.1))
        omega = min(0.5, 2 * math.pi * width * frames * self._nominal / SECOND)
        self._moment = expected + math.sqrt(2) * omega * error
        if self._age < self.SETTLING:
            return
        period = self._period + omega * omega * error / max(1, frames)
        low, high = self._nominal * (1 - self.DRIFT), self._nominal * (1 + self.DRIFT)
        self._period = min(high, max(low, period))

    def frame_at(self, moment: int) -> int:
        if self._moment is None:
            return 0
        return self._frame + math.floor((moment - self._moment) / self._period + 0.5)

    def moment_of(self, frame: int) -> int:
        if self._moment is None:
            return 0
        return round(self._moment + (frame - self._frame) * self._period)
