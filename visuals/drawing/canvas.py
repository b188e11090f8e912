"""Canvas: static backgrounds, drawn once in floating point and kept as surfaces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, cached_property

import numpy as np
import pygame
from numpy.typing import ArrayLike, NDArray

from visuals.drawing.theme import PICTURE_SIZE_PX, Colour, shade
from visuals.drawing.typography import TextSurface

SUPERSAMPLING_FACTOR = 2
"""Scale at which lines are drawn before they are scaled down, which smooths them."""
_ROWS_PER_BAND = 30
_GAUSSIAN_REACH = 3.0
"""Radii beyond which a Gaussian is not drawn: an eight-thousandth of its colour is left."""


class Canvas:
    """A picture in floating point: faint gradients show no steps.

    Draw lines and shapes, add them to `light` with `flatten_strokes`, add gradients to `light`
    directly, and call `to_surface` at the end.

    Parameters
    ----------
    size : (int, int)
        Width and height, pixels.

    Attributes
    ----------
    light : ndarray of float32, shape (height, width, 3)
        Values 0..255.
    """

    def __init__(self, size: tuple[int, int] = PICTURE_SIZE_PX) -> None:
        self.size = size
        self.light: NDArray[np.float32] = np.zeros((size[1], size[0], 3), np.float32)
        self._drawn: list[pygame.Rect] = []  # parts of the strokes that are not black

    @cached_property
    def _strokes(self) -> pygame.Surface:
        """Surface for lines and shapes; of its 33 MB, the system gives only what is drawn on."""
        width, height = (side * SUPERSAMPLING_FACTOR for side in self.size)
        pixels = np.zeros(4 * width * height, np.uint8)
        return pygame.image.frombuffer(pixels, (width, height), "BGRA")

    def draw_line(
        self, points: ArrayLike, colour: Colour, width: float = 1.0, closed: bool = False
    ):
        """Draw a line through points, shape (n, 2)."""
        thick = max(1, round(width * SUPERSAMPLING_FACTOR))
        lines = pygame.draw.lines(self._strokes, colour, closed, _scaled(points), thick)
        self._drawn.append(lines)

    def draw_polygon(self, points: ArrayLike, colour: Colour) -> None:
        """Draw a filled polygon with corners of shape (n, 2)."""
        self._drawn.append(pygame.draw.polygon(self._strokes, colour, _scaled(points)))

    def draw_circle(
        self, centre: Sequence[float], radius: float, colour: Colour, width: float = 0.0
    ) -> None:
        """Draw a disc, or a ring if the width is above 0."""
        middle = (centre[0] * SUPERSAMPLING_FACTOR, centre[1] * SUPERSAMPLING_FACTOR)
        size, thick = radius * SUPERSAMPLING_FACTOR, round(width * SUPERSAMPLING_FACTOR)
        self._drawn.append(pygame.draw.circle(self._strokes, colour, middle, size, thick))

    def flatten_strokes(self, gain: float = 1.0) -> None:
        """Add all that was drawn since the last call to the light, `gain` times as bright."""
        if not self._drawn:
            return
        drawn = self._drawn[0].unionall(self._drawn[1:]).clip(self._strokes.get_rect())
        factor = SUPERSAMPLING_FACTOR
        left, top = drawn.x // factor, drawn.y // factor
        right, bottom = -(-drawn.right // factor), -(-drawn.bottom // factor)
        part = pygame.Rect(left, top, right - left, bottom - top)
        for rows in self._row_bands():
            band = part.clip((left, rows.start, part.width, rows.stop - rows.start))
            if not band.height:
                continue
            strokes = self._strokes.subsurface([factor * side for side in band])
            smooth = pygame.transform.smoothscale(strokes, band.size)
            pixels = pygame.surfarray.pixels3d(smooth).swapaxes(0, 1)
            light = self.light[band.top : band.bottom, left:right]
            light += pixels.astype(np.float32) * np.float32(gain)
            strokes.fill((0, 0, 0))
        self._drawn.clear()

    def add_gaussian(
        self, centre: tuple[float, float], radii: tuple[float, float], colour: Colour
    ) -> None:
        """Add a Gaussian, 1/e of the colour at the radii, pixels; none where it is invisible."""
        columns, rows = (
            slice(max(0, int(middle - reach)), max(0, int(middle + reach) + 1))
            for middle, reach in zip(centre, np.multiply(radii, _GAUSSIAN_REACH), strict=True)
        )
        light = self.light[rows, columns]
        x = (np.arange(columns.start, columns.start + light.shape[1]) - centre[0]) / radii[0]
        y = (np.arange(rows.start, rows.start + light.shape[0]) - centre[1]) / radii[1]
        across = np.exp(-(x * x)).astype(np.float32)[None, :]
        for band in self._row_bands():
            bump = np.exp(-(y[band] * y[band])).astype(np.float32)[:, None] * across
            for channel, level in enumerate(np.asarray(colour, np.float32)):
                light[band, :, channel] += bump * level

    def to_surface(self) -> TextSurface:
        """The picture in eight bits, dithered by triangular noise of one grey level."""
        self.__dict__.pop("_strokes", None)  # not needed any more, and up to 33 MB
        random = np.random.default_rng(0)
        noise = random.random(self.light.shape[:2], dtype=np.float32)
        noise += random.random(self.light.shape[:2], dtype=np.float32)
        noise -= 0.5
        surface = TextSurface(self.size)
        pixels = pygame.surfarray.pixels3d(surface).swapaxes(0, 1)
        for rows in self._row_bands():
            for channel in range(3):  # numpy is slow along an axis of three
                levels = self.light[rows, :, channel] + noise[rows]
                pixels[rows, :, channel] = np.clip(levels, 0, 255, out=levels)
        return surface

    def _row_bands(self) -> Iterator[slice]:
        """Rows to work on at once: temporary arrays of a whole picture take 25 MB each."""
        for top in range(0, self.size[1], _ROWS_PER_BAND):
            yield slice(top, top + _ROWS_PER_BAND)


def _scaled(points: ArrayLike) -> list[list[float]]:
    return (np.asarray(points, np.float64) * SUPERSAMPLING_FACTOR).tolist()


def bezier(
    start: ArrayLike, leave: ArrayLike, arrive: ArrayLike, end: ArrayLike, count: int = 40
) -> NDArray[np.float64]:
    """Points of a cubic Bezier curve.

    Parameters
    ----------
    start, leave, arrive, end : array_like, shape (2,)
        Control points.
    count : int

    Returns
    -------
    ndarray, shape (count, 2)
    """
    first, second, third, last = _bezier_weights(count)
    a, b, c, d = (np.asarray(point, np.float64) for point in (start, leave, arrive, end))
    return first * a + second * b + third * c + last * d


@cache
def _bezier_weights(count: int) -> tuple[NDArray[np.float64], ...]:
    """Weight of each control point at each point of a curve, (count, 1) each."""
    t = np.linspace(0.0, 1.0, count)[:, None]
    return (1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t * t, t**3


def add_background_light(canvas: Canvas, centre: tuple[float, float]) -> None:
    """Add the background light of all scenes: dark blue, brighter around `centre`.

    Parameters
    ----------
    canvas : Canvas
    centre : (float, float)
        Pixels.
    """
    for channel, level in enumerate(np.asarray((3.0, 3.8, 6.6), np.float32)):
        canvas.light[..., channel] += level
    canvas.add_gaussian(centre, (800.0, 420.0), (10, 11, 22))


def mute_colour(colour: Colour, level: float) -> Colour:
    """A colour for static lines: `level` times as bright and slightly greyer.

    Parameters
    ----------
    colour : Colour
    level : float
        0 to 1.

    Returns
    -------
    Colour
    """
    middle = sum(colour) / 3
    mixed = tuple(round(part * 0.8 + middle * 0.2) for part in colour)
    return shade((mixed[0], mixed[1], mixed[2]), level)
