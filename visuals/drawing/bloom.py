"""Bloom: a glow layer of a quarter of the picture's size, blurred and added to the picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pygame
from numpy.typing import ArrayLike, NDArray

from visuals.drawing.line_renderer import LineBatch, LineRenderer
from visuals.drawing.sprites import BLEND_ADD, PlacedSprite, SpriteAtlas, blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX, Colour

DOWNSCALE_FACTOR = 4  # logical pixels per pixel of the glow layer, along each side
_CENTRE_SHIFT_PX = (DOWNSCALE_FACTOR - 1) / 2
"""Distance of the centres of the first pixels of the picture and of the layer, pixels."""
_SHARP_LEVEL = 128
"""Weight of the layer itself in the narrow blur, 0..255: the first level of the pyramid alone has
steps of eight pixels along a thin line."""
_PYRAMID_LEVELS = 3
_BAND_ROWS = 12
"""Rows of the glow layer that are enlarged at once, so the result fits into the processor cache."""
_MAX_REACH_PX = 160  # largest distance of a blurred square's light from its centre, pixels
_VISIBLE_LIGHT_MASK = np.uint32(0xFEFEFE)  # mask of a pixel's light without the lowest grey level


class Bloom:
    """A glow layer with trails.

    For each frame, call `fade`, draw on `layer`, and call `add_to`. The blur is a pyramid of smooth
    scalings. `smoothscale` puts the last source pixel at the end of the target, so n pixels become
    as wide as n + 1; targets are therefore smaller by one. The remaining shift is measured once and
    corrected.

    Parameters
    ----------
    size : (int, int)
        Size of the pictures, pixels.

    Attributes
    ----------
    layer : Surface
        Positions are those of the picture divided by `DOWNSCALE_FACTOR`. It is a little larger than
        the picture, so that each level of the pyramid is exactly half of the one before.
    """

    def __init__(self, size: tuple[int, int] = PICTURE_SIZE_PX) -> None:
        self._size = size
        self.layer = blank_surface(tuple(_halvable(side // DOWNSCALE_FACTOR) for side in size))
        width, height = self.layer.get_size()
        self._pyramid = [
            blank_surface((width >> k, height >> k)) for k in range(_PYRAMID_LEVELS + 1)
        ]
        self._near_blur = blank_surface(self._pyramid[1].get_size())
        self._sharp = blank_surface(self.layer.get_size())
        self._enlarged_levels = [
            blank_surface(_enlarged_size(step.get_size(), 2)) for step in self._pyramid
        ]
        self._enlarged_band = blank_surface(
            _enlarged_size((width, _BAND_ROWS + 1), DOWNSCALE_FACTOR)
        )
        self._offset = self._wide_offset = (0, 0)
        self._correct_drift()

    def fade(self, keep: int = 150) -> None:
        """Dim the layer to `keep` 255ths; repeated calls reach black."""
        self.layer.fill((keep, keep, keep), special_flags=pygame.BLEND_RGB_MULT)
        # multiplication alone stops at 1 to 4
        self.layer.fill((1, 1, 1), special_flags=pygame.BLEND_RGB_SUB)

    def add_to(self, surface: pygame.Surface, near: int = 255, wide: int = 200) -> None:
        """Add the blurred layer to a picture, the narrow and the wide blur by weights of 0..255."""
        steps, scale = self._pyramid, pygame.transform.smoothscale
        scale(self.layer, steps[1].get_size(), steps[1])
        for k in range(2, len(steps)):
            scale(steps[k - 1], steps[k].get_size(), steps[k])
        self._near_blur.blit(steps[1], (0, 0))
        for k in range(len(steps) - 1, 1, -1):
            self._enlarge(steps[k], k, steps[k - 1])
        steps[1].fill((wide, wide, wide), special_flags=pygame.BLEND_RGB_MULT)
        sharp = near * _SHARP_LEVEL // 255
        blurred = (near - sharp,) * 3
        self._near_blur.fill(blurred, special_flags=pygame.BLEND_RGB_MULT)
        self._near_blur.blit(steps[1], self._wide_offset, special_flags=BLEND_ADD)
        self._enlarge(self._near_blur, 1, steps[0])
        self._sharp.blit(self.layer, (0, 0))
        self._sharp.fill((sharp, sharp, sharp), special_flags=pygame.BLEND_RGB_MULT)
        steps[0].blit(self._sharp, (0, 0), special_flags=BLEND_ADD)
        left, top = self._offset
        for lit in _lit_bands(steps[0]):
            size = _enlarged_size(lit.size, DOWNSCALE_FACTOR)
            large = self._enlarged_band.subsurface((0, 0), size)
            scale(steps[0].subsurface(lit), size, large)
            place = lit.x * DOWNSCALE_FACTOR + left, lit.y * DOWNSCALE_FACTOR + top
            surface.blit(large, place, special_flags=BLEND_ADD)

    def _enlarge(self, source: pygame.Surface, step: int, target: pygame.Surface) -> None:
        larger = self._enlarged_levels[step]
        pygame.transform.smoothscale(source, larger.get_size(), larger)
        target.fill((0, 0, 0))
        target.blit(larger, (step % 2, step % 2))  # a shift of half a pixel: alternately 0 and 1

    def _correct_drift(self) -> None:
        (near_x, near_y), (wide_x, wide_y) = (
            self._measure_drift(*weights) for weights in ((255, 0), (0, 255))
        )
        unit = DOWNSCALE_FACTOR * 2
        self._wide_offset = -round((wide_x - near_x) / unit), -round((wide_y - near_y) / unit)
        x, y = self._measure_drift(255, 200)  # the remaining drift of both together
        self._offset = (-round(x), -round(y))

    def _measure_drift(self, near: int, wide: int) -> tuple[float, float]:
        """Shift of the centroid of a central square by the blur, pixels."""
        width, height = self.layer.get_size()
        self.layer.fill((0, 0, 0))
        self.layer.fill((255, 255, 255), (width // 2 - 4, height // 2 - 4, 8, 8))
        picture = blank_surface(self._size)
        self.add_to(picture, near, wide)
        self.layer.fill((0, 0, 0))
        middle = pygame.Rect(width // 2 * DOWNSCALE_FACTOR, height // 2 * DOWNSCALE_FACTOR, 0, 0)
        lit = middle.inflate(2 * _MAX_REACH_PX, 2 * _MAX_REACH_PX).clip(picture.get_rect())
        light = pygame.surfarray.array_red(picture.subsurface(lit)).astype(np.float64)
        x = lit.x + light.sum(axis=1) @ np.arange(lit.width) / light.sum()
        y = lit.y + light.sum(axis=0) @ np.arange(lit.height) / light.sum()
        return x - (width // 2 * DOWNSCALE_FACTOR - 0.5), y - (height // 2 * DOWNSCALE_FACTOR - 0.5)


class GlowLayer:
    """A glow that is redrawn for each frame, and its bloom with trails.

    Positions are those of the picture.

    Parameters
    ----------
    rect : Rect
        The part of the picture that may glow; the blur's cost grows with its area.

    Raises
    ------
    ValueError
        If a side is no multiple of `DOWNSCALE_FACTOR`.
    """

    def __init__(self, rect: pygame.Rect) -> None:
        self.rect = pygame.Rect(rect)
        if any(side % DOWNSCALE_FACTOR for side in self.rect):
            raise ValueError(f"a glow lies on multiples of {DOWNSCALE_FACTOR}, not at {self.rect}")
        self._bloom = Bloom(self.rect.size)
        self._layer = blank_surface(self._bloom.layer.get_size())

    def begin_frame(self, keep: int = 150) -> None:
        """Clear the layer, and dim the trails to `keep` 255ths."""
        self._bloom.fade(keep)
        self._layer.fill((0, 0, 0))

    def to_layer_points(self, points: ArrayLike) -> NDArray[np.float32]:
        """Points of the picture, shape (n, 2), in pixels of the layer, as `draw_batch` needs."""
        corner = np.array(self.rect.topleft) + _CENTRE_SHIFT_PX
        return ((np.asarray(points) - corner) / DOWNSCALE_FACTOR).astype(np.float32)

    def _to_layer(self, place: Sequence[float]) -> tuple[float, float]:
        left, top = self.rect.topleft
        return (place[0] - left) / DOWNSCALE_FACTOR, (place[1] - top) / DOWNSCALE_FACTOR

    def draw_batch(self, strokes: LineRenderer, batch: LineBatch) -> None:
        """Draw glowing lines given in pixels of the layer."""
        strokes.draw_batch(self._layer, batch)

    def draw_segments(
        self,
        strokes: LineRenderer,
        start: NDArray[np.float32],
        end: NDArray[np.float32],
        colour: ArrayLike,
        level: ArrayLike,
    ) -> None:
        """Draw glowing segments, as in `LineRenderer.draw_segments`."""
        strokes.draw_segments(
            self._layer, self.to_layer_points(start), self.to_layer_points(end), colour, level
        )

    def add_rect(self, colour: Colour, rect: tuple[int, int, int, int]) -> None:
        """Add a glowing rectangle, at least one pixel of the layer wide and high."""
        x, y = self._to_layer(rect[:2])
        size = max(1, rect[2] // DOWNSCALE_FACTOR), max(1, rect[3] // DOWNSCALE_FACTOR)
        self._layer.fill(colour, (math.floor(x), math.floor(y), *size), BLEND_ADD)

    def add_picture(self, picture: pygame.Surface, place: tuple[int, int]) -> None:
        """Add a picture of the layer's scale with its top left at a position."""
        x, y = self._to_layer(place)
        self._layer.blit(picture, (math.floor(x), math.floor(y)), special_flags=BLEND_ADD)

    def add_light(
        self, atlas: SpriteAtlas, colour: int, level: float, place: tuple[float, float]
    ) -> None:
        """Add a sprite with a trail, centred at a position."""
        x, y = self._to_layer(place)
        self._bloom.layer.fblits([atlas.sprite_centred_at(colour, level, x, y)], BLEND_ADD)

    def add_sprites(self, sprites: list[PlacedSprite]) -> None:
        """Add sprites with trails, placed in pixels of the layer."""
        self._bloom.layer.fblits(sprites, BLEND_ADD)

    def add_to(self, surface: pygame.Surface) -> None:
        """Add the glow to the picture."""
        self._bloom.layer.blit(self._layer, (0, 0), special_flags=BLEND_ADD)
        self._bloom.add_to(surface.subsurface(self.rect))


def _lit_bands(layer: pygame.Surface) -> list[pygame.Rect]:
    """The lit stretch of each band of rows, with one more pixel on each side.

    The next stretch would start at the pixel beyond: `smoothscale` only interpolates towards it.
    """
    rows = pygame.surfarray.pixels2d(layer).T  # (height, width)
    height, width = rows.shape
    bands = []
    for top in range(0, height - 1, _BAND_ROWS):
        bottom = min(top + _BAND_ROWS + 1, height)
        lit = np.flatnonzero(np.bitwise_or.reduce(rows[top:bottom], axis=0) & _VISIBLE_LIGHT_MASK)
        if lit.size:
            left, right = max(0, int(lit[0]) - 1), min(int(lit[-1]) + 2, width)
            bands.append(pygame.Rect(left, top, max(2, right - left), bottom - top))
    return bands


def _halvable(side: int) -> int:
    """The next number that can be halved for each level of the pyramid."""
    return -(-side >> _PYRAMID_LEVELS) << _PYRAMID_LEVELS


def _enlarged_size(size: tuple[int, int], times: int) -> tuple[int, int]:
    return (max(1, size[0] - 1) * times, max(1, size[1] - 1) * times)
