"""Sharp lines: the lines of a picture that is shown enlarged, in the size in which it is shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pygame
from numpy.typing import NDArray

from visuals.drawing.drawn_lines import DrawnLines, Enlargement
from visuals.drawing.polled_surface import PolledSurface
from visuals.drawing.sprites import blank_surface

_LEAST_LIGHT = 10.0  # light of a pixel, of 255, below which a line stays in the picture
_SEEN_SHARE = 0.85  # share of a line's light from which it counts as not covered
_ROUNDING = 3.0  # light by which a pixel may differ from that of its line


@dataclass(frozen=True, slots=True, eq=False)
class LiftedSegments:
    """Segments taken from a picture.

    Parameters
    ----------
    lines : DrawnLines
    chosen : ndarray of int, shape (n,)
        Indices of those that were taken.
    share : float
        Share of their light that the picture has: below 1 where it is dimmed as a whole.
    """

    lines: DrawnLines
    chosen: NDArray[np.intp]
    share: float

    def draw_enlarged(self, surface: pygame.Surface, size: Enlargement) -> None:
        """Add them to an enlarged picture on a whole surface."""
        self.lines.draw_enlarged(surface, self.chosen, self.share, size)

    def placed(self, size: Enlargement) -> NDArray[np.float32]:
        """Start, end (pixels) and light (0 to 1) of each, shape (n, 7)."""
        start, end = (
            size.place(points[self.chosen]) for points in (self.lines.start, self.lines.end)
        )
        light = self.lines.light[self.chosen] * np.float32(self.share / 255)
        return np.concatenate([start, end, light], axis=1)


class LineSharpener:
    """Takes moving lines from pictures, to be drawn in another size.

    Lines that something covers stay in the picture.
    """

    def __init__(self) -> None:
        self._scratch = blank_surface((1, 1))

    def lift_lines(self, picture: PolledSurface, plain: pygame.Surface) -> list[LiftedSegments]:
        """Take the lines of a picture from its copy `plain`, which loses their light."""
        if self._scratch.get_size() != picture.get_size():
            self._scratch = blank_surface(picture.get_size())
        self._scratch.fill((0, 0, 0))
        lifted, pixels = list[LiftedSegments](), pygame.surfarray.pixels3d(picture)
        shares = [_light_shares(pixels, drawn) for drawn in picture.lines]
        del pixels  # unlocks the picture
        known = np.concatenate([share[np.isfinite(share)] for share in shares]) if shares else []
        dimming = min(1.0, float(np.median(known))) if len(known) else 1.0
        for drawn, share in zip(picture.lines, shares, strict=True):
            chosen = np.flatnonzero(share >= _SEEN_SHARE * dimming)
            if chosen.size:
                drawn.draw(self._scratch, chosen)
                lifted.append(LiftedSegments(drawn, chosen, dimming))
        if lifted:
            if dimming < 1.0:
                self._scratch.fill((round(255 * dimming),) * 3, special_flags=pygame.BLEND_RGB_MULT)
            plain.blit(self._scratch, (0, 0), special_flags=pygame.BLEND_RGB_SUB)
        return lifted


def _light_shares(pixels: NDArray[np.uint8], drawn: DrawnLines) -> NDArray[np.float32]:
    """Light of the picture in the middle of each segment, in shares of that segment's own.

    Infinite where a segment is so short that it has no pixel, not a number where it is too dark to
    be seen.
    """
    start, end = drawn.start.astype(np.float32), drawn.end.astype(np.float32)
    away = end - start
    along = (np.abs(away[:, 1]) > np.abs(away[:, 0])).astype(np.intp)  # axis: 0 across the picture
    row = np.arange(len(start))
    first, length = start[row, along], away[row, along]
    column = np.floor(first + length / 2)
    nearest = np.ceil(np.minimum(first, first + length))
    column = np.maximum(column, nearest)
    has_pixel = column < np.maximum(first, first + length)
    slope = away[row, 1 - along] / np.where(length == 0, 1, length)
    place = start[row, 1 - along] + slope * (column - first)
    below = np.floor(place)
    coverage = np.maximum(place - below, 1 - (place - below))
    across = np.rint(place)
    x, y = np.where(along == 0, column, across), np.where(along == 0, across, column)
    inside = (x >= 0) & (y >= 0) & (x < pixels.shape[0]) & (y < pixels.shape[1])
    x, y = (np.where(inside, values, 0).astype(np.intp) for values in (x, y))
    channel = drawn.light.argmax(axis=1)
    light = drawn.light[row, channel] * coverage
    found = pixels[x, y, channel] + np.float32(_ROUNDING)
    shares = np.where(has_pixel, found / np.maximum(light, 1), np.inf)
    return np.where(inside & (light >= _LEAST_LIGHT), shares, np.nan).astype(np.float32)
