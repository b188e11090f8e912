"""Hit targets: the units that a scene draws, for fingers that point and keys that go between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

UnitIndex = tuple[int, int]  # layer and number of a unit

TOUCH_RADIUS_PX = 42.0
"""Distance at which a finger touches a unit, pixels: 41 are 15 mm on a 32-inch screen."""
_SIDEWAYS_COST_FACTOR = 2.0  # cost of a distance sideways, over that of the same distance ahead


@dataclass(frozen=True, slots=True, eq=False)
class UnitHitTargets:
    """Units and their positions.

    Parameters
    ----------
    units : ndarray of int, shape (n, 2)
        Layer and number of each unit.
    positions : ndarray of float, shape (n, 2)
        x and y of each unit, pixels.
    """

    units: NDArray[np.int64]
    positions: NDArray[np.float64]

    def unit_at(self, x: float, y: float) -> UnitIndex | None:
        """The unit nearest to a point, if a finger there touches it."""
        if not len(self.units):
            return None
        distance = np.hypot(*(self.positions - (x, y)).T)
        nearest = int(distance.argmin())
        return self._unit_index(nearest) if distance[nearest] <= TOUCH_RADIUS_PX else None

    def unit_position(self, unit: UnitIndex) -> tuple[float, float] | None:
        """x and y of a unit, pixels; None if it is not drawn."""
        found = np.flatnonzero((self.units == unit).all(axis=1))
        if not len(found):
            return None
        x, y = self.positions[found[0]].tolist()
        return x, y

    def next_unit(self, unit: UnitIndex | None, across: int, down: int) -> UnitIndex | None:
        """The next unit in a direction of -1, 0 or 1 each; `unit` itself if there is no other.

        If `unit` is not drawn, it is the unit in the middle.
        """
        if not len(self.units):
            return None
        position = None if unit is None else self.unit_position(unit)
        if position is None:
            middle = self.positions.mean(axis=0)
            return self._unit_index(int(np.hypot(*(self.positions - middle).T).argmin()))
        offset = self.positions - position  # (n, 2)
        ahead = across * offset[:, 0] + down * offset[:, 1]
        aside = np.abs(down * offset[:, 0]) + np.abs(across * offset[:, 1])
        cost = np.where(ahead > 1.0, ahead + _SIDEWAYS_COST_FACTOR * aside, np.inf)
        nearest = int(cost.argmin())
        return self._unit_index(nearest) if np.isfinite(cost[nearest]) else unit

    def _unit_index(self, index: int) -> UnitIndex:
        layer, unit = self.units[index].tolist()
        return layer, unit
