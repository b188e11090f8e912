"""Geometry that the scenes share: directions, normals, arc lengths and even spacing."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
"""Points have the shape (..., 2): x to the right, y down, logical pixels."""


def unit_vectors(angle: ArrayLike) -> Floats:
    """Vectors of length 1 in some directions.

    Parameters
    ----------
    angle : array_like, shape (...)
        Angles clockwise from the right, radians.

    Returns
    -------
    ndarray, shape (..., 2)
    """
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def clock_directions(count: int) -> Floats:
    """Evenly spaced directions, clockwise from the top.

    Parameters
    ----------
    count : int
        Number of directions.

    Returns
    -------
    ndarray, shape (count, 2)
        Vectors of length 1.
    """
    return unit_vectors(np.arange(count) * 2 * np.pi / count - np.pi / 2)


def arc_points(centre: Floats, radius: float, start: float, end: float, count: int) -> Floats:
    """Points of a circle's arc.

    Parameters
    ----------
    centre : ndarray, shape (2,)
        Centre of the circle.
    radius : float
        Radius of the circle.
    start, end : float
        Angles clockwise from the right, radians.
    count : int
        Number of points.

    Returns
    -------
    ndarray, shape (count, 2)
    """
    return centre + unit_vectors(np.linspace(start, end, count)) * radius


def rotate_quarter(vectors: Floats) -> Floats:
    """Turn vectors clockwise by a quarter.

    Parameters
    ----------
    vectors : ndarray, shape (..., 2)
        Vectors on the picture, y down.

    Returns
    -------
    ndarray, shape (..., 2)
    """
    return np.stack([-vectors[..., 1], vectors[..., 0]], axis=-1)


def curve_normals(curve: Floats) -> Floats:
    """Vectors of length 1 across curves.

    Parameters
    ----------
    curve : ndarray, shape (..., n, 2)
        Points of each curve.

    Returns
    -------
    ndarray, shape (..., n, 2)
        Normal at each point.
    """
    along = np.gradient(curve, axis=-2)
    return rotate_quarter(along / np.linalg.norm(along, axis=-1, keepdims=True))


def arc_lengths(curve: Floats) -> Floats:
    """Distances along curves from their start.

    Parameters
    ----------
    curve : ndarray, shape (..., n, 2)
        Points of each curve.

    Returns
    -------
    ndarray, shape (..., n)
        Distance of each point, 0 at the first.
    """
    steps = np.linalg.norm(np.diff(curve, axis=-2), axis=-1)
    return np.concatenate([np.zeros_like(steps[..., :1]), np.cumsum(steps, axis=-1)], axis=-1)


def resample_curve(curve: Floats, count: int) -> Floats:
    """Resample a curve at equal distances.

    Parameters
    ----------
    curve : ndarray, shape (n, 2)
        Points of the curve.
    count : int
        Number of new points.

    Returns
    -------
    ndarray, shape (count, 2)
    """
    arc = arc_lengths(curve)
    even = np.linspace(0.0, arc[-1], count)
    return np.stack([np.interp(even, arc, curve[:, axis]) for axis in (0, 1)], axis=1)
