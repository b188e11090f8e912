"""Folds: the faint relief of a cortex, lit from above, inside an outline.

The relief comes from band-pass noise at half size, whose zero lines meander like a brain's furrows.
"""

from __future__ import annotations

import numpy as np
import pygame
from numpy.typing import NDArray

from visuals.scenes.base.band_noise import band_noise
from visuals.scenes.base.geometry import Floats

Image = NDArray[np.float32]

FOLD_WAVELENGTH_PX = 29.0  # width of a fold and its furrow, pixels at half size
_BANDWIDTH, _SEED = 0.30, 11
_BASE_COLOUR, _LIT_COLOUR, _SHADE_COLOUR, _FURROW_COLOUR = np.array(
    [(3.0, 4.2, 8.5), (9.0, 12.0, 21.0), (3.0, 4.0, 7.0), (3.0, 5.0, 10.0)], np.float32
)


def render_folds(size: tuple[int, int], outlines: list[Floats]) -> Image:
    """The relief inside some outlines, as light (height, width, 3) in 8-bit steps of sRGB."""
    width, height = size[0] // 2, size[1] // 2
    sharp, soft = _masks((width, height), outlines)
    noise = band_noise((height, width), FOLD_WAVELENGTH_PX, _BANDWIDTH, _SEED, np.float32)
    down, across = np.gradient(noise)
    steepness = np.sqrt(across**2 + down**2) + 1e-4
    ridge = 1 - np.exp(-((noise / 0.55) ** 2))
    down, across = np.gradient(ridge)
    light = np.clip((0.55 * across + 0.83 * down) * 13, -1, 1)
    furrow = np.exp(-((noise / steepness / 0.75) ** 2))
    image = _BASE_COLOUR + np.maximum(light, 0)[..., None] * _LIT_COLOUR
    image -= np.maximum(-light, 0)[..., None] * _SHADE_COLOUR
    image += furrow[..., None] * _FURROW_COLOUR
    inside = np.clip(2.2 * (soft - 0.5), 0, 1) * sharp  # fades out towards the outline
    return _upscaled(image * inside[..., None], size)


def _masks(size: tuple[int, int], outlines: list[Floats]) -> tuple[Image, Image]:
    """1 inside the outlines and 0 outside, with a sharp and with a soft edge, at half size."""
    sharp = pygame.Surface(size, depth=32)
    for outline in outlines:
        pygame.draw.polygon(sharp, (255, 255, 255), (outline / 2).tolist())
    small = pygame.transform.smoothscale(sharp, (size[0] // 12, size[1] // 12))
    return _grey(sharp), _grey(pygame.transform.smoothscale(small, size))


def _grey(surface: pygame.Surface) -> Image:
    return pygame.surfarray.pixels_green(surface).T.astype(np.float32) / 255


def _upscaled(image: Image, size: tuple[int, int]) -> Image:
    """The image at twice the size, bilinear, in float because 8 bits would show steps."""
    for axis, length in ((0, size[1]), (1, size[0])):
        between = 0.5 * (image + np.roll(image, -1, axis))
        wide = np.stack([image, between], axis=axis + 1)
        image = wide.reshape([side * (1 + (k == axis)) for k, side in enumerate(image.shape)])
        missing = length - image.shape[axis]
        image = np.concatenate([image, image.take([-1] * missing, axis)], axis)
    return image
