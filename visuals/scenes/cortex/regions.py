"""Regions of the Cortex: units of one liking that lie together, under a name.

What a unit likes is in the atlas of its network. In each half of the brain the few likings shared
by enough units become islands; all other units lie by the tone they favour.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visuals.hud.unit_preferences import REGION_PREFERENCES, preference_region, unit_preference
from visuals.network_summary import NetworkSummary

Points = NDArray[np.float64]

MAX_REGIONS_PER_HALF = 3
"""In each half."""
MIN_REGION_UNITS, MAX_REGION_UNITS = 7, 22
"""In a region: fewer have no name, and of more the surest are taken."""
MIN_REGION_DISTANCE_PX = 330.0
"""Regions of one half lie this far from one another at the least, pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class UnitRegion:
    """Units that like one thing.

    Parameters
    ----------
    name : str
        In the words, after "region.".
    members : ndarray of int
        Which of a half's units, by their place among them.
    """

    name: str
    members: NDArray[np.int64]


def find_regions(
    anatomy: NetworkSummary, units: NDArray, taken: frozenset[str]
) -> list[UnitRegion]:
    """Regions among some units, shape (n, 2), the most telling first.

    Names that are `taken` are left out where there are enough others.
    """
    if anatomy.atlas is None:
        return []
    likings = [unit_preference(anatomy.atlas, (layer, unit)) for layer, unit in units.tolist()]
    names = [preference_region(found.key) for found in likings]
    found = []
    for name in sorted(
        REGION_PREFERENCES, key=lambda name: (name in taken, list(REGION_PREFERENCES).index(name))
    ):
        members = [place for place, own in enumerate(names) if own == name]
        if len(members) >= MIN_REGION_UNITS and len(found) < MAX_REGIONS_PER_HALF:
            members.sort(key=lambda place: -likings[place].explained_share)
            found.append(UnitRegion(name, np.array(members[:MAX_REGION_UNITS])))
    return found


def assign_region_slots(regions: list[UnitRegion], slots: Points, homes: Points) -> dict[int, int]:
    """A slot for each unit of some regions, so that each region is an island.

    Parameters
    ----------
    regions : list of Region
    slots : ndarray, shape (n, 2)
        Where there is room for a unit.
    homes : ndarray, shape (n, 2)
        Where each unit would lie by its tone: islands lie as near to there as they can.

    Returns
    -------
    dict of int to int
        Unit to slot.
    """
    if not regions:
        return {}
    anchors = _region_centres(
        np.array([homes[region.members].mean(axis=0) for region in regions]), slots
    )
    settled: dict[int, int] = {}
    free = np.ones(len(slots), bool)
    for region, anchor in zip(regions, anchors, strict=True):
        far = np.where(free, np.hypot(*(slots - anchor).T), np.inf)
        room = np.argsort(far, kind="stable")[: len(region.members)]
        free[room] = False
        # inside an island too, what lies at its left by tone lies at its left
        order = np.argsort(homes[region.members, 0], kind="stable")
        across = room[np.argsort(slots[room, 0], kind="stable")]
        settled |= dict(zip(region.members[order].tolist(), across.tolist(), strict=True))
    return settled


def _region_centres(wanted: Points, slots: Points) -> Points:
    """Middles of the islands: near where they are wanted, but apart, and well inside."""
    middle = slots.mean(axis=0)
    reach = np.abs(slots - middle).max(axis=0) * (0.62, 0.30)
    order = np.argsort(wanted[:, 0], kind="stable")
    spread = (np.arange(len(wanted)) - (len(wanted) - 1) / 2) * MIN_REGION_DISTANCE_PX
    anchors = np.empty_like(wanted)
    for place, region in enumerate(order):
        x = 0.35 * (wanted[region, 0] - middle[0]) + spread[place]
        y = 0.35 * (wanted[region, 1] - middle[1])
        anchors[region] = middle + np.clip((x, y), -reach, reach)
    return anchors
