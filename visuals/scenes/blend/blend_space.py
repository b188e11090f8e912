"""Blend space: positions of the poles, and the mixture that a point between them means.

The weights of a point are its mean value coordinates (M. S. Floater, "Mean value coordinates",
Computer Aided Geometric Design 20, 2003). In a triangle these are the barycentric coordinates. In
any convex polygon they are at least 0, and the weighted mean of the corners is the point itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pygame import Rect

from visuals.drawing.picture_layout import LANDSCAPE, PictureLayout
from visuals.scenes.base.geometry import Floats, clock_directions

POLE_CLEARANCE_PX = 92.0
"""Distance from the edge of a pole to its corner of the blend space, pixels."""
_MAX_UPRIGHT_RISE = 0.35
"""Largest rise of the way from a pole to its corner in portrait, where text is above the pole."""
_POLES_RECT = Rect(340, 286, 1128, 362)  # around the centres of three poles
_MANY_POLES_CENTRE_PX, _MANY_POLES_RADII_PX = (904.0, 518.0), (620.0, 190.0)


@dataclass(frozen=True, slots=True, eq=False)
class BlendSpace:
    """Poles, and the polygon between them in which the blend point moves, pixels."""

    pole_centres: Floats  # (poles, 2)
    pole_radius: float
    corners: Floats  # (poles, 2): the point that means each pole alone
    names_beside: bool = True  # whether there is room beside a pole in the middle

    def point_for_weights(self, weights: Floats) -> Floats:
        """The point (2,) that means a mixture with some weights (poles,)."""
        return np.asarray(weights, np.float64) @ self.corners

    def is_on_pole(self, point: tuple[float, float]) -> bool:
        """Whether a point lies on any pole."""
        return bool(self._pole_distances(point).min() <= self.pole_radius)

    def weights_at(self, point: tuple[float, float]) -> Floats:
        """The weights (poles,) that a point means.

        A point on a pole means that pole alone; a point outside the polygon means the same as the
        nearest point of its edge.
        """
        place, count = np.asarray(point, np.float64), len(self.corners)
        if count == 1 or self.is_on_pole(point):
            return np.eye(count)[self._pole_distances(point).argmin()]
        if count == 2 or not _is_inside(self.corners, place):
            return _nearest_edge_weights(self.corners, place)
        return _mean_value_coordinates(self.corners, place)

    def _pole_distances(self, point: tuple[float, float]) -> Floats:
        return np.hypot(*(self.pole_centres - point).T)


def lay_out_blend(count: int, layout: PictureLayout = LANDSCAPE) -> BlendSpace:
    """The blend space of at least one pole."""
    if count < 1:
        raise ValueError("a blend needs at least one pole")
    if count == 1:
        pole, corner = layout.points([[[960.0, 330.0]], [[960.0, 656.0]]])
        return BlendSpace(pole, 136.0, corner, not layout.is_upright)
    clearance = POLE_CLEARANCE_PX
    if count == 2:
        poles, radius = np.array([[364.0, 580.0], [1444.0, 580.0]]), 132.0
    elif count == 3:
        poles, radius = np.array([[904.0, 286.0], [340.0, 648.0], [1468.0, 648.0]]), 124.0
    else:
        poles = _MANY_POLES_CENTRE_PX + clock_directions(count) * _MANY_POLES_RADII_PX
        radius, clearance = 66.0, 0.5 * POLE_CLEARANCE_PX
    if layout is not LANDSCAPE:
        area = layout.rect(_POLES_RECT, "blend poles")
        share = (poles - _POLES_RECT.topleft) / _POLES_RECT.size
        poles = area.topleft + share * area.size
    inwards = poles.mean(axis=0) - poles
    if count == 3 and layout.is_upright:
        inwards[:, 1] = np.maximum(inwards[:, 1], -_MAX_UPRIGHT_RISE * np.abs(inwards[:, 0]))
    inwards /= np.hypot(*inwards.T)[:, None]
    corners = poles + inwards * (radius + clearance)
    return BlendSpace(poles, radius, corners, not layout.is_upright)


def _is_inside(corners: Floats, place: Floats) -> bool:
    """Whether a point lies strictly inside a convex polygon."""
    along, away = np.roll(corners, -1, axis=0) - corners, place - corners
    side = along[:, 0] * away[:, 1] - along[:, 1] * away[:, 0]
    return bool((side > 1e-6).all() or (side < -1e-6).all())


def _nearest_edge_weights(corners: Floats, place: Floats) -> Floats:
    """Weights of the point on a polygon's edge that is nearest to a place."""
    along, away = np.roll(corners, -1, axis=0) - corners, place - corners  # (edges, 2)
    share = np.clip((away * along).sum(axis=1) / (along**2).sum(axis=1), 0.0, 1.0)
    nearest = int(np.hypot(*(share[:, None] * along - away).T).argmin())
    weights = np.zeros(len(corners))
    weights[nearest] = 1.0 - share[nearest]
    weights[(nearest + 1) % len(corners)] = share[nearest]
    return weights


def _mean_value_coordinates(corners: Floats, place: Floats) -> Floats:
    away = corners - place
    distance = np.hypot(*away.T)
    following = np.roll(away, -1, axis=0)
    cross = away[:, 0] * following[:, 1] - away[:, 1] * following[:, 0]
    angle = np.abs(np.arctan2(cross, (away * following).sum(axis=1)))  # to the next corner
    half = np.tan(angle / 2)
    weights = (half + np.roll(half, 1)) / np.maximum(distance, 1e-9)
    return weights / weights.sum()
