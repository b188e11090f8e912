"""Sprites: small pictures of light, made once and added to the frame many times."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pygame
from numpy.typing import NDArray

from visuals.drawing.theme import PITCH_COLOURS, Colour

ADD = pygame.BLEND_RGB_ADD
LEVELS = 16
"""Steps of brightness of an atlas, above dark."""

Placed = tuple[pygame.Surface, tuple[float, float]]
"""A sprite and the place of its top left: what `Surface.fblits` takes."""


def blank(size: tuple[int, int]) -> pygame.Surface:
    """A black surface in the one format all drawing uses; needs no window."""
    return pygame.Surface(size, 0, 32)


def surface_of(picture: NDArray[np.float32]) -> pygame.Surface:
    """A surface from an array (3, height, width) of 0..255, dithered to hide steps in dark glows.

    The dither is the same each time: white noise of one grey level.
    """
    grains = picture + _noise(picture.shape[1:]) * (picture > 0.02)
    red, green, blue = np.minimum(grains, 255, out=grains).astype(np.uint32)
    surface = blank((picture.shape[2], picture.shape[1]))
    pygame.surfarray.pixels2d(surface).T[...] = red << 16 | green << 8 | blue
    return surface


@cache
def _noise(shape: tuple[int, int]) -> NDArray[np.float32]:
    return np.random.default_rng(1).random(shape, dtype=np.float32)


class Atlas:
    """One shape of light in several colours and `LEVELS` brightnesses, each made when first used.

    Parameters
    ----------
    profile : ndarray of float32, shape (height, width)
        Brightness, 1 for the full colour.
    whiteness : ndarray of float32 of that shape, optional
        How much white is added at full level.
    colours : sequence of Colour
        The twelve pitch classes unless given.
    """

    def __init__(
        self,
        profile: NDArray[np.float32],
        whiteness: NDArray[np.float32] | None = None,
        colours: Sequence[Colour] = PITCH_COLOURS,
    ) -> None:
        self._profile = np.asarray(profile, np.float32)
        self._whiteness = None if whiteness is None else np.asarray(whiteness, np.float32)
        self._colours = tuple(colours)
        self._made: list[list[pygame.Surface | None]] = [[None] * (LEVELS + 1) for _ in colours]
        self.width, self.height = profile.shape[1], profile.shape[0]
        self._across, self._down = self.width / 2, self.height / 2

    def at(self, colour: int, level: float) -> pygame.Surface:
        """The sprite of colour number `colour` at the step nearest to `level` (0..1)."""
        step = int(level * LEVELS + 0.5)
        if not 0 <= step <= LEVELS:
            step = 0 if step < 0 else LEVELS
        return self._made[colour][step] or self._keep(colour, step)

    def placed(self, colour: int, level: float, x: float, y: float) -> Placed:
        """The sprite with its centre at a point, for `Surface.fblits`."""
        step = int(level * LEVELS + 0.5)  # as in `at`: this is done some hundred times a frame
        if not 0 <= step <= LEVELS:
            step = 0 if step < 0 else LEVELS
        sprite = self._made[colour][step] or self._keep(colour, step)
        return sprite, (x - self._across, y - self._down)

    def placed_each(self, colour: int, level: float, places: NDArray[np.floating]) -> list[Placed]:
        """The same sprite with its centre at each of several points, shape (n, 2)."""
        sprite = self.at(colour, level)
        corners = (places - (self._across, self._down)).tolist()
        return [(sprite, (x, y)) for x, y in corners]

    def _keep(self, colour: int, step: int) -> pygame.Surface:
        sprite = self._made[colour][step] = self._make(colour, step / LEVELS)
        return sprite

    def _make(self, colour: int, level: float) -> pygame.Surface:
        tint = np.asarray(self._colours[colour], np.float32)[:, None, None]
        picture = self._profile * (tint * np.float32(level))
        if self._whiteness is not None:
            picture += self._whiteness * ((255 - tint) * np.float32(level * level))
        return surface_of(picture)


def glow_atlas(
    radius: float,
    core: float = 0.0,
    halo: float = 1.0,
    power: float = 2.4,
    white: float = 0.0,
    colours: Sequence[Colour] = PITCH_COLOURS,
) -> Atlas:
    """Round lights.

    Parameters
    ----------
    radius, core : float
        Of the light and of the solid disc in its middle, pixels.
    halo : float
        Brightness of the light about the disc, which falls as (1 - distance / radius) ** power.
    white : float
        How white the middle is at full level, 0..1.
    """
    distance = _distance(radius)
    disc = np.clip(core - distance + 0.5, 0, 1) if core > 0 else np.zeros_like(distance)
    profile = np.clip(disc + halo * np.clip(1 - distance / radius, 0, 1) ** power, 0, 1.5)
    return Atlas(profile, np.clip(profile - 0.5, 0, 1) * white, colours)


def ring_atlas(
    radius: float, thickness: float = 1.5, colours: Sequence[Colour] = PITCH_COLOURS
) -> Atlas:
    """Thin rings of a radius and thickness in pixels."""
    distance = _distance(radius + thickness + 1)
    return Atlas(
        np.clip(thickness / 2 - np.abs(distance - radius) + 0.5, 0, 1), None, colours=colours
    )


def _distance(radius: float) -> NDArray[np.float32]:
    reach = int(np.ceil(radius))
    y, x = np.mgrid[-reach:reach, -reach:reach].astype(np.float32) + 0.5
    return np.hypot(x, y)
