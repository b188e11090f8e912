"""Growth rings: a ring for each generation, and the places of the cells within the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnn.model.model_card import GenerationMark
from visuals.drawing.theme import FIFTHS_POSITION
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.geometry import Floats, unit_vectors

HEART_PX, EDGE_PX = 235.0, 372.0  # radii of the cells' disc, and of the last ring that fits
INNER_PX = 46.0
MAX_RINGS = 12  # newest generations that are drawn
MIN_RINGS = 5  # rings that fill the wood: with fewer, there is room for those to come
POINTS_PER_RING = 241
GOLDEN_ANGLE_RAD = np.pi * (3.0 - np.sqrt(5.0))


@dataclass(frozen=True, slots=True, eq=False)
class GrowthRing:
    """The closed outline (n, 2) of a generation, pixels."""

    mark: GenerationMark
    outline: Floats


def lay_out_rings(marks: Sequence[GenerationMark], centre: Floats) -> list[GrowthRing]:
    """Outlines of the newest generations, the oldest innermost; no two cross."""
    shown = list(marks)[-MAX_RINGS:]
    step = (EDGE_PX - HEART_PX) / max(MIN_RINGS, len(shown))
    return [
        GrowthRing(mark, ring_outline(centre, HEART_PX + (k + 1) * step, 0.32 * step, mark.number))
        for k, mark in enumerate(shown)
    ]


def ring_outline(centre: Floats, radius: float, sway: float, seed: int) -> Floats:
    """A circle that sways by at most `sway` pixels, as wood does; its own for each seed."""
    angle = np.linspace(0.0, 2 * np.pi, POINTS_PER_RING)
    phases = np.random.default_rng(seed).uniform(0, 2 * np.pi, 3)
    waves = [np.sin(count * angle + phase) for count, phase in zip((2, 3, 5), phases, strict=True)]
    own = radius + sway * (0.5 * waves[0] + 0.3 * waves[1] + 0.2 * waves[2])
    return centre + own[:, None] * unit_vectors(angle)


def place_cells(network: NetworkSummary, centre: Floats) -> Floats:
    """Places of the cells, (layers * units, 2), each at the pitch class it prefers as in Cortex.

    The angle is that of the preferred pitch class on the circle of fifths; within its twelfth the
    cells spread like seeds, the most selective outermost.
    """
    selectivity = network.selectivity.ravel()
    rank = np.argsort(np.argsort(selectivity, kind="stable"), kind="stable")
    radius = INNER_PX + (HEART_PX - 14 - INNER_PX) * np.sqrt((rank + 0.5) / len(rank))
    fifth = np.array(FIFTHS_POSITION)[network.preferred_pitch_class.ravel()]
    spread = (rank * GOLDEN_ANGLE_RAD / (2 * np.pi)) % 1.0 - 0.5
    angle = 2 * np.pi * (fifth + 0.94 * spread) / 12 - np.pi / 2
    return centre + radius[:, None] * unit_vectors(angle)
