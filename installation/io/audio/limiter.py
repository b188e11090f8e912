"""The master limiter: volume, fades and a limiter, against clicks and excessive levels."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

LIMITER_CEILING = 0.8  # level a steady loud sound is reduced to; full scale is 1
FADE_S = 0.03  # time from silence to full volume, and back, seconds
RELEASE_TIME_S = 0.25  # time constant of the limiter's recovery, seconds


class MasterLimiter:
    """The last stage of the mixer, block by block.

    A gain glides towards the volume. Then a limiter reduces each block's peak to
    `LIMITER_CEILING` within the block, and recovers slowly. The overshoot of the attack is bent by
    a tanh knee, whose limit is full scale: no input can clip. While `muted`, the gain glides to 0.
    `volume` may be changed at any time.
    """

    def __init__(self, rate: int, volume: float = 0.8) -> None:
        if not 0.0 <= volume <= 1.0:
            raise ValueError(f"volume must be in 0..1, not {volume}")
        self._rate, self.volume = rate, volume
        self._gain, self._reduction = 0.0, 1.0
        self.muted = False

    @property
    def is_silent(self) -> bool:
        """Whether the gain has reached 0."""
        return self._gain == 0.0

    def apply(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """The block, shape (frames, 2), within -1..1; all zero where it is not finite."""
        peak = float(np.abs(block).max())
        before = self._gain * self._reduction
        self._ramp_gain(len(block))  # a fade-out ends whatever is in the block
        if not math.isfinite(peak):
            return np.zeros_like(block)
        self._limit(peak * self._gain, len(block))
        after = self._gain * self._reduction
        sound = block * gain_ramp(before, after, len(block))
        return _soft_clip(sound) if peak * max(before, after) > LIMITER_CEILING else sound

    def _ramp_gain(self, frames: int) -> None:
        target = 0.0 if self.muted else self.volume
        step = frames / (FADE_S * self._rate)
        self._gain = min(self._gain + step, max(self._gain - step, target))

    def _limit(self, peak: float, frames: int) -> None:
        wanted = LIMITER_CEILING / max(peak, LIMITER_CEILING)
        kept = math.exp(-frames / (RELEASE_TIME_S * self._rate))
        self._reduction = min(wanted, wanted + (self._reduction - wanted) * kept)


def gain_ramp(before: float, after: float, frames: int) -> NDArray[np.float32] | np.float32:
    """A line from `before` (exclusive) to `after` (inclusive), shape (frames, 1) or ()."""
    if before == after:
        return np.float32(after)
    steps = np.arange(1, frames + 1, dtype=np.float32)[:, None] / frames
    return np.float32(before) + np.float32(after - before) * steps


def _soft_clip(block: NDArray[np.float32]) -> NDArray[np.float32]:
    over = np.minimum(np.abs(block) - LIMITER_CEILING, 10.0)  # beyond, tanh is 1
    room = 1.0 - LIMITER_CEILING
    bent = LIMITER_CEILING + room * np.tanh(over / room)
    return np.where(over > 0.0, np.copysign(bent, block), block).astype(np.float32)
