"""Sites: where a scene draws units, for fingers that point and for keys that go between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

UnitIndex = tuple[int, int]
"""Layer and unit."""

TOUCH_RADIUS_PX = 42.0
"""A finger this near to a unit is on it, pixels: 41 are 15 mm on a 32-inch screen."""
_SIDEWAYS_COST_FACTOR = 2.0
"""What lies sideways counts so much more than what lies ahead."""


@dataclass(frozen=True, slots=True, eq=False)
class UnitHitTargets:
    """Units and their places.

    Parameters
    ----------
    units : ndarray of int, shape (n, 2)
        Layer and unit of each.
    places : ndarray, shape (n, 2)
        Pixels.
    """

    units: NDArray[np.int64]
    positions: NDArray[np.float64]

    def unit_at(self, x: float, y: float) -> UnitIndex | None:
        """The unit nearest to a point, if a finger there is on it."""
        if not len(self.units):
            return None
        distance = np.hypot(*(self.positions - (x, y)).T)
        nearest = int(distance.argmin())
        return self._unit_index(nearest) if distance[nearest] <= TOUCH_RADIUS_PX else None

    def unit_position(self, unit: UnitIndex) -> tuple[float, float] | None:
        """Where a unit is drawn, if it is."""
        found = np.flatnonzero((self.units == unit).all(axis=1))
        if not len(found):
            return None
        x, y = self.positions[found[0]].tolist()
        return x, y

    def next_unit(self, unit: UnitIndex | None, across: int, down: int) -> UnitIndex | None:
        """The next unit in a direction (-1, 0 or 1 each way); the same if there is none.

        From nowhere it is the one in the middle.
        """
        if not len(self.units):
            return None
        place = None if unit is None else self.unit_position(unit)
        if place is None:
            middle = self.positions.mean(axis=0)
            return self._unit_index(int(np.hypot(*(self.positions - middle).T).argmin()))
        away = self.positions - place
        ahead = across * away[:, 0] + down * away[:, 1]
        aside = np.abs(down * away[:, 0]) + np.abs(across * away[:, 1])
        cost = np.where(ahead > 1.0, ahead + _SIDEWAYS_COST_FACTOR * aside, np.inf)
        nearest = int(cost.argmin())
        return self._unit_index(nearest) if np.isfinite(cost[nearest]) else unit

    def _unit_index(self, index: int) -> UnitIndex:
        layer, unit = self.units[index].tolist()
        return layer, unit
