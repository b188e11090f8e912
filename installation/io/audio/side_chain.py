"""Side-chain: the bass yields to the kick for a moment, so that both are heard on a PA."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ATTACK_S = 0.004  # time in which the bass yields, seconds: short enough to let the kick's head pass
RELEASE_S = 0.12  # time in which it comes back by 63 %, seconds
MIN_YIELD = 1e-3  # share below which a strike is forgotten


class SideChain:
    """The gain of a voice that yields whenever another one is struck.

    Parameters
    ----------
    rate : int
        Frames a second.
    depth : float
        Share of its amplitude by which the voice yields to the loudest strike, 0..1.
    """

    def __init__(self, rate: int, depth: float) -> None:
        self._attack, self._release = ATTACK_S * rate, RELEASE_S * rate  # frames
        self._depth = depth
        self._strikes: list[tuple[int, float]] = []  # frame, share to yield
        self._frame = 0  # first one of the next block

    def strike(self, offset: int, velocity: int) -> None:
        """Yield from a frame of the next block on."""
        self._strikes.append((self._frame + offset, self._depth * velocity / 127))

    def next_gain(self, frames: int) -> NDArray[np.float32] | float:
        """The gain of each of the next frames, shape (frames, 1); 1 where nothing was struck."""
        gain: NDArray[np.float32] | float = 1.0
        if self._strikes:
            begins, shares = (
                np.array(column)[:, None] for column in zip(*self._strikes, strict=True)
            )
            passed = self._frame + np.arange(frames) - begins  # (strikes, frames)
            rise = np.clip(passed / self._attack, 0.0, 1.0)
            yields = shares * rise * np.exp(-np.maximum(0.0, passed - self._attack) / self._release)
            kept = (yields[:, -1] >= MIN_YIELD) | (passed[:, -1] < self._attack)
            self._strikes = [one for one, stays in zip(self._strikes, kept, strict=True) if stays]
            gain = (1.0 - yields.max(axis=0)).astype(np.float32)[:, None]  # (frames, 1)
        self._frame += frames
        return gain
