"""Geometry of the Cortex: two hemispheres, the cells in them, and the synapses between cells.

The angle of a cell about the middle of the brain comes from its preferred pitch class, in the order
of the circle of fifths; its distance comes from its selectivity. In each hemisphere the few
preferences that enough units share become regions, whose cells lie together under one name.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visuals.drawing.canvas import bezier
from visuals.network_summary import NetworkSummary, Synapses
from visuals.scenes.base.geometry import Floats, rotate_quarter
from visuals.scenes.base.shown_units import assign_slots, most_selective
from visuals.widgets.unit_preferences import REGION_PREFERENCES, preference_region, unit_preference

AREA_SAMPLES = 7000  # sample points for sharing the area of a hemisphere among its cells
LLOYD_ROUNDS = 8
MAX_CELLS_PER_HEMISPHERE = 256
"""Cells of a hemisphere; of a larger network, the most selective units are drawn."""
HEMISPHERE_SIZE_PX = (600.0, 372.0)  # half its width, and its height, pixels
HALF_FISSURE_PX = 9.0
MAX_REGIONS_PER_HEMISPHERE = 3
MIN_REGION_CELLS, MAX_REGION_CELLS = 7, 22
"""Cells of a region. Fewer have no name; of more, the most certain are chosen."""
REGION_DISTANCE = 0.55  # least distance of two regions of a hemisphere, in half widths
_SEED = 5


@dataclass(frozen=True, slots=True, eq=False)
class CortexRegion:
    """Cells with the same preference.

    Parameters
    ----------
    name : str
        Key in `Words`, without the prefix "region.".
    cells : ndarray of int64, shape (n,)
        Indices, in a hemisphere for `find_regions`, then in the brain.
    """

    name: str
    cells: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class CortexLayout:
    """Positions of everything in the brain, logical pixels.

    Parameters
    ----------
    centre : ndarray, shape (2,)
    size : (float, float)
        Half the width of a hemisphere, and its height.
    outlines : list of ndarray, shape (n, 2)
        Closed: the upper and the lower hemisphere.
    hemisphere, layer, unit : ndarray of int64, shape (cells,)
        Which hemisphere and unit each cell is.
    pitch_class : ndarray of int32, shape (cells,)
        The preferred one of each.
    position : ndarray, shape (cells, 2)
    source, target : ndarray of int64, shape (synapses,)
        Cells.
    weight : ndarray of float32, shape (synapses,)
    paths : list of ndarray, shape (n, 2)
        From source to target.
    regions : list of CortexRegion
    """

    centre: Floats
    size: tuple[float, float]
    outlines: list[Floats]
    hemisphere: NDArray[np.int64]
    layer: NDArray[np.int64]
    unit: NDArray[np.int64]
    pitch_class: NDArray[np.int32]
    position: Floats
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    weight: NDArray[np.float32]
    paths: list[Floats]
    regions: list[CortexRegion]


def lay_out_cortex(
    network: NetworkSummary,
    centre: tuple[float, float],
    size: tuple[float, float] = HEMISPHERE_SIZE_PX,
) -> CortexLayout:
    """Place the units of a network in hemispheres.

    The units of a single layer share both hemispheres. Of several layers, the lower ones lie in the
    upper hemisphere and the higher ones in the lower, next to the keys.

    Parameters
    ----------
    network : NetworkSummary
    centre : (float, float)
        Of the brain, pixels.
    size : (float, float)
        Half the width of a hemisphere, and its height, pixels.

    Returns
    -------
    CortexLayout
    """
    random = np.random.default_rng(_SEED)
    middle = np.array(centre)
    outlines = [hemisphere_outline(middle, side, size) for side in (-1, 1)]
    halves, positions, regions, count = [], [], [], 0
    for outline, side, members in zip(outlines, (-1, 1), _split_hemispheres(network), strict=True):
        selectivity = network.selectivity[members[:, 0], members[:, 1]]
        units = members[most_selective(selectivity, MAX_CELLS_PER_HEMISPHERE)]
        inset = outline.mean(axis=0) + 0.93 * (outline - outline.mean(axis=0))
        slots = scatter_points(inset, len(units), random)
        used_names = frozenset(region.name for region in regions)
        own_regions = find_regions(network, units, used_names)
        positions.append(_place_cells(network, units, slots, (middle, size), side, own_regions))
        regions += [CortexRegion(region.name, region.cells + count) for region in own_regions]
        halves.append(units)
        count += len(units)
    layer, unit = np.concatenate(halves).T
    position = np.concatenate(positions)
    hemisphere = np.repeat([0, 1], [len(units) for units in halves])
    source, target, weight = _drawn_synapses(network.synapses, layer, unit, position)
    crosses = hemisphere[source] != hemisphere[target]
    paths = [
        synapse_path(a, b, middle, crossing)
        for a, b, crossing in zip(position[source], position[target], crosses, strict=True)
    ]
    cells = (hemisphere, layer, unit, network.preferred_pitch_class[layer, unit], position)
    return CortexLayout(middle, size, outlines, *cells, source, target, weight, paths, regions)


def hemisphere_outline(
    centre: Floats, side: int, size: tuple[float, float] = HEMISPHERE_SIZE_PX
) -> Floats:
    """Outline of a hemisphere seen from above.

    In units of the hemisphere, x runs from -1 to 1 and y from 0 at the fissure to 1.

    Parameters
    ----------
    centre : ndarray, shape (2,)
        Of the brain, pixels.
    side : int
        -1 for the upper hemisphere, 1 for the lower.
    size : (float, float)
        Half its width, and its height, pixels.

    Returns
    -------
    ndarray, shape (n, 2)
    """
    angle = np.linspace(0.14, np.pi - 0.14, 200)
    outer_x = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** 0.8
    outer_y = np.sin(angle) ** 0.9 * (1 - 0.07 * np.cos(angle))
    outer_y *= 1 + 0.010 * np.sin(9 * angle + 0.6) + 0.006 * np.sin(17 * angle)
    inner_x = np.linspace(outer_x[-1], outer_x[0], 120)[1:-1]
    pole_distance = 1 - np.abs(inner_x) / outer_x.max()
    inner_y = 0.006 + 0.006 * np.sin(13 * inner_x) + 0.16 * np.exp(-pole_distance / 0.035)
    inner_y += 0.03 * np.exp(-pole_distance / 0.14)
    ring = np.stack([np.append(outer_x, inner_x), np.append(outer_y, inner_y)], axis=1)
    x, y = _smoothed_ring(ring, 25).T
    x = centre[0] + x * size[0]
    y = centre[1] + side * (y * size[1] + HALF_FISSURE_PX)
    return np.stack([x, y], axis=1)


def scatter_points(outline: Floats, count: int, random: np.random.Generator) -> Floats:
    """Spread points evenly but irregularly inside an outline.

    A low-discrepancy start (Roberts 2018, R2 sequence), relaxed by Lloyd's method.

    Parameters
    ----------
    outline : ndarray, shape (n, 2)
    count : int
    random : numpy.random.Generator

    Returns
    -------
    ndarray, shape (count, 2)
    """
    if count == 0:
        return np.empty((0, 2))
    low, high = outline.min(axis=0), outline.max(axis=0)
    ratios = np.array([0.7548776662466927, 0.5698402909980532])
    sequence = np.arange(1, AREA_SAMPLES + 1)[:, None] * ratios
    samples = low + (sequence + random.random(2)) % 1.0 * (high - low)
    samples = samples[points_inside(outline, samples)]
    points, short = samples[:count].copy(), samples.astype(np.float32)  # float32 for speed
    for _ in range(LLOYD_ROUNDS):
        near = points.astype(np.float32)
        distance = (near**2).sum(axis=1) - 2 * short @ near.T
        nearest = distance.argmin(axis=1)
        members = np.maximum(np.bincount(nearest, minlength=count), 1)
        sums = [np.bincount(nearest, samples[:, axis], minlength=count) for axis in (0, 1)]
        points = np.stack(sums, axis=1) / members[:, None]
    return points + random.normal(0, 2.0, points.shape)


def points_inside(outline: Floats, points: Floats) -> NDArray[np.bool_]:
    """Whether each point lies inside a closed outline, by the even-odd rule.

    Parameters
    ----------
    outline : ndarray, shape (m, 2)
    points : ndarray, shape (n, 2)

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    x, y = points.T
    inside = np.zeros(len(points), bool)
    for (x0, y0), (x1, y1) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        if y0 != y1:
            crosses = (y0 > y) != (y1 > y)
            inside ^= crosses & (x < x0 + (y - y0) / (y1 - y0) * (x1 - x0))
    return inside


def synapse_path(a: Floats, b: Floats, centre: Floats, crosses: bool) -> Floats:
    """A curve between two cells: bowed within a hemisphere, bundled where it crosses.

    Parameters
    ----------
    a, b : ndarray, shape (2,)
        Positions of the cells, pixels.
    centre : ndarray, shape (2,)
        Of the brain.
    crosses : bool
        Whether the cells lie in different hemispheres.

    Returns
    -------
    ndarray, shape (n, 2)
    """
    if crosses:
        hub = np.array([centre[0] + 0.45 * ((a[0] + b[0]) / 2 - centre[0]), centre[1]])
        sway = np.array([60 * np.sin(0.05 * (a[0] - b[1])), 0.0])
        leave, arrive = np.array([0.15, 0.95]) * (hub - a), np.array([0.15, 0.95]) * (hub - b)
        return bezier(a, a + leave + sway, b + arrive - 0.6 * sway, b, 40)
    along, normal = b - a, rotate_quarter(b - a)
    bow = 0.24 * normal * np.sign(normal @ (centre - (a + b) / 2) or 1.0)
    return bezier(a, a + 0.25 * along + bow, a + 0.75 * along + bow, b, 24)


def find_regions(
    network: NetworkSummary, units: NDArray[np.int64], used_names: frozenset[str]
) -> list[CortexRegion]:
    """Regions among some units, the most telling first.

    Parameters
    ----------
    network : NetworkSummary
    units : ndarray of int64, shape (n, 2)
        Layer and number of each.
    used_names : frozenset of str
        A name among them is chosen only if there are too few others.

    Returns
    -------
    list of CortexRegion
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
    regions: list[CortexRegion],
    slots: Floats,
    homes: Floats,
    half_width: float = HEMISPHERE_SIZE_PX[0],
) -> dict[int, int]:
    """Slots for the cells of some regions, close together in every region.

    A region lies as near to the homes of its cells as the other regions allow.

    Parameters
    ----------
    regions : list of CortexRegion
    slots : ndarray, shape (n, 2)
        Positions of a hemisphere, pixels.
    homes : ndarray, shape (n, 2)
        Positions of its cells by pitch class.
    half_width : float
        Of the hemisphere, pixels.

    Returns
    -------
    dict of int to int
        Index of a slot, by cell.
    """
    if not regions:
        return {}
    wanted = np.array([homes[region.cells].mean(axis=0) for region in regions])
    assigned: dict[int, int] = {}
    free = np.ones(len(slots), bool)
    for region, centre in zip(
        regions, _region_centres(wanted, slots, REGION_DISTANCE * half_width), strict=True
    ):
        distance = np.where(free, np.hypot(*(slots - centre).T), np.inf)
        nearest = np.argsort(distance, kind="stable")[: len(region.cells)]
        free[nearest] = False
        # left to right inside a region as among the homes
        cells = region.cells[np.argsort(homes[region.cells, 0], kind="stable")]
        chosen = nearest[np.argsort(slots[nearest, 0], kind="stable")]
        assigned |= dict(zip(cells.tolist(), chosen.tolist(), strict=True))
    return assigned


def _region_centres(wanted: Floats, slots: Floats, distance: float) -> Floats:
    """Centres near the `wanted` ones (n, 2), but apart and well inside the hemisphere."""
    middle = slots.mean(axis=0)
    reach = np.abs(slots - middle).max(axis=0) * (0.62, 0.30)
    offset = 0.35 * (wanted - middle)
    order = np.argsort(wanted[:, 0], kind="stable")
    offset[order, 0] += (np.arange(len(wanted)) - (len(wanted) - 1) / 2) * distance
    return middle + np.clip(offset, -reach, reach)


def _split_hemispheres(network: NetworkSummary) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Layer and number of the units of each hemisphere, two arrays of shape (n, 2)."""
    units = np.argwhere(np.ones((network.layers, network.units), bool))
    axis, size = (1, network.units) if network.layers == 1 else (0, network.layers)
    upper = units[:, axis] < (size + 1) // 2
    return units[upper], units[~upper]


def _place_cells(
    network: NetworkSummary,
    units: NDArray[np.int64],
    slots: Floats,
    hemisphere: tuple[Floats, tuple[float, float]],
    side: int,
    regions: list[CortexRegion],
) -> Floats:
    """Position of each unit (n, 2): a slot in its region, or by its pitch class.

    `hemisphere` is the brain's centre, and the size of the hemispheres.
    """
    homes = _slots_by_pitch_class(network, units, slots, hemisphere, side)
    assigned = assign_region_slots(regions, slots, homes, hemisphere[1][0])
    if not assigned:
        return homes
    cells, taken = list(assigned), list(assigned.values())
    position = np.empty_like(slots)
    position[cells] = slots[taken]
    others = np.setdiff1d(np.arange(len(units)), cells)
    room = np.delete(slots, taken, axis=0)
    position[others] = _slots_by_pitch_class(network, units[others], room, hemisphere, side)
    return position


def _slots_by_pitch_class(
    network: NetworkSummary,
    units: NDArray[np.int64],
    slots: Floats,
    hemisphere: tuple[Floats, tuple[float, float]],
    side: int,
) -> Floats:
    """Slot of each unit (n, 2): its place on the circle of fifths turns it about the centre."""
    centre, size = hemisphere
    offset = slots - centre
    x, y = (offset / size * HEMISPHERE_SIZE_PX).T
    turn = -np.arctan2(1.35 * side * y, x)  # from the left to the right
    reach = np.hypot(*(offset / size).T)
    index = units[:, 0], units[:, 1]
    chosen = assign_slots(
        network.preferred_pitch_class[index], network.selectivity[index], turn, reach
    )
    return slots[chosen]


def _drawn_synapses(
    synapses: Synapses, layer: NDArray, unit: NDArray, position: Floats
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Source cell, target cell and strength of the synapses to be drawn.

    These are all synapses to the next layer, and into each cell the shortest one from its own
    layer. Long synapses within a layer clutter the picture.
    """
    shape = (layer.max(initial=0) + 1, unit.max(initial=0) + 1)
    cell = np.full(shape, -1)
    cell[layer, unit] = np.arange(len(layer))
    drawn = (synapses.source_layer < shape[0]) & (synapses.source_unit < shape[1])
    drawn &= (synapses.target_layer < shape[0]) & (synapses.target_unit < shape[1])
    source, target = np.full((2, len(drawn)), -1)
    source[drawn] = cell[synapses.source_layer[drawn], synapses.source_unit[drawn]]
    target[drawn] = cell[synapses.target_layer[drawn], synapses.target_unit[drawn]]
    drawn = (source >= 0) & (target >= 0)
    source, target, weight = source[drawn], target[drawn], synapses.weight[drawn]
    upward = (synapses.source_layer != synapses.target_layer)[drawn]
    length = np.hypot(*(position[source] - position[target]).T)
    by_length = np.lexsort((length, target))
    by_length = by_length[~upward[by_length]]
    _, shortest = np.unique(target[by_length], return_index=True)
    kept = np.concatenate([by_length[shortest], np.flatnonzero(upward)])
    return source[kept], target[kept], weight[kept]


def _smoothed_ring(ring: Floats, width: int) -> Floats:
    """A closed curve (n, 2), smoothed along itself by a Hann window of `width` points."""
    window = np.hanning(width)
    window /= window.sum()
    wrapped = np.concatenate([ring[-width:], ring, ring[:width]])
    smooth = [np.convolve(wrapped[:, axis], window, "same")[width:-width] for axis in (0, 1)]
    return np.stack(smooth, axis=1)
