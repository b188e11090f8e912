"""Folds: the faint relief of a cortex, lit from above, inside an outline.

Computed at half size from band-pass noise, whose zero lines meander as the furrows of a brain do.
"""

from __future__ import annotations

import numpy as np
import pygame
from numpy.typing import NDArray

Image = NDArray[np.float32]

FOLD_WAVELENGTH_PX = 29.0
"""Width of a fold and its furrow, pixels at half size."""
BASE_COLOUR = np.array([3.0, 4.2, 8.5], np.float32)
LIT_COLOUR = np.array([9.0, 12.0, 21.0], np.float32)
SHADE_COLOUR = np.array([3.0, 4.0, 7.0], np.float32)
FURROW_COLOUR = np.array([3.0, 5.0, 10.0], np.float32)


def render_folds(size: tuple[int, int], outlines: list[NDArray], seed: int = 11) -> Image:
    """The relief, to be added to a background.

    Parameters
    ----------
    size : tuple of int
        Width and height of the picture, pixels.
    outlines : list of ndarray, shape (n, 2)
        Where there is cortex.
    seed : int

    Returns
    -------
    ndarray of float32, shape (height, width, 3)
        In 8-bit steps of sRGB, 0 outside the outlines.
    """
    width, height = size[0] // 2, size[1] // 2
    mask, soft = _masks((width, height), outlines)
    noise = band_noise(width, height, FOLD_WAVELENGTH_PX, seed)
    down, across = np.gradient(noise)
    steepness = np.sqrt(across**2 + down**2) + 1e-4
    ridge = 1 - np.exp(-((noise / 0.55) ** 2))
    down, across = np.gradient(ridge)
    light = np.clip((0.55 * across + 0.83 * down) * 13, -1, 1)
    body = np.clip(2.2 * (soft - 0.5), 0, 1) * mask  # fades out towards the outline
    furrow = np.exp(-((noise / steepness / 0.75) ** 2))
    image = BASE_COLOUR + np.maximum(light, 0)[..., None] * LIT_COLOUR
    image -= np.maximum(-light, 0)[..., None] * SHADE_COLOUR
    image += furrow[..., None] * FURROW_COLOUR
    return _upscaled(image * body[..., None], size)


def band_noise(width: int, height: int, grain: float, seed: int, spread: float = 0.30) -> Image:
    """Noise of one wavelength and all directions, of standard deviation 1.

    Parameters
    ----------
    width, height : int
    grain : float
        Wavelength, pixels.
    seed : int
    spread : float
        Width of the band, as a share of its middle.
    """
    white = np.random.default_rng(seed).standard_normal((height, width), np.float32)
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    band = np.exp(-(((frequency * grain - 1) / spread) ** 2))
    noise = np.fft.irfft2(np.fft.rfft2(white) * band, (height, width)).astype(np.float32)
    return noise / noise.std()


def _masks(size: tuple[int, int], outlines: list[NDArray]) -> tuple[Image, Image]:
    """1 inside the outlines, sharp and softened, at half size."""
    sharp = pygame.Surface(size, depth=32)
    for outline in outlines:
        pygame.draw.polygon(sharp, (255, 255, 255), (outline / 2).tolist())
    small = pygame.transform.smoothscale(sharp, (size[0] // 12, size[1] // 12))
    soft = pygame.transform.smoothscale(small, size)
    return _grey(sharp), _grey(soft)


def _grey(surface: pygame.Surface) -> Image:
    return pygame.surfarray.pixels_green(surface).T.astype(np.float32) / 255


def _upscaled(image: Image, size: tuple[int, int]) -> Image:
    """Twice the size, bilinear, in float so that no steps show in so dark a picture."""
    for axis, length in ((0, size[1]), (1, size[0])):
        after = np.roll(image, -1, axis)
        wide = np.stack([image, 0.5 * (image + after)], axis=axis + 1)
        shape = list(image.shape)
        shape[axis] *= 2
        image = wide.reshape(shape)
        pad = length - shape[axis]
        if pad:
            image = np.concatenate([image, image.take([-1] * pad, axis)], axis)
    return image
