"""Lanes: lines of many lengths, on all of which the same light is underway."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from visuals.drawing.line_renderer import Points


class PulsePaths:
    """Where that light is.

    Parameters
    ----------
    lines : sequence of ndarray, shape (n, 2)
        Points of each lane, in the direction the light goes.
    tail : int
        Pieces behind the light's head that are lit.
    """

    def __init__(self, lines: Sequence[Points], tail: int) -> None:
        counts = np.array([len(line) for line in lines])
        self._points = np.concatenate(lines)
        self._last = counts - 1
        self._first = np.cumsum(counts) - counts
        self._tail_offsets = np.arange(1, tail + 1)

    def lit_segments(self, share: float) -> tuple[Points, Points]:
        """Starts and ends of the pieces that are lit, shape (n, 2), `share` of the way along."""
        reached = self._head_indices(share)[:, None] - self._tail_offsets  # (lanes, tail)
        pieces = (self._first[:, None] + reached)[reached >= 0]
        return self._points[pieces], self._points[pieces + 1]

    def head_positions(self, share: float) -> Points:
        """Where the light is on each lane, shape (lanes, 2)."""
        return self._points[self._first + self._head_indices(share)]

    def _head_indices(self, share: float) -> NDArray[np.int64]:
        return (min(1.0, max(0.0, share)) * self._last).astype(np.int64)
