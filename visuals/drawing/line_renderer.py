"""Strokes: a great many thin, smooth lines at once.

`pygame.draw.aalines` goes from pixel to pixel, 30 to 40 ns for each, and a call for each change of
brightness. Here all pieces of all lines go through numpy together, four times as quickly where
they are some thousands. Each is walked pixel by pixel along its longer side, and what light it has
is shared between the two pixels it passes between (X. Wu, An efficient antialiasing technique,
SIGGRAPH 1991). On what is lit already, the brighter of both is seen; where strokes cross, one of
them, and hardly ever the much fainter one. Strokes that add their light brighten what is lit, too.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame
from numpy.typing import ArrayLike, NDArray

from visuals.drawing.polled_surface import poll_input
from visuals.drawing.theme import Colour

Floats = NDArray[np.float32]
Points = NDArray[np.floating]

BRIGHTNESS_STEPS = 64
"""Steps of brightness of a stroke."""
_COVERAGE_STEPS = 16
"""Steps in which a stroke's light is shared between two pixels."""


class LineBatch:
    """Strokes gathered from several places, to be drawn at once."""

    def __init__(self) -> None:
        self._parts: list[tuple[NDArray, NDArray, NDArray, NDArray]] = []

    def add_segments(self, start: Points, end: Points, colour: ArrayLike, level: ArrayLike) -> None:
        """Straight pieces, as `LineRenderer.draw` takes them, or one colour or level for all."""
        count = (len(start),)
        self._parts.append(
            (start, end, np.broadcast_to(colour, count), np.broadcast_to(level, count))
        )

    def add_lines(self, lines: Points, colour: ArrayLike, level: ArrayLike) -> None:
        """Lines through n points each, shape (lines, n, 2), of one colour and level each."""
        start, end = lines[:, :-1].reshape(-1, 2), lines[:, 1:].reshape(-1, 2)
        pieces = lines.shape[1] - 1
        colours, levels = (np.broadcast_to(a, (len(lines),)) for a in (colour, level))
        self._parts.append((start, end, colours.repeat(pieces), levels.repeat(pieces)))

    def add_polylines(self, lines: Sequence[Points], colour: ArrayLike, level: ArrayLike) -> None:
        """Lines through any number of points, shape (n, 2), of one colour and level each."""
        if not lines:
            return
        counts = [len(line) for line in lines]
        points = np.concatenate(lines)
        levels = np.repeat(np.asarray(level, np.float64), counts)
        levels[np.cumsum(counts) - 1] = 0.0  # from the end of one to the beginning of the next
        colours = np.repeat(np.asarray(colour), counts)
        self._parts.append((points[:-1], points[1:], colours[:-1], levels[:-1]))

    def concatenate(self) -> tuple[NDArray, NDArray, NDArray, NDArray] | None:
        """Start, end, colour and level of all strokes, if there are any."""
        if not self._parts:
            return None
        start, end, colour, level = (
            np.concatenate(part) for part in zip(*self._parts, strict=True)
        )
        return start, end, colour, level


class LineRenderer:
    """Draws strokes in a few colours.

    Parameters
    ----------
    colours : sequence of Colour
    adds : bool
        Whether their light is added to what is there, or seen only where it is brighter.
    """

    def __init__(self, colours: Sequence[Colour], adds: bool = False) -> None:
        self._is_additive = adds
        levels = np.arange(BRIGHTNESS_STEPS + 1)[:, None, None] / BRIGHTNESS_STEPS
        shares = np.arange(_COVERAGE_STEPS + 1)[:, None] / _COVERAGE_STEPS
        tints = np.asarray(colours, np.float64).reshape(-1, 1, 1, 3) * levels * shares
        red, green, blue = np.rint(tints).astype(np.uint32).reshape(-1, 3).T
        self._pixels = red << 16 | green << 8 | blue  # [colour, level, share]

    def draw_segments(
        self,
        surface: pygame.Surface,
        start: Points,
        end: Points,
        colour: ArrayLike,
        level: ArrayLike,
    ) -> None:
        """Draw `n` straight pieces; what is not wholly inside the surface is left out.

        Parameters
        ----------
        surface : Surface
            As `sprites.blank` makes it, and no part of another.
        start, end : ndarray, shape (n, 2)
            A piece that begins where another ends has no pixel in common with it.
        colour : array_like of int, shape (n,)
            Number of the colour.
        level : array_like of float, shape (n,)
            Brightness, 0..1.

        Raises
        ------
        ValueError
            If the surface is part of another.
        """
        width, height = surface.get_size()
        if surface.get_parent() is not None:
            raise ValueError("strokes are drawn on a whole surface, not on a part of one")
        steps = np.rint(np.clip(level, 0.0, 1.0) * BRIGHTNESS_STEPS).astype(np.int64)
        tints = (np.asarray(colour) * (BRIGHTNESS_STEPS + 1) + steps) * (_COVERAGE_STEPS + 1)
        first, last = (np.ascontiguousarray(points.T, np.float32) for points in (start, end))
        seen = (steps > 0) & _inside(first, width, height) & _inside(last, width, height)
        away = np.abs(last - first)
        steep = away[1] > away[0]
        flat = pygame.surfarray.pixels2d(surface).T.reshape(-1)
        for along, across, strides in ((0, 1, (1, width)), (1, 0, (width, 1))):
            chosen = np.flatnonzero(seen & (steep == bool(along)))
            begin, stop = first[along].take(chosen), last[along].take(chosen)
            origin, then = first[across].take(chosen), last[across].take(chosen)
            slope = (then - origin) / np.where(stop == begin, 1, stop - begin)
            origin -= slope * begin  # where it would be at 0
            span = np.ceil(np.minimum(begin, stop)), np.ceil(np.maximum(begin, stop))
            self._rasterize(flat, span, origin, slope, tints.take(chosen), strides)
            poll_input(surface)

    def draw_batch(self, surface: pygame.Surface, bundle: LineBatch) -> None:
        """Draw all of a bundle."""
        strokes = bundle.concatenate()
        poll_input(surface)
        if strokes is not None:
            self.draw_segments(surface, *strokes)

    def _rasterize(
        self,
        flat: NDArray[np.uint32],
        span: tuple[Floats, Floats],
        origin: Floats,
        slope: Floats,
        tints: NDArray[np.int64],
        strides: tuple[int, int],
    ) -> None:
        """Draw pieces from pixel to pixel along them: where they are across is shared by two.

        `span` is from where to where, half open; `strides` are pixels of memory from one to the
        next, along and across.
        """
        begin = span[0].astype(np.int64)
        count = span[1].astype(np.int64) - begin
        total = np.cumsum(count)
        if not total.size or not total[-1]:
            return
        step = np.arange(total[-1]) + np.repeat(begin - total + count, count)
        place = np.repeat(slope * _COVERAGE_STEPS, count)
        place *= step.astype(np.float32)
        place += np.repeat(origin * _COVERAGE_STEPS, count)
        fixed = place.astype(np.int32)  # in sixteenths of a pixel
        share = fixed & (_COVERAGE_STEPS - 1)
        fixed >>= _COVERAGE_STEPS.bit_length() - 1
        step *= strides[0]
        step += fixed.astype(np.int64) * strides[1]
        tint = np.repeat(tints, count)
        self._blend_pixels(flat, step, tint + (_COVERAGE_STEPS - share))
        step += strides[1]
        tint += share
        self._blend_pixels(flat, step, tint)

    def _blend_pixels(
        self, flat: NDArray[np.uint32], places: NDArray[np.int64], tints: NDArray[np.int64]
    ) -> None:
        """Add light, or let the larger of each part of a colour stay."""
        light, before = self._pixels.take(tints), flat.take(places)
        parts, others = light.view(np.uint8), before.view(np.uint8)
        if self._is_additive:
            np.minimum(parts, ~others, out=parts)  # what there is room for
            parts += others
        else:
            np.maximum(parts, others, out=parts)
        # some places come twice, where strokes cross: of these the one with more red stays
        np.maximum.at(flat, places, light)


def _inside(points: Floats, width: int, height: int) -> NDArray[np.bool_]:
    """Which points, shape (2, n), have a pixel to all sides."""
    x, y = points
    return (x >= 0) & (x < width - 1) & (y >= 0) & (y < height - 1)
