"""Paths of the Waves: the curves along which hidden states travel into the cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visuals.drawing.canvas import bezier
from visuals.drawing.theme import FIFTHS_POSITION
from visuals.network_summary import NetworkSummary

Floats = NDArray[np.float64]

DEFAULT_TRACES = 30
"""Units shown, if the network has as many."""
POINTS_PER_PATH = 216
"""Points of each path."""
_MAX_UNITS_PER_TONE = 5


@dataclass(frozen=True, slots=True, eq=False)
class CellCircle:
    """Where the cell body lies: centre and radius, pixels."""

    x: float
    y: float
    radius: float


@dataclass(frozen=True, slots=True, eq=False)
class TracePaths:
    """Curves from the left edge into the cell, one a unit.

    Parameters
    ----------
    points : ndarray, shape (traces, POINTS, 2)
        At equal distances.
    normals : ndarray of that shape
        Across the curve, length 1.
    arc : ndarray, shape (traces, POINTS)
        Distance along the curve from its start, pixels.
    room : ndarray, shape (traces, POINTS)
        How far a wave may swing: 1 in the open, less at the ends.
    """

    points: Floats
    normals: Floats
    arc_length: Floats
    swing_limit: Floats

    @property
    def distance_to_cell(self) -> Floats:
        """Distance still to go to the cell, pixels, shape (traces, POINTS)."""
        return self.arc_length[:, -1:] - self.arc_length

    @property
    def entry_points(self) -> Floats:
        """Where each curve meets the membrane, shape (traces, 2)."""
        return self.points[:, -1]


def choose_shown_units(anatomy: NetworkSummary, count: int = DEFAULT_TRACES) -> NDArray[np.int64]:
    """The units of the last layer most worth watching, in the order of the circle of fifths.

    Worth is how differently a unit speaks for the keys (deviation of its readout weights) times how
    decidedly it favours a tone; no tone takes more than its share while others are left.
    """
    worth = anatomy.readout.std(axis=0) * (0.3 + anatomy.selectivity[-1])
    favoured = anatomy.preferred_pitch_class[-1]
    chosen: list[int] = []
    spare: list[int] = []
    taken = dict.fromkeys(range(12), 0)
    for unit in np.argsort(-worth, kind="stable"):
        tone = int(favoured[unit])
        taken[tone] += 1
        (chosen if taken[tone] <= _MAX_UNITS_PER_TONE else spare).append(int(unit))
    kept = (chosen[:count] + spare)[:count]
    return np.array(sorted(kept, key=lambda unit: (FIFTHS_POSITION[favoured[unit]], unit)))


def lay_paths(
    count: int, cell: CellCircle, start: float, bend: float, top: float, bottom: float
) -> TracePaths:
    """Curves for `count` traces: level from x = `start` to `bend`, then into the cell.

    They start between the heights `top` and `bottom`.
    """
    heights = np.linspace(top, bottom, count) if count > 1 else np.array([cell.y])
    curves = [
        _resampled(_curve(place, height, cell, start, bend))
        for place, height in zip((np.arange(count) + 0.5) / count, heights, strict=True)
    ]
    points = np.array(curves)
    along = np.gradient(points, axis=1)
    along /= np.linalg.norm(along, axis=2, keepdims=True)
    normals = np.stack([-along[..., 1], along[..., 0]], axis=2)
    steps = np.linalg.norm(np.diff(points, axis=1), axis=2)
    arc = np.concatenate([np.zeros((count, 1)), np.cumsum(steps, axis=1)], axis=1)
    x = points[..., 0]
    appear = np.clip((x - start) / 60, 0, 1)
    narrow = np.clip((cell.x - cell.radius - x) / (cell.x - cell.radius - bend), 0, 1)
    return TracePaths(points, normals, arc, appear * (0.10 + 0.90 * narrow**0.9))


def _curve(place: float, height: float, cell: CellCircle, start: float, bend: float) -> Floats:
    angle = np.pi * (1.0 - (0.5 - place) * 1.04)
    outward = np.array([np.cos(angle), -np.sin(angle)])
    entry = np.array([cell.x, cell.y]) + outward * cell.radius
    reach = 95 + 70 * abs(height - cell.y) / 290
    level = np.stack([np.linspace(start, bend, 120), np.full(120, height)], axis=1)
    inward = bezier((bend, height), (bend + 150, height), entry + outward * reach, entry, 90)
    return np.concatenate([level[:-1], inward])


def _resampled(curve: Floats) -> Floats:
    """The curve by `POINTS_PER_PATH` points at equal distances."""
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
    at = np.linspace(0.0, length[-1], POINTS_PER_PATH)
    return np.stack([np.interp(at, length, curve[:, axis]) for axis in (0, 1)], axis=1)
