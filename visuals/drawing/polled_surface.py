"""Polled surface: a picture that has the input read, and struck keys lit, while it is drawn on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pygame
from numpy.typing import NDArray

from visuals.drawing.typography import TextSurface


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


class PolledSurface(TextSurface):
    """A black surface of 32 bits that calls a function after each piece drawn on it.

    So a key waits for one piece of a frame, not for a whole one, whatever the scene draws. It
    remembers the lines drawn on it while `keeps_lines` is true, so that a picture that is shown
    enlarged can have its lines in the size in which it is shown.

    Parameters
    ----------
    size : (int, int)
        Width and height, pixels.
    poll : callable
        Called some hundred times a frame; must return quickly, and not draw on this surface.
    """

    keeps_lines = False  # nor does a copy of a surface
    lines: Sequence[DrawnLines] = ()

    def __init__(self, size: tuple[int, int], poll: Callable[[], None]) -> None:
        super().__init__(size)
        self.poll = poll
        self.lines: list[DrawnLines] = []

    def begin_frame(self) -> None:
        """Forget the text and the lines of the frame before."""
        self.written.clear()
        self.lines.clear()

    def poll(self) -> None:
        """Nothing: a copy of a polled surface is not polled."""

    def blit(self, *args: Any, **options: Any) -> pygame.Rect:
        """As `pygame.Surface.blit`."""
        drawn = super().blit(*args, **options)
        self.poll()
        return drawn

    def fblits(self, *args: Any, **options: Any) -> None:
        """As `pygame.Surface.fblits`."""
        super().fblits(*args, **options)
        self.poll()

    def fill(self, *args: Any, **options: Any) -> pygame.Rect:
        """As `pygame.Surface.fill`."""
        filled = super().fill(*args, **options)
        self.poll()
        return filled

    def subsurface(self, *args: Any) -> pygame.Surface:
        """As `pygame.Surface.subsurface`; a part is polled like the whole."""
        part = super().subsurface(*args)
        part.poll = self.poll
        return part


def poll_input(surface: pygame.Surface) -> None:
    """Poll, if the surface is polled: for drawing that does not use its methods.

    Parameters
    ----------
    surface : Surface
        Polled or not.
    """
    if isinstance(surface, PolledSurface):
        surface.poll()
