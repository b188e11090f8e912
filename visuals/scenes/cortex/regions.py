"""Regions of the Cortex: cells with the same preference that lie together, under one name.

A unit's preference comes from the atlas of its network. In each hemisphere the few preferences that
enough units share become regions; all other units lie by their preferred pitch class.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visuals.network_summary import NetworkSummary
from visuals.scenes.base.geometry import Floats
from visuals.widgets.unit_preferences import REGION_PREFERENCES, preference_region, unit_preference

MAX_REGIONS_PER_HEMISPHERE = 3
MIN_REGION_CELLS, MAX_REGION_CELLS = 7, 22
"""Cells of a region. Fewer have no name; of more, the most certain are chosen."""
REGION_DISTANCE_PX = 330.0  # smallest distance between two regions of a hemisphere, pixels


@dataclass(frozen=True, slots=True, eq=False)
class CortexRegion:
    """Cells with the same preference."""

    name: str  # key in `Words`, without the prefix "region."
    cells: NDArray[np.int64]  # indices, in a hemisphere for `find_regions`, then in the brain


def find_regions(
    network: NetworkSummary, units: NDArray[np.int64], used_names: frozenset[str]
) -> list[CortexRegion]:
    """Regions among some units (n, 2) of layer and number, the most telling first.

    A name in `used_names` is chosen only if there are too few others.
    """
    if network.atlas is None:
        return []
    preferences = [unit_preference(network.atlas, (layer, unit)) for layer, unit in units.tolist()]
    names = [preference_region(preference.key) for preference in preferences]
    regions: list[CortexRegion] = []
    for name in sorted(REGION_PREFERENCES, key=lambda name: name in used_names):
        cells = [cell for cell, own_name in enumerate(names) if own_name == name]
        if len(cells) >= MIN_REGION_CELLS and len(regions) < MAX_REGIONS_PER_HEMISPHERE:
            cells.sort(key=lambda cell: -preferences[cell].explained_share)
            regions.append(CortexRegion(name, np.array(cells[:MAX_REGION_CELLS])))
    return regions


def assign_region_slots(
    regions: list[CortexRegion], slots: Floats, homes: Floats
) -> dict[int, int]:
    """Slots for the cells of some regions, close together in every region, by cell.

    `slots` (n, 2) are positions of a hemisphere; `homes` (n, 2), the positions of its cells by
    pitch class. A region lies as near to the homes of its cells as the other regions allow.
    """
    if not regions:
        return {}
    wanted = np.array([homes[region.cells].mean(axis=0) for region in regions])
    assigned: dict[int, int] = {}
    free = np.ones(len(slots), bool)
    for region, centre in zip(regions, _region_centres(wanted, slots), strict=True):
        distance = np.where(free, np.hypot(*(slots - centre).T), np.inf)
        nearest = np.argsort(distance, kind="stable")[: len(region.cells)]
        free[nearest] = False
        # left to right inside a region as among the homes
        cells = region.cells[np.argsort(homes[region.cells, 0], kind="stable")]
        chosen = nearest[np.argsort(slots[nearest, 0], kind="stable")]
        assigned |= dict(zip(cells.tolist(), chosen.tolist(), strict=True))
    return assigned


def _region_centres(wanted: Floats, slots: Floats) -> Floats:
    """Centres near the `wanted` ones (n, 2), but apart and well inside the hemisphere."""
    middle = slots.mean(axis=0)
    reach = np.abs(slots - middle).max(axis=0) * (0.62, 0.30)
    offset = 0.35 * (wanted - middle)
    order = np.argsort(wanted[:, 0], kind="stable")
    offset[order, 0] += (np.arange(len(wanted)) - (len(wanted) - 1) / 2) * REGION_DISTANCE_PX
    return middle + np.clip(offset, -reach, reach)
