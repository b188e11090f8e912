"""Drawn lines: what a picture remembers of its lines, to have them drawn again, and larger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pygame
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Enlargement:
    """Where the pixels of a picture lie on a surface that shows it enlarged.

    Parameters
    ----------
    factor : (float, float)
        Distance of the middles of two neighbouring pixels, across and down.
    left, top : float
        Middle of the first pixel.
    width : float
        Width of a line of one pixel.
    """

    factor: tuple[float, float]
    left: float
    top: float
    width: float

    @classmethod
    def exact(cls, factor: float) -> Enlargement:
        """Each pixel `factor` times as large."""
        return cls((factor, factor), (factor - 1) / 2, (factor - 1) / 2, factor)

    @classmethod
    def by_smoothscale(cls, size: tuple[int, int], place: pygame.Rect) -> Enlargement:
        """As `pygame.transform.smoothscale` enlarges a picture of some size to a place.

        It puts the first pixel at the left edge, and the last one beyond the right one.
        """
        factors = [shown / (own - 1) for shown, own in zip(place.size, size, strict=True)]
        across, down = factors
        return cls((across, down), place.left, place.top, place.width / size[0])

    def place(self, points: NDArray[np.floating]) -> NDArray[np.float32]:
        """Places on the surface of points (n, 2) of the picture, both at the middles of pixels."""
        first = np.array([self.left, self.top], np.float32)
        return points.astype(np.float32) * np.array(self.factor, np.float32) + first


@dataclass(frozen=True, slots=True, eq=False)
class DrawnLines:
    """Segments that a `LineRenderer` drew.

    Parameters
    ----------
    start, end : ndarray of float, shape (n, 2)
        Pixels.
    light : ndarray of float32, shape (n, 3)
        Red, green and blue of each segment, 0 to 255.
    draw : callable
        Draws those of some indices anew on a surface.
    draw_enlarged : callable
        Adds those of some indices to an enlarged picture, at a share of their light.
    """

    start: NDArray[np.floating]
    end: NDArray[np.floating]
    light: NDArray[np.float32]
    draw: Callable[[pygame.Surface, NDArray[np.intp]], None]
    draw_enlarged: Callable[[pygame.Surface, NDArray[np.intp], float, Enlargement], None]
