"""Choice of the units that a scene shows when a network has too many."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from visuals.drawing.theme import FIFTHS_POSITION
from visuals.input.hit_targets import UnitHitTargets
from visuals.network_summary import NetworkSummary

MAX_UNITS_PER_PITCH_CLASS = 5


def choose_shown_units(network: NetworkSummary, count: int) -> NDArray[np.int64]:
    """Choose the most telling units of the last layer.

    A unit's rank is the deviation of its readout weights times its selectivity. A pitch class gets
    more than `MAX_UNITS_PER_PITCH_CLASS` units only if the others cannot fill the places.

    Parameters
    ----------
    network : NetworkSummary
        Network to choose from.
    count : int
        Largest number of units.

    Returns
    -------
    ndarray of int64, shape (min(count, units),)
        Unit numbers, sorted by preferred pitch class in the order of the circle of fifths.
    """
    rank = network.readout.std(axis=0) * (0.3 + network.selectivity[-1])
    preferred = network.preferred_pitch_class[-1]
    chosen: list[int] = []
    spare: list[int] = []
    taken = dict.fromkeys(range(12), 0)
    for unit in np.argsort(-rank, kind="stable"):
        pitch_class = int(preferred[unit])
        taken[pitch_class] += 1
        fits = taken[pitch_class] <= MAX_UNITS_PER_PITCH_CLASS
        (chosen if fits else spare).append(int(unit))
    kept = (chosen[:count] + spare)[:count]
    return np.array(sorted(kept, key=lambda unit: (FIFTHS_POSITION[preferred[unit]], unit)))


def output_hit_targets(
    network: NetworkSummary, units: NDArray[np.int64], positions: NDArray[np.float64]
) -> UnitHitTargets:
    """Hit targets for units of the last layer at some positions (n, 2), logical pixels."""
    layer = np.full(len(units), network.layers - 1)
    return UnitHitTargets(np.stack([layer, units], axis=1), positions)
