"""Bloom: light that spreads. A layer of a quarter of the size is blurred and added."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame
from numpy.typing import ArrayLike, NDArray

from visuals.drawing.line_renderer import Bundle, Strokes
from visuals.drawing.sprites import ADD, Atlas, blank
from visuals.drawing.theme import SIZE, Colour

SHRINK = 4
"""Logical pixels to a pixel of the glow layer."""
_LEVELS = 3
_BAND = 12
"""Rows of the glow layer that are enlarged at once: what they become fits into a cache."""
_SEEN = np.uint32(0xFEFEFE)
"""Light of one grey level is not worth adding."""


class Bloom:
    """A glow layer with trails.

    Draw on `layer` (places and sizes divided by `SHRINK`) each frame after `fade`; then `add_to`
    the picture. The blur is a pyramid of smooth scalings. Enlarging, `smoothscale` puts the last
    pixel of the source at the end of the target, so that n pixels become as wide as n + 1: it is
    given a target smaller by one. What drift is left is measured once and taken back.

    Attributes
    ----------
    layer : pygame.Surface
    """

    def __init__(self, size: tuple[int, int] = SIZE) -> None:
        self._size = size
        self.layer = blank((size[0] // SHRINK, size[1] // SHRINK))
        width, height = self.layer.get_size()
        self._steps = [blank((width >> k, height >> k)) for k in range(_LEVELS + 1)]
        self._near = blank(self._steps[1].get_size())
        self._larger = [blank(_enlarged(step.get_size(), 2)) for step in self._steps]
        self._large = blank(_enlarged((width, _BAND + 1), SHRINK))
        self._offset = (0, 0)
        self._wide_offset = (0, 0)
        self._correct_drift()

    def fade(self, keep: int = 150) -> None:
        """Dim what is on the layer to `keep` 255ths, and to black in the end."""
        self.layer.fill((keep, keep, keep), special_flags=pygame.BLEND_RGB_MULT)
        # multiplication alone never gets below 1..4
        self.layer.fill((1, 1, 1), special_flags=pygame.BLEND_RGB_SUB)

    def add_to(self, surface: pygame.Surface, near: int = 255, wide: int = 200) -> None:
        """Add the blurred layer; `near` and `wide` (0..255) weigh the two widths of blur."""
        steps, scale = self._steps, pygame.transform.smoothscale
        scale(self.layer, steps[1].get_size(), steps[1])
        for k in range(2, len(steps)):
            scale(steps[k - 1], steps[k].get_size(), steps[k])
        self._near.blit(steps[1], (0, 0))
        for k in range(len(steps) - 1, 1, -1):
            self._enlarge(steps[k], k, steps[k - 1])
        steps[1].fill((wide, wide, wide), special_flags=pygame.BLEND_RGB_MULT)
        if near < 255:
            self._near.fill((near, near, near), special_flags=pygame.BLEND_RGB_MULT)
        self._near.blit(steps[1], self._wide_offset, special_flags=ADD)
        self._enlarge(self._near, 1, steps[0])
        left, top = self._offset
        for lit in _lit_bands(steps[0]):
            size = _enlarged(lit.size, SHRINK)
            large = self._large.subsurface((0, 0), size)
            scale(steps[0].subsurface(lit), size, large)
            place = lit.x * SHRINK + left, lit.y * SHRINK + top
            surface.blit(large, place, special_flags=ADD)

    def _enlarge(self, source: pygame.Surface, step: int, target: pygame.Surface) -> None:
        larger = self._larger[step]
        pygame.transform.smoothscale(source, larger.get_size(), larger)
        target.fill((0, 0, 0))
        target.blit(larger, (step % 2, step % 2))  # half a pixel is due: now none, now one

    def _correct_drift(self) -> None:
        near_x, near_y = self._drift(255, 0)
        wide_x, wide_y = self._drift(0, 255)
        unit = SHRINK * 2
        self._wide_offset = (
            -round((wide_x - near_x) / unit),
            -round((wide_y - near_y) / unit),
        )
        x, y = self._drift(255, 200)  # what is left of both together
        self._offset = (-round(x), -round(y))

    def _drift(self, near: int, wide: int) -> tuple[float, float]:
        """How far the centroid of a square in the middle moves."""
        width, height = self.layer.get_size()
        self.layer.fill((0, 0, 0))
        self.layer.fill((255, 255, 255), (width // 2 - 4, height // 2 - 4, 8, 8))
        picture = blank(self._size)
        self.add_to(picture, near, wide)
        self.layer.fill((0, 0, 0))
        light = pygame.surfarray.array_red(picture).astype(np.float64)
        x = light.sum(axis=1) @ np.arange(light.shape[0]) / light.sum()
        y = light.sum(axis=0) @ np.arange(light.shape[1]) / light.sum()
        return x - (width // 2 * SHRINK - 0.5), y - (height // 2 * SHRINK - 0.5)


class Glow:
    """Where a scene shines: a layer drawn anew with each frame, and the bloom that keeps its trail.

    Places are those of the picture.

    Parameters
    ----------
    rect : Rect
        The part of the picture that may glow; less than the whole, for the blur is dear. Its sides
        are multiples of `SHRINK`.
    """

    def __init__(self, rect: pygame.Rect) -> None:
        self.rect = pygame.Rect(rect)
        if any(side % SHRINK for side in self.rect):
            raise ValueError(f"a glow lies on multiples of {SHRINK}, not at {self.rect}")
        self._bloom = Bloom(self.rect.size)
        self._layer = blank(self._bloom.layer.get_size())

    def begin(self, keep: int = 150) -> None:
        """Begin a frame: `keep` 255ths stay of the trail."""
        self._bloom.fade(keep)
        self._layer.fill((0, 0, 0))

    def small(self, points: ArrayLike) -> NDArray[np.float32]:
        """Points, shape (n, 2), as `draw_bundle` takes them: for lines that stay where they are."""
        return ((np.asarray(points) - self.rect.topleft) / SHRINK).astype(np.float32)

    def draw_bundle(self, strokes: Strokes, bundle: Bundle) -> None:
        """Lines that shine, through points of the layer itself."""
        strokes.draw_bundle(self._layer, bundle)

    def draw(self, colour: Colour, points: Sequence[Sequence[float]]) -> None:
        """A line that shines, through at least two points."""
        left, top = self.rect.topleft
        small = [((x - left) / SHRINK, (y - top) / SHRINK) for x, y in points]
        pygame.draw.lines(self._layer, colour, False, small)

    def draw_strokes(
        self,
        strokes: Strokes,
        start: NDArray[np.float32],
        end: NDArray[np.float32],
        colour: ArrayLike,
        level: ArrayLike,
    ) -> None:
        """Strokes that shine; see `Strokes.draw`."""
        strokes.draw(self._layer, self.small(start), self.small(end), colour, level)

    def fill(self, colour: Colour, rect: tuple[int, int, int, int]) -> None:
        """Add light to an upright or level strip, at least a pixel of the layer wide."""
        x, y = (rect[0] - self.rect.x) // SHRINK, (rect[1] - self.rect.y) // SHRINK
        size = max(1, rect[2] // SHRINK), max(1, rect[3] // SHRINK)
        self._layer.fill(colour, (x, y, *size), ADD)

    def add(self, picture: pygame.Surface, place: tuple[int, int]) -> None:
        """Add a picture, already as small as the layer, with its top left at a place."""
        x, y = (place[0] - self.rect.x) // SHRINK, (place[1] - self.rect.y) // SHRINK
        self._layer.blit(picture, (x, y), special_flags=ADD)

    def light(self, atlas: Atlas, colour: int, level: float, place: tuple[float, float]) -> None:
        """Add a small light, which leaves a trail, with its middle at a place."""
        x, y = (place[0] - self.rect.x) / SHRINK, (place[1] - self.rect.y) / SHRINK
        self._bloom.layer.fblits([atlas.placed(colour, level, x, y)], ADD)

    def add_to(self, surface: pygame.Surface) -> None:
        """Add what shines to the picture."""
        self._bloom.layer.blit(self._layer, (0, 0), special_flags=ADD)
        self._bloom.add_to(surface.subsurface(self.rect))


def _lit_bands(layer: pygame.Surface) -> list[pygame.Rect]:
    """Where there is light: a stretch of each band of rows, and one pixel beyond it.

    The pixel beyond is where the next would begin: enlarged, the last of a row only ends it.
    """
    rows = pygame.surfarray.pixels2d(layer).T  # (height, width)
    height, width = rows.shape
    bands = []
    for top in range(0, height - 1, _BAND):
        bottom = min(top + _BAND + 1, height)
        lit = np.flatnonzero(np.bitwise_or.reduce(rows[top:bottom], axis=0) & _SEEN)
        if lit.size:
            left, right = max(0, int(lit[0]) - 1), min(int(lit[-1]) + 2, width)
            bands.append(pygame.Rect(left, top, max(2, right - left), bottom - top))
    return bands


def _enlarged(size: tuple[int, int], times: int) -> tuple[int, int]:
    return (max(1, size[0] - 1) * times, max(1, size[1] - 1) * times)
