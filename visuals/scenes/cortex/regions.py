"""Regions of the Cortex: units of one liking that lie together, under a name.

What a unit likes is in the atlas of its network. In each half of the brain the few likings shared
by enough units become islands; all other units lie by the tone they favour.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visuals.hud.unit_preferences import REGIONS, liking, region_of
from visuals.network_summary import Anatomy

Points = NDArray[np.float64]

MOST_REGIONS = 3
"""In each half."""
FEWEST_UNITS, MOST_UNITS = 7, 22
"""In a region: fewer have no name, and of more the surest are taken."""
APART = 330.0
"""Regions of one half lie this far from one another at the least, pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Region:
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


def regions_of(anatomy: Anatomy, units: NDArray, taken: frozenset[str]) -> list[Region]:
    """Regions among some units, shape (n, 2), the most telling first.

    Names that are `taken` are left out where there are enough others.
    """
    if anatomy.atlas is None:
        return []
    likings = [liking(anatomy.atlas, (layer, unit)) for layer, unit in units.tolist()]
    names = [region_of(found.key) for found in likings]
    found = []
    for name in sorted(REGIONS, key=lambda name: (name in taken, list(REGIONS).index(name))):
        members = [place for place, own in enumerate(names) if own == name]
        if len(members) >= FEWEST_UNITS and len(found) < MOST_REGIONS:
            members.sort(key=lambda place: -likings[place].explained)
            found.append(Region(name, np.array(members[:MOST_UNITS])))
    return found


def settle(regions: list[Region], slots: Points, homes: Points) -> dict[int, int]:
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
    anchors = _anchors(np.array([homes[region.members].mean(axis=0) for region in regions]), slots)
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


def _anchors(wanted: Points, slots: Points) -> Points:
    """Middles of the islands: near where they are wanted, but apart, and well inside."""
    middle = slots.mean(axis=0)
    reach = np.abs(slots - middle).max(axis=0) * (0.62, 0.30)
    order = np.argsort(wanted[:, 0], kind="stable")
    spread = (np.arange(len(wanted)) - (len(wanted) - 1) / 2) * APART
    anchors = np.empty_like(wanted)
    for place, region in enumerate(order):
        x = 0.35 * (wanted[region, 0] - middle[0]) + spread[place]
        y = 0.35 * (wanted[region, 1] - middle[1])
        anchors[region] = middle + np.clip((x, y), -reach, reach)
    return anchors
