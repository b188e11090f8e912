"""Paths of the traces: curves along which hidden states run into the cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pygame import Rect

from visuals.drawing.canvas import bezier
from visuals.scenes.base.geometry import (
    Floats,
    arc_lengths,
    resample_curve,
    rotate_quarter,
    unit_vectors,
)

POINTS_PER_PATH = 216


@dataclass(frozen=True, slots=True, eq=False)
class CellCircle:
    """Centre and radius of the cell body, pixels."""

    x: float
    y: float
    radius: float

    @property
    def centre(self) -> tuple[float, float]:
        """Centre of the cell body, pixels."""
        return self.x, self.y


@dataclass(frozen=True, slots=True, eq=False)
class TracePaths:
    """Curves from the right edge into the cell, one for each unit."""

    points: Floats  # (traces, POINTS_PER_PATH, 2), at equal distances
    normals: Floats  # (traces, POINTS_PER_PATH, 2), of length 1
    arc_length: Floats  # (traces, POINTS_PER_PATH), from the start, pixels
    swing_limit: Floats  # (traces, POINTS_PER_PATH): 1 in open space, less at both ends


def lay_paths(count: int, cell: CellCircle, level: Rect, breadth: float = 1.0) -> TracePaths:
    """Curves for `count` traces: level from the right of `level` to its left, then into the cell.

    The level parts are evenly spaced over the height of `level`; `breadth` scales the reach of the
    curves to the sides.
    """
    start, bend = level.right, level.left
    heights = np.linspace(level.top, level.bottom, count) if count > 1 else np.array([cell.y])
    points = np.stack(
        [
            resample_curve(_curve(place, height, cell, start, bend, breadth), POINTS_PER_PATH)
            for place, height in zip((np.arange(count) + 0.5) / count, heights, strict=True)
        ]
    )
    x = points[..., 0]
    appear, membrane = np.clip((start - x) / 60, 0, 1), cell.x + cell.radius
    narrow = np.clip((x - membrane) / (bend - membrane), 0, 1)
    swing_limit = appear * (0.10 + 0.90 * narrow**0.9)
    return TracePaths(points, curve_normals(points), arc_lengths(points), swing_limit)


def curve_normals(curve: Floats) -> Floats:
    """Vector of length 1 across each point of some curves, in the shape of `curve`."""
    along = np.gradient(curve, axis=-2)
    return rotate_quarter(along / np.linalg.norm(along, axis=-1, keepdims=True))


def _curve(
    place: float, height: float, cell: CellCircle, start: float, bend: float, breadth: float
) -> Floats:
    """The curve of the trace at a share `place` of the membrane's right side."""
    outward = unit_vectors(-np.pi * (0.5 - place) * 1.04)
    entry = np.array(cell.centre) + outward * cell.radius
    reach = breadth * (95 + 70 * min(1.0, abs(height - cell.y) / 290))
    level = np.stack([np.linspace(start, bend, 120), np.full(120, height)], axis=1)
    inward = bezier(
        (bend, height), (bend - 150 * breadth, height), entry + outward * reach, entry, 90
    )
    return np.concatenate([level[:-1], inward])
