"""Lamps: lights that stay where they are, each frame brighter or darker, found by one look-up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from visuals.drawing.sprites import LEVELS, Atlas, Placed

_STEPS = LEVELS + 1


class Lamps:
    """One lamp a place.

    Parameters
    ----------
    atlases : sequence of Atlas
        The shape of each lamp's light.
    colours : sequence of int
        Its colour number in that atlas.
    places : ndarray, shape (lamps, 2)
    """

    def __init__(
        self, atlases: Sequence[Atlas], colours: Sequence[int], places: NDArray[np.float64]
    ) -> None:
        self._atlases, self._colours = list(atlases), list(colours)
        self._places = places.tolist()
        self._made: dict[int, Placed] = {}

    def lit(self, lamps: NDArray[np.int64], levels: NDArray[np.float64]) -> list[Placed]:
        """The sprites of some lamps at their levels (0..1), for `Surface.fblits`."""
        steps = np.clip(np.rint(levels * LEVELS), 0, LEVELS).astype(np.int64)
        keys = (lamps * _STEPS + steps)[steps > 0].tolist()
        made = self._made
        return [made.get(key) or self._make(key) for key in keys]

    def _make(self, key: int) -> Placed:
        lamp, step = divmod(key, _STEPS)
        x, y = self._places[lamp]
        placed = self._atlases[lamp].placed(self._colours[lamp], step / LEVELS, x, y)
        self._made[key] = placed
        return placed
