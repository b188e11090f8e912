"""Space: a cube seen in perspective, that turns; a plane through it; and what lies in it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_CORNERS = np.array(list(product((0.0, 1.0), repeat=3)))
_EDGES = [
    (a, b) for a, b in combinations(range(8), 2) if np.abs(_CORNERS[a] - _CORNERS[b]).sum() == 1
]
_EYE_DISTANCE = 5.0
"""Of the eye from the middle, in half widths of the cube."""


class PerspectiveCube:
    """Three axes, each from `low` to `high`, about a point of the picture.

    Parameters
    ----------
    centre : (float, float)
    scale : float
        Half the width of the cube on the picture, pixels.
    low, high : float
    """

    def __init__(self, centre: tuple[float, float], scale: float, low: float, high: float) -> None:
        self._centre, self._scale = np.asarray(centre), scale
        self._low, self._high = low, high
        self._rotation = np.eye(3)

    def rotate(self, yaw: float, tilt: float) -> None:
        """Turn it, radians: about the axis that goes up, and then towards the eye."""
        cos, sin = np.cos(yaw), np.sin(yaw)
        about = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])
        cos, sin = np.cos(tilt), np.sin(tilt)
        self._rotation = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]]) @ about

    def project(self, points: ArrayLike) -> Floats:
        """Where points, shape (..., 3), lie on the picture: (..., 2)."""
        middle, half = (self._low + self._high) / 2, (self._high - self._low) / 2
        turned = (np.asarray(points, np.float64) - middle) / half @ self._rotation.T
        near = _EYE_DISTANCE / (_EYE_DISTANCE + turned[..., 2:])
        return self._centre + turned[..., :2] * (self._scale * near) * (1.0, -1.0)

    def depth(self, points: ArrayLike) -> Floats:
        """How far behind the middle points lie, shape (...), -1.7..1.7."""
        middle, half = (self._low + self._high) / 2, (self._high - self._low) / 2
        return ((np.asarray(points, np.float64) - middle) / half @ self._rotation.T)[..., 2]

    def projected_edges(self) -> list[tuple[Floats, float]]:
        """Ends, shape (2, 2), and depth of the cube's edges, the furthest first."""
        corners = self._low + (self._high - self._low) * _CORNERS
        lines = [
            (self.project(corners[[a, b]]), float(self.depth(corners[[a, b]]).mean()))
            for a, b in _EDGES
        ]
        return sorted(lines, key=lambda line: -line[1])

    def plane_section(self, weights: Sequence[float], lean: float = 0.0) -> Floats:
        """The part within the cube of the plane on which weights times place plus lean is 0.

        Returns
        -------
        ndarray, shape (n, 2)
            Its corners on the picture, in order; none if it does not go through.
        """
        corners = self._low + (self._high - self._low) * _CORNERS
        values = corners @ np.asarray(weights, np.float64) + lean
        points = []
        for a, b in _EDGES:
            if (values[a] > 0) != (values[b] > 0):
                share = values[a] / (values[a] - values[b])
                points.append(corners[a] + share * (corners[b] - corners[a]))
        if len(points) < 3:
            return np.zeros((0, 2))
        shown = self.project(points)
        out = shown - shown.mean(axis=0)
        return shown[np.argsort(np.arctan2(out[:, 1], out[:, 0]))]
