"""Units that a scene shows: which ones, in which order or slots, and their hit targets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from visuals.drawing.theme import FIFTHS_POSITION
from visuals.network_summary import NetworkSummary
from visuals.widgets.hit_targets import UnitHitTargets

MAX_UNITS_PER_PITCH_CLASS = 5


def choose_shown_units(network: NetworkSummary, count: int) -> NDArray[np.int64]:
    """Choose the most telling units of the last layer.

    A unit's rank is the deviation of its readout weights times its selectivity. A pitch class gets
    more than `MAX_UNITS_PER_PITCH_CLASS` units only if the others cannot fill the places.

    Parameters
    ----------
    network : NetworkSummary
    count : int
        Largest number of units.

    Returns
    -------
    ndarray of int64, shape (min(count, units),)
        Unit numbers, sorted by preferred pitch class in the order of the circle of fifths.
    """
    rank = network.readout.std(axis=0) * (0.3 + network.selectivity[-1])
    preferred = network.preferred_pitch_class[-1]
    chosen, spare, taken = [], [], [0] * 12
    for unit in np.argsort(-rank, kind="stable").tolist():
        taken[preferred[unit]] += 1
        fits = taken[preferred[unit]] <= MAX_UNITS_PER_PITCH_CLASS
        (chosen if fits else spare).append(unit)
    kept = (chosen[:count] + spare)[:count]
    return np.array(sorted(kept, key=lambda unit: (FIFTHS_POSITION[preferred[unit]], unit)))


def most_selective(selectivity: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Choose the most selective units.

    Parameters
    ----------
    selectivity : ndarray, shape (n,)
    count : int
        Largest number of units.

    Returns
    -------
    ndarray of int64, shape (min(count, n),)
        Indices of the units, in ascending order.
    """
    return np.sort(np.argsort(-selectivity, kind="stable")[:count])


def assign_slots(
    pitch_classes: NDArray[np.int32],
    selectivity: NDArray[np.float32],
    slot_turn: NDArray[np.float64],
    slot_reach: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Assign each unit a slot on a disc.

    The pitch class decides the sector, in the order of the circle of fifths. Within a sector the
    selectivity decides the distance from the middle.

    Parameters
    ----------
    pitch_classes, selectivity : ndarray, shape (n,)
        Of each unit; the most selective units lie outermost.
    slot_turn, slot_reach : ndarray, shape (n,)
        Angle and distance of each slot, in any unit; C begins at the smallest angle.

    Returns
    -------
    ndarray of int64, shape (n,)
    """
    place = np.array(FIFTHS_POSITION)[pitch_classes]
    by_turn = np.argsort(slot_turn, kind="stable")
    sector = np.sort(place)  # (n,) of the slots in `by_turn`
    slots = np.empty(len(place), np.int64)
    slots[np.lexsort((selectivity, place))] = by_turn[np.lexsort((slot_reach[by_turn], sector))]
    return slots


def output_hit_targets(
    network: NetworkSummary, units: NDArray[np.int64], positions: NDArray[np.float64]
) -> UnitHitTargets:
    """Hit targets for units of the last layer.

    Parameters
    ----------
    network : NetworkSummary
    units : ndarray of int64, shape (n,)
    positions : ndarray, shape (n, 2)
        Logical pixels.

    Returns
    -------
    UnitHitTargets
    """
    layer = np.full(len(units), network.layers - 1)
    return UnitHitTargets(np.stack([layer, units], axis=1), positions)
