"""Where the Cortex lies: two hemispheres, their cells and the paths of their synapses.

Pure geometry in logical pixels. A cell's angle about the middle of the brain comes from the pitch
class it favours, in the order of the circle of fifths; how far out it lies, from how decidedly.
Cells that like the same thing more than a tone lie together, in a region.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visuals.network_summary import NetworkSummary, Synapses
from visuals.scenes.cortex.regions import UnitRegion, assign_region_slots, find_regions

Points = NDArray[np.float64]
"""Points on the plane, shape (n, 2): x to the right, y down."""

AREA_SAMPLES = 7000
"""Grains that stand for the area when it is shared among the cells."""
MAX_CELLS_PER_HEMISPHERE = 256
"""Cells drawn in a hemisphere; of a larger network, those that favour a tone most decidedly."""
FIFTHS = tuple(7 * place % 12 for place in range(12))
"""Pitch classes in the order of the circle of fifths."""
FIFTHS_POSITION = tuple(FIFTHS.index(pitch_class) for pitch_class in range(12))
"""Place of each pitch class on it."""
HEMISPHERE_HALF_WIDTH_PX, HEMISPHERE_HEIGHT_PX, HALF_FISSURE_PX = 600.0, 372.0, 9.0
"""Of a hemisphere, pixels; the last is half of the gap between the two."""


@dataclass(frozen=True, slots=True, eq=False)
class CortexRegion:
    """Cells that like the same thing and lie together.

    Parameters
    ----------
    name : str
        In the words, after "region.".
    cells : ndarray of int
    """

    name: str
    cells: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class CortexLayout:
    """The geometry of a brain.

    Parameters
    ----------
    centre : ndarray, shape (2,)
    outlines : list of ndarray, shape (n, 2)
        The two hemispheres, upper first; closed.
    hemisphere : ndarray of int, shape (cells,)
        Which one each cell lies in.
    layer, unit : ndarray of int, shape (cells,)
        Which unit of the network each cell shows.
    position : ndarray, shape (cells, 2)
    source, target : ndarray of int, shape (synapses,)
        Cells each synapse joins.
    weight : ndarray, shape (synapses,)
        Its strength.
    paths : list of ndarray, shape (n, 2)
        The curve of each synapse, from its source on.
    islands : list of Island
        Regions of cells that like the same.
    """

    centre: Points
    outlines: list[Points]
    hemisphere: NDArray[np.int64]
    layer: NDArray[np.int64]
    unit: NDArray[np.int64]
    position: Points
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    weight: NDArray[np.float32]
    paths: list[Points]
    regions: list[CortexRegion]


def lay_out_cortex(
    anatomy: NetworkSummary, centre: tuple[float, float], seed: int = 5
) -> CortexLayout:
    """Place a network's units.

    With one layer its units share both hemispheres; with more, the lower layers lie in the upper
    hemisphere, where sound comes in, and the higher ones in the lower, next to the keys.

    Parameters
    ----------
    anatomy : Anatomy
    centre : tuple of float
        Middle of the fissure, logical pixels.
    seed : int
        Of the places' scatter.
    """
    generator = np.random.default_rng(seed)
    middle = np.array(centre)
    outlines = [hemisphere_outline(middle, side) for side in (-1, 1)]
    halves, positions, islands, count = [], [], [], 0
    for side, members in zip((-1, 1), _split_hemispheres(anatomy), strict=True):
        chosen = _most_tuned(anatomy, members)
        outline = outlines[0 if side < 0 else 1]
        slots = scatter_points(_shrunk(outline, 0.93), len(chosen), generator)
        halves.append(chosen)
        regions = find_regions(anatomy, chosen, frozenset(island.name for island in islands))
        positions.append(_assign_slots(anatomy, chosen, slots, middle, side, regions))
        islands += [CortexRegion(region.name, count + region.members) for region in regions]
        count += len(chosen)
    layer, unit = np.concatenate(halves).T
    position = np.concatenate(positions)
    hemisphere = np.repeat([0, 1], [len(half) for half in halves])
    source, target, weight = _drawn_synapses(anatomy.synapses, layer, unit, position)
    paths = [
        synapse_path(position[a], position[b], middle, hemisphere[a] != hemisphere[b])
        for a, b in zip(source, target, strict=True)
    ]
    return CortexLayout(
        middle,
        outlines,
        hemisphere,
        layer,
        unit,
        position,
        source,
        target,
        weight,
        paths,
        islands,
    )


def hemisphere_outline(centre: Points, side: int) -> Points:
    """The outline of a hemisphere seen from above; `side` is -1 for the upper, 1 for the lower."""
    angle = np.linspace(0.14, np.pi - 0.14, 200)
    across = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** 0.8
    out = np.sin(angle) ** 0.9 * (1 - 0.07 * np.cos(angle))
    out *= 1 + 0.010 * np.sin(9 * angle + 0.6) + 0.006 * np.sin(17 * angle)
    inner = np.linspace(across[-1], across[0], 120)[1:-1]
    to_end = 1 - np.abs(inner) / across.max()  # 0 at the poles, where the inner edge turns away
    edge = 0.006 + 0.006 * np.sin(13 * inner) + 0.16 * np.exp(-to_end / 0.035)
    edge += 0.03 * np.exp(-to_end / 0.14)
    closed = np.stack([np.append(across, inner), np.append(out, edge)], axis=1)
    smooth = _smoothed_ring(closed, 25)
    x = centre[0] + smooth[:, 0] * HEMISPHERE_HALF_WIDTH_PX
    y = centre[1] + side * (smooth[:, 1] * HEMISPHERE_HEIGHT_PX + HALF_FISSURE_PX)
    return np.stack([x, y], axis=1)


def scatter_points(outline: Points, count: int, generator: np.random.Generator) -> Points:
    """`count` points evenly but irregularly spread inside an outline.

    A low-discrepancy start (Roberts 2018, R2 sequence), relaxed by a few rounds of Lloyd's method.
    """
    if count == 0:
        return np.empty((0, 2))
    low, high = outline.min(axis=0), outline.max(axis=0)
    grain = np.arange(1, AREA_SAMPLES + 1)[:, None] * np.array(
        [0.7548776662466927, 0.5698402909980532]
    )
    field = low + (grain + generator.random(2)) % 1.0 * (high - low)
    field = field[points_inside(outline, field)]  # (samples, 2), fills the outline
    places = field[:count].copy()
    for _ in range(8):
        nearest = _nearest(field, places)
        members = np.maximum(np.bincount(nearest, minlength=count), 1)
        sums = [np.bincount(nearest, field[:, axis], minlength=count) for axis in (0, 1)]
        places = np.stack(sums, axis=1) / members[:, None]
    return places + generator.normal(0, 2.0, places.shape)


def points_inside(outline: Points, points: Points) -> NDArray[np.bool_]:
    """Which points lie inside a closed outline (even-odd rule)."""
    x, y = points.T
    result = np.zeros(len(points), bool)
    for (x0, y0), (x1, y1) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        crossing = (y0 > y) != (y1 > y)
        result ^= crossing & (x < x0 + (y - y0) / (y1 - y0) * (x1 - x0))
    return result


def bezier(a: Points, b: Points, c: Points, d: Points, count: int) -> Points:
    """`count` points of a cubic Bezier curve."""
    t = np.linspace(0, 1, count)[:, None]
    s = 1 - t
    return s**3 * a + 3 * s * s * t * b + 3 * s * t * t * c + t**3 * d


def synapse_path(a: Points, b: Points, centre: Points, crosses: bool) -> Points:
    """From cell to cell: a bow within a hemisphere, a bundle through the fissure between them."""
    if crosses:
        hub = np.array([centre[0] + 0.45 * ((a[0] + b[0]) / 2 - centre[0]), centre[1]])
        sway = np.array([60 * np.sin(0.05 * (a[0] - b[1])), 0.0])
        near, far = np.array([0.15, 0.95]) * (hub - a), np.array([0.15, 0.95]) * (hub - b)
        return bezier(a, a + near + sway, b + far - 0.6 * sway, b, 40)
    along = b - a
    normal = np.array([-along[1], along[0]])
    bow = 0.24 * normal * np.sign(normal @ (centre - (a + b) / 2) or 1.0)
    return bezier(a, a + 0.25 * along + bow, a + 0.75 * along + bow, b, 24)


def _split_hemispheres(anatomy: NetworkSummary) -> tuple[NDArray, NDArray]:
    """(layer, unit) of all units of each hemisphere, two arrays of shape (n, 2)."""
    every = np.argwhere(np.ones((anatomy.layers, anatomy.units), bool))
    if anatomy.layers == 1:
        upper = every[:, 1] < (anatomy.units + 1) // 2
    else:
        upper = every[:, 0] < (anatomy.layers + 1) // 2
    return every[upper], every[~upper]


def _most_tuned(anatomy: NetworkSummary, members: NDArray) -> NDArray:
    tuning = anatomy.selectivity[members[:, 0], members[:, 1]]
    chosen = np.argsort(-tuning, kind="stable")[:MAX_CELLS_PER_HEMISPHERE]
    return members[np.sort(chosen)]


def _assign_slots(
    anatomy: NetworkSummary,
    members: NDArray,
    slots: Points,
    centre: Points,
    side: int,
    regions: list[UnitRegion],
) -> Points:
    """Give each member a slot: in its region's island, or where its tone lies."""
    homes = _assign_slots_by_tone(anatomy, members, slots, centre, side)
    settled = assign_region_slots(regions, slots, homes)
    if not settled:
        return homes
    position = np.empty_like(slots)
    position[list(settled)] = slots[list(settled.values())]
    others = np.setdiff1d(np.arange(len(members)), list(settled))
    room = np.delete(slots, list(settled.values()), axis=0)
    position[others] = _assign_slots_by_tone(anatomy, members[others], room, centre, side)
    return position


def _assign_slots_by_tone(
    anatomy: NetworkSummary, members: NDArray, slots: Points, centre: Points, side: int
) -> Points:
    """Give each member a slot: its place on the circle of fifths turns it about the centre."""
    away = slots - centre
    angle = np.arctan2(1.35 * side * away[:, 1], away[:, 0])  # 0 at the right, pi at the left
    by_angle = np.argsort(-angle)
    reach = np.hypot(away[:, 0] / HEMISPHERE_HALF_WIDTH_PX, away[:, 1] / HEMISPHERE_HEIGHT_PX)
    place = np.array(FIFTHS_POSITION)[anatomy.preferred_pitch_class[members[:, 0], members[:, 1]]]
    tuning = anatomy.selectivity[members[:, 0], members[:, 1]]
    position = np.empty_like(slots)
    start = 0
    for k in range(12):
        wedge = np.flatnonzero(place == k)
        room = by_angle[start : start + len(wedge)]
        start += len(wedge)
        position[wedge[np.argsort(tuning[wedge])]] = slots[room[np.argsort(reach[room])]]
    return position


def _drawn_synapses(
    synapses: Synapses, layer: NDArray, unit: NDArray, position: Points
) -> tuple[NDArray, NDArray, NDArray]:
    """Source cell, target cell and strength of the synapses to be drawn.

    All that lead up a layer, and of the strong ones within a layer the shortest into each cell:
    a long one is a scratch across the picture.
    """
    shape = (layer.max(initial=0) + 1, unit.max(initial=0) + 1)
    cell = np.full(shape, -1)
    cell[layer, unit] = np.arange(len(layer))
    known = (synapses.source_layer < shape[0]) & (synapses.source_unit < shape[1])
    known &= (synapses.target_layer < shape[0]) & (synapses.target_unit < shape[1])
    source = cell[synapses.source_layer[known], synapses.source_unit[known]]
    target = cell[synapses.target_layer[known], synapses.target_unit[known]]
    upward = (synapses.source_layer != synapses.target_layer)[known]
    drawn = (source >= 0) & (target >= 0)
    source, target, upward = source[drawn], target[drawn], upward[drawn]
    weight = synapses.weight[known][drawn]
    length = np.hypot(*(position[source] - position[target]).T)
    shortest = np.lexsort((length, target))
    shortest = shortest[~upward[shortest]]
    first = np.ones(len(shortest), bool)
    first[1:] = target[shortest[1:]] != target[shortest[:-1]]
    kept = np.concatenate([shortest[first], np.flatnonzero(upward)])
    return source[kept], target[kept], weight[kept]


def _nearest(points: Points, places: Points) -> NDArray[np.int64]:
    """Index of the place nearest to each point."""
    near = np.asarray(places, np.float32)
    distance = (near**2).sum(axis=1) - 2 * np.asarray(points, np.float32) @ near.T
    return distance.argmin(axis=1)


def _shrunk(outline: Points, factor: float) -> Points:
    middle = outline.mean(axis=0)
    return middle + factor * (outline - middle)


def _smoothed_ring(ring: Points, width: int) -> Points:
    """A closed curve low-passed along itself with a Hann window."""
    window = np.hanning(width)
    window /= window.sum()
    pad = width
    wrapped = np.concatenate([ring[-pad:], ring, ring[:pad]])
    columns = [np.convolve(wrapped[:, axis], window, "same")[pad:-pad] for axis in (0, 1)]
    return np.stack(columns, axis=1)
