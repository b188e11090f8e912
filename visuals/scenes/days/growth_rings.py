"""Growth rings: a ring for each generation, and the Cortex's brain within the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnn.model.model_card import GenerationMark
from visuals.scenes.base.cortex_layout import CortexLayout
from visuals.scenes.base.geometry import Floats, unit_vectors

HEART_PX, EDGE_PX = 235.0, 372.0  # radii of the heartwood, and of the last ring that fits
MARGIN_PX = 10.0  # between the brain and the edge of the heartwood
MAX_RINGS = 12  # newest generations that are drawn
MIN_RINGS = 5  # rings that fill the wood: with fewer, there is room for those to come
POINTS_PER_RING = 241


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


def place_in_heartwood(points: Floats, cortex: CortexLayout, centre: Floats) -> Floats:
    """Points (n, 2) of the Cortex, whose brain is made round and put into the heartwood."""
    outline = np.concatenate(cortex.outlines)
    reach = np.hypot(*((outline - cortex.centre) / cortex.size).T).max()
    return centre + (HEART_PX - MARGIN_PX) / reach * (points - cortex.centre) / cortex.size
