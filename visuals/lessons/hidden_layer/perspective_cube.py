"""Perspective cube: a rotating cube, points within it, and its section with a plane."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product

import numpy as np
from numpy.typing import ArrayLike

from rnn.teaching.perceptron import Floats

_CORNERS = np.array(list(product((0.0, 1.0), repeat=3)))
_EDGES = [
    (a, b) for a, b in combinations(range(8), 2) if np.abs(_CORNERS[a] - _CORNERS[b]).sum() == 1
]
_EYE_DISTANCE = 5.0  # distance of the eye from the cube's centre, in half edges


class PerspectiveCube:
    """A cube with three axes."""

    def __init__(self, centre: tuple[float, float], scale: float, low: float, high: float) -> None:
        self._centre, self._scale = np.asarray(centre), scale
        self._low, self._high = low, high
        self._rotation = np.eye(3)

    def rotate(self, yaw: float, tilt: float) -> None:
        """Set the rotation, radians: about the vertical axis, then towards the eye."""
        cos, sin = np.cos(yaw), np.sin(yaw)
        about = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])
        cos, sin = np.cos(tilt), np.sin(tilt)
        self._rotation = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]]) @ about

    def project(self, points: ArrayLike) -> Floats:
        """Positions on the picture, shape (..., 2), of points (..., 3)."""
        rotated = self._rotate_points(points)
        near = _EYE_DISTANCE / (_EYE_DISTANCE + rotated[..., 2:])
        return self._centre + rotated[..., :2] * (self._scale * near) * (1.0, -1.0)

    def depth(self, points: ArrayLike) -> Floats:
        """Distance of points (..., 3) behind the centre, shape (...), in half edges."""
        return self._rotate_points(points)[..., 2]

    def projected_edges(self) -> list[tuple[Floats, float]]:
        """End points, shape (2, 2), and depth of each edge, the furthest first."""
        corners = self._low + (self._high - self._low) * _CORNERS
        edges = [
            (self.project(corners[[a, b]]), float(self.depth(corners[[a, b]]).mean()))
            for a, b in _EDGES
        ]
        return sorted(edges, key=lambda edge: -edge[1])

    def plane_section(self, weights: Sequence[float], bias: float = 0.0) -> Floats:
        """Corners on the picture, shape (n, 2), of the plane weights . point + bias = 0.

        They are in order around the section; n is 0 if the plane misses the cube.
        """
        corners = self._low + (self._high - self._low) * _CORNERS
        values = corners @ np.asarray(weights, np.float64) + bias
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

    def _rotate_points(self, points: ArrayLike) -> Floats:
        """Points (..., 3) in half edges from the centre, rotated."""
        middle, half = (self._low + self._high) / 2, (self._high - self._low) / 2
        return (np.asarray(points, np.float64) - middle) / half @ self._rotation.T
