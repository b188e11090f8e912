"""Where the poles of a blend stand, and what mixture a point between them means.

A point's weights are its mean value coordinates (Floater 2003, "Mean value coordinates"): for a
triangle the barycentric ones, and for any convex polygon weights of 0 or more whose weighted mean
of the corners is the point itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Point = tuple[float, float]

POLE_CLEARANCE_PX = 92.0
"""From a pole's edge to the corner of the field that means this pole alone, pixels."""
_MANY_POLES_CENTRE_PX, _MANY_POLES_RADII_PX = (960.0, 540.0), (620.0, 190.0)
_FIRST_POLE_ANGLE_RAD = np.pi / 2
"""The first of many poles stands at the top."""


@dataclass(frozen=True, slots=True, eq=False)
class BlendSpace:
    """The poles, and the field between them in which the point moves.

    Parameters
    ----------
    poles : ndarray, shape (poles, 2)
        Their middles, pixels.
    radius : float
        Of each.
    corners : ndarray, shape (poles, 2)
        The point that means one pole alone, for each.
    """

    pole_centres: Floats
    pole_radius: float
    corners: Floats

    def point_for_weights(self, weights: Floats) -> Floats:
        """The point that means a mixture, shape (2,)."""
        return np.asarray(weights, np.float64) @ self.corners

    def weights_at(self, point: Point) -> Floats:
        """The mixture that a point means, shape (poles,); outside, the nearest one inside.

        A point on a pole means that pole alone.
        """
        place = np.asarray(point, np.float64)
        away = np.hypot(*(self.pole_centres - place).T)
        if away.min() <= self.pole_radius or len(self.pole_centres) == 1:
            return np.eye(len(self.pole_centres))[away.argmin()]
        if len(self.corners) == 2 or not _is_inside(self.corners, place):
            return _nearest_edge_weights(self.corners, place)
        return _mean_value_coordinates(self.corners, place)


def lay_out_blend(count: int) -> BlendSpace:
    """The field of so many poles.

    Raises
    ------
    ValueError
        If there is none.
    """
    if count < 1:
        raise ValueError("a blend has a pole at least")
    if count == 1:
        return BlendSpace(np.array([[960.0, 330.0]]), 136.0, np.array([[960.0, 656.0]]))
    if count == 2:
        poles, radius = np.array([[420.0, 580.0], [1500.0, 580.0]]), 132.0
    elif count == 3:
        poles, radius = np.array([[960.0, 286.0], [396.0, 648.0], [1524.0, 648.0]]), 124.0
    else:
        angle = 2 * np.pi * np.arange(count) / count - _FIRST_POLE_ANGLE_RAD
        around = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        poles, radius = _MANY_POLES_CENTRE_PX + around * _MANY_POLES_RADII_PX, 66.0
    centre = poles.mean(axis=0)
    inwards = centre - poles
    inwards /= np.hypot(*inwards.T)[:, None]
    near = radius + (POLE_CLEARANCE_PX if count < 4 else 0.5 * POLE_CLEARANCE_PX)
    return BlendSpace(poles, radius, poles + inwards * near)


def _is_inside(corners: Floats, place: Floats) -> bool:
    """Whether a point lies strictly inside a convex polygon whose corners go around it."""
    along = np.roll(corners, -1, axis=0) - corners
    away = place - corners
    side = along[:, 0] * away[:, 1] - along[:, 1] * away[:, 0]
    return bool((side > 1e-6).all() or (side < -1e-6).all())


def _nearest_edge_weights(corners: Floats, place: Floats) -> Floats:
    """Weights of the point of a polygon's edge that is nearest to a place."""
    count = len(corners)
    best, found = np.inf, np.zeros(count)
    for first in range(count if count > 2 else 1):
        second = (first + 1) % count
        along = corners[second] - corners[first]
        share = float(np.clip((place - corners[first]) @ along / (along @ along), 0.0, 1.0))
        distance = float(np.hypot(*(corners[first] + share * along - place)))
        if distance < best:
            best, found = distance, np.zeros(count)
            found[first], found[second] = 1.0 - share, share
    return found


def _mean_value_coordinates(corners: Floats, place: Floats) -> Floats:
    away = corners - place
    distance = np.hypot(*away.T)
    after = np.roll(away, -1, axis=0)
    cross = away[:, 0] * after[:, 1] - away[:, 1] * after[:, 0]
    angle = np.abs(np.arctan2(cross, (away * after).sum(axis=1)))  # from each corner to the next
    half = np.tan(angle / 2)
    weights = (half + np.roll(half, 1)) / np.maximum(distance, 1e-9)
    return weights / weights.sum()
