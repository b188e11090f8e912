"""Geometry that the scenes share: directions, arc lengths and even spacing."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
"""Points have the shape (..., 2): x to the right, y down, logical pixels."""
GOLDEN_STEP = 0.381966  # share of a turn whose multiples spread evenly, however many there are


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
    """Evenly spaced vectors of length 1, clockwise from the top.

    Parameters
    ----------
    count : int

    Returns
    -------
    ndarray, shape (count, 2)
    """
    return unit_vectors(np.arange(count) * 2 * np.pi / count - np.pi / 2)


def rotate_quarter(vectors: Floats) -> Floats:
    """Turn vectors clockwise by a quarter.

    Parameters
    ----------
    vectors : ndarray, shape (..., 2)

    Returns
    -------
    ndarray, shape (..., 2)
    """
    return np.stack([-vectors[..., 1], vectors[..., 0]], axis=-1)


def arc_lengths(curve: Floats) -> Floats:
    """Distance of each point of some curves from the first.

    Parameters
    ----------
    curve : ndarray, shape (..., n, 2)

    Returns
    -------
    ndarray, shape (..., n)
    """
    steps = np.linalg.norm(np.diff(curve, axis=-2), axis=-1)
    return np.concatenate([np.zeros_like(steps[..., :1]), np.cumsum(steps, axis=-1)], axis=-1)


def resample_curve(curve: Floats, count: int) -> Floats:
    """Resample a curve at `count` points, at equal distances.

    Parameters
    ----------
    curve : ndarray, shape (n, 2)
    count : int

    Returns
    -------
    ndarray, shape (count, 2)
    """
    arc = arc_lengths(curve)
    even = np.linspace(0.0, arc[-1], count)
    return np.stack([np.interp(even, arc, curve[:, axis]) for axis in (0, 1)], axis=1)
