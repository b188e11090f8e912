"""Line renderer: thousands of thin antialiased lines at once.

`pygame.draw.aalines` takes 30 to 40 ns for each pixel, and a call for each brightness. Here numpy
rasterizes all segments together, four times as fast for some thousands. A segment advances pixel by
pixel along its longer side; its light is shared between the two pixels beside the exact position
[1]_. Each pixel keeps the larger of the old and the new light, or their sum with an additive
renderer. Where segments cross, one of them is seen, rarely a much fainter one.

References
----------
.. [1] X. Wu, "An efficient antialiasing technique", SIGGRAPH 1991.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pygame
from numpy.typing import ArrayLike, NDArray

from visuals.drawing.drawn_lines import DrawnLines, Enlargement
from visuals.drawing.polled_surface import PolledSurface, poll_input
from visuals.drawing.theme import Colour

Float32Array = NDArray[np.float32]
Points = NDArray[np.floating]

BRIGHTNESS_STEPS = 64  # number of brightness steps of a line, above dark
_COVERAGE_STEPS = 16  # number of steps in which light is shared between two pixels


class LineBatch:
    """Segments collected from several callers, to be drawn at once."""

    def __init__(self) -> None:
        self._parts: list[tuple[NDArray, NDArray, NDArray, NDArray]] = []

    def add_segments(self, start: Points, end: Points, colour: ArrayLike, level: ArrayLike) -> None:
        """Add segments as in `LineRenderer.draw_segments`; a scalar colour or level is for all."""
        count = len(start)
        self._parts.append((start, end, _repeated(colour, count, 1), _repeated(level, count, 1)))

    def add_lines(self, lines: Points, colour: ArrayLike, level: ArrayLike) -> None:
        """Add polylines of n points each, shape (lines, n, 2), with one colour and level each."""
        start, end = lines[:, :-1].reshape(-1, 2), lines[:, 1:].reshape(-1, 2)
        count, pieces = len(lines), lines.shape[1] - 1
        colours, levels = (_repeated(values, count, pieces) for values in (colour, level))
        self._parts.append((start, end, colours, levels))

    def add_polylines(self, lines: Sequence[Points], colour: ArrayLike, level: ArrayLike) -> None:
        """Add polylines of any length, each of shape (n, 2), with one colour and level each."""
        if not lines:
            return
        counts = [len(line) for line in lines]
        points = np.concatenate(lines)
        levels = np.repeat(np.asarray(level, np.float64), counts)
        levels[np.cumsum(counts) - 1] = 0.0  # hides the segment from one line to the next
        colours = np.repeat(np.asarray(colour), counts)
        self._parts.append((points[:-1], points[1:], colours[:-1], levels[:-1]))

    def concatenate(self) -> tuple[NDArray, NDArray, NDArray, NDArray] | None:
        """Start, end, colour and level of all segments, or None without segments."""
        if not self._parts:
            return None
        start, end, colour, level = map(np.concatenate, zip(*self._parts, strict=True))
        return start, end, colour, level


class LineColumns:
    """Columns of pixels between the points of lines that run from left to right.

    Parameters
    ----------
    x : ndarray, shape (points,)
        Positions that the lines have in common, ascending, pixels.
    """

    def __init__(self, x: Points) -> None:
        self.columns = np.arange(math.ceil(x[0]), math.ceil(x[-1]))
        self.pieces = np.searchsorted(x, self.columns, side="right") - 1
        share = (self.columns - x[self.pieces]) / np.diff(x)[self.pieces]
        self.weights = np.zeros((len(x), len(self.columns)), np.float32)
        places = np.arange(len(self.columns))
        self.weights[self.pieces, places] = (1 - share) * _COVERAGE_STEPS
        self.weights[self.pieces + 1, places] = share * _COVERAGE_STEPS


class LineRenderer:
    """Draws line segments in a few colours.

    Parameters
    ----------
    colours : sequence of Colour
    adds : bool
        Add the light of lines to the surface, instead of keeping the larger value.
    """

    def __init__(self, colours: Sequence[Colour], adds: bool = False) -> None:
        self._is_additive, self._palette = adds, np.asarray(colours, np.float32).reshape(-1, 3)
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
        """Draw straight segments, except those that are not completely inside the surface.

        A segment that starts at the end of another shares no pixel with it. `start` and `end` are
        pixels, shape (n, 2); `colour` is the index, `level` the brightness (0..1) of each segment.
        The surface is one of `sprites.blank_surface`; a subsurface raises ValueError.
        """
        if isinstance(surface, PolledSurface) and surface.keeps_lines:
            surface.lines.append(self._drawn_lines(start, end, colour, level))
        self._draw(surface, (start, end), colour, level, self._is_additive)

    def _draw(
        self,
        surface: pygame.Surface,
        ends: tuple[Points, Points],
        colour: ArrayLike,
        level: ArrayLike,
        adds: bool,
    ) -> None:
        width, height = surface.get_size()
        if surface.get_parent() is not None:
            raise ValueError("lines are drawn on a whole surface, not on a subsurface")
        steps = np.rint(np.clip(level, 0.0, 1.0) * BRIGHTNESS_STEPS).astype(np.int64)
        tints = (np.asarray(colour) * (BRIGHTNESS_STEPS + 1) + steps) * (_COVERAGE_STEPS + 1)
        first, last = (np.ascontiguousarray(points.T, np.float32) for points in ends)
        seen = (steps > 0) & _inside(first, width, height) & _inside(last, width, height)
        away = np.abs(last - first)
        steep = away[1] > away[0]
        flat = pygame.surfarray.pixels2d(surface).T.reshape(-1)
        for along, across, strides in ((0, 1, (1, width)), (1, 0, (width, 1))):
            chosen = np.flatnonzero(seen & (steep == bool(along)))
            if not chosen.size:
                continue
            begin, stop = first[along].take(chosen), last[along].take(chosen)
            origin, then = first[across].take(chosen), last[across].take(chosen)
            slope = (then - origin) / np.where(stop == begin, 1, stop - begin)
            origin -= slope * begin  # position across, at 0 along
            span = np.ceil(np.minimum(begin, stop)), np.ceil(np.maximum(begin, stop))
            self._rasterize(flat, span, origin, slope, tints.take(chosen), strides, adds)
            poll_input(surface)

    def _drawn_lines(
        self, start: Points, end: Points, colour: ArrayLike, level: ArrayLike
    ) -> DrawnLines:
        """The segments of `draw_segments`, to be drawn again."""
        colours, levels = np.asarray(colour), np.clip(level, 0.0, 1.0).astype(np.float32)

        def draw(surface: pygame.Surface, chosen: NDArray[np.intp]) -> None:
            ends = start[chosen], end[chosen]
            self._draw(surface, ends, colours[chosen], levels[chosen], self._is_additive)

        def draw_enlarged(
            surface: pygame.Surface, chosen: NDArray[np.intp], share: float, size: Enlargement
        ) -> None:
            first, last = size.place(start[chosen]), size.place(end[chosen])
            across = unit_across(first, last)
            width, tints, level = max(1, round(size.width)), colours[chosen], levels[chosen]
            for line in range(width):
                aside = across * np.float32(line - (width - 1) / 2)
                self._draw(surface, (first + aside, last + aside), tints, share * level, True)

        light = self._palette[colours] * levels[:, None]
        return DrawnLines(start, end, light, draw, draw_enlarged)

    def draw_columns(
        self, surface: pygame.Surface, columns: LineColumns, y: Points, level: Float32Array
    ) -> None:
        """Draw gently sloping lines of the first colour, in half the time of their segments.

        `y` (lines, points) are at the points of `columns` and inside the surface; `level`
        (lines, points - 1) is the brightness (0..1) of each piece.
        """
        width = surface.get_width()
        flat = pygame.surfarray.pixels2d(surface).T.reshape(-1)
        steps = np.rint(level * BRIGHTNESS_STEPS).astype(np.int64) * (_COVERAGE_STEPS + 1)
        places = (y.astype(np.float32, copy=False) @ columns.weights).astype(np.int64)
        share = places & (_COVERAGE_STEPS - 1)
        places >>= _COVERAGE_STEPS.bit_length() - 1
        places *= width
        places += columns.columns
        tints = steps.take(columns.pieces, axis=1)
        places, share, tints = places.reshape(-1), share.reshape(-1), tints.reshape(-1)
        self._blend_pixels(flat, places, tints + _COVERAGE_STEPS - share, self._is_additive)
        places += width
        tints += share
        self._blend_pixels(flat, places, tints, self._is_additive)

    def draw_batch(self, surface: pygame.Surface, batch: LineBatch) -> None:
        """Draw all segments of a batch."""
        strokes = batch.concatenate()
        poll_input(surface)
        if strokes is not None:
            self.draw_segments(surface, *strokes)

    def _rasterize(
        self,
        flat: NDArray[np.uint32],
        span: tuple[Float32Array, Float32Array],
        origin: Float32Array,
        slope: Float32Array,
        tints: NDArray[np.int64],
        strides: tuple[int, int],
        adds: bool,
    ) -> None:
        """Draw segments pixel by pixel along one axis, each on two pixels across.

        `span` is the half-open interval along the axis; `strides` are distances in memory between
        neighbouring pixels along and across, in pixels.
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
        fixed = place.astype(np.int32)  # fixed point, sixteenths of a pixel
        share = fixed & (_COVERAGE_STEPS - 1)
        fixed >>= _COVERAGE_STEPS.bit_length() - 1
        step *= strides[0]
        step += fixed.astype(np.int64) * strides[1]
        tint = np.repeat(tints, count)
        self._blend_pixels(flat, step, tint + (_COVERAGE_STEPS - share), adds)
        step += strides[1]
        tint += share
        self._blend_pixels(flat, step, tint, adds)

    def _blend_pixels(
        self,
        flat: NDArray[np.uint32],
        places: NDArray[np.int64],
        tints: NDArray[np.int64],
        adds: bool,
    ) -> None:
        """Add light to pixels, or keep the larger value of each channel."""
        light, before = self._pixels.take(tints), flat.take(places)
        parts, others = light.view(np.uint8), before.view(np.uint8)
        if adds:
            np.minimum(parts, ~others, out=parts)  # saturates the sum at 255
            parts += others
        else:
            np.maximum(parts, others, out=parts)
        # a pixel where segments cross comes twice: the value with more red stays
        np.maximum.at(flat, places, light)


def unit_across(start: Points, end: Points) -> Float32Array:
    """Step of a pixel from each segment to one that lies beside it, as a line of two pixels has.

    All segments of a line have it on the same side.

    Parameters
    ----------
    start, end : ndarray of float, shape (n, 2)
        Pixels.

    Returns
    -------
    ndarray of float32, shape (n, 2)
        Across the picture for a steep segment, down or up for a flat one.
    """
    along = end - start
    is_flat = np.abs(along[:, 0]) >= np.abs(along[:, 1])
    across = np.where(is_flat, 0.0, np.where(along[:, 1] < 0, 1.0, -1.0))
    down = np.where(is_flat, np.where(along[:, 0] < 0, -1.0, 1.0), 0.0)
    return np.stack([across, down], axis=1).astype(np.float32)  # (n, 2)


def _repeated(values: ArrayLike, count: int, times: int) -> NDArray:
    """Each of `count` values, or one value for all, so many times: shape (count * times,).

    A third of the time of `numpy.broadcast_to`, some fifty times a frame.
    """
    array = np.asarray(values)
    if array.ndim == 0 or len(array) == 1:
        return np.full(count * times, array)
    return array if times == 1 else array.repeat(times)


def _inside(points: Float32Array, width: int, height: int) -> NDArray[np.bool_]:
    """Mask of the points, shape (2, n), whose pixels are all inside."""
    x, y = points
    return (x >= 0) & (x < width - 1) & (y >= 0) & (y < height - 1)
