"""Sprites: small pictures of light, rendered once and added to frames many times."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cache, lru_cache
from threading import Lock
from weakref import WeakSet

import numpy as np
import pygame
from numpy.typing import NDArray

from visuals.drawing.theme import PITCH_COLOURS, Colour

BLEND_ADD = pygame.BLEND_RGB_ADD
BRIGHTNESS_STEPS = 16  # number of brightness steps of an atlas, above dark
MIN_SPRITE_LEVEL = 0.5 / BRIGHTNESS_STEPS  # level of the least sprite that is not dark

MAX_SPRITE_BYTES = 40_000_000
"""Bytes that the sprites of all atlases may hold; all sprites of all scenes would be 130 MB."""
MAX_SHARED_ATLASES = 96  # glow or ring atlases kept; the scenes and lessons use about half as many

PlacedSprite = tuple[pygame.Surface, tuple[float, float]]
"""A sprite and the position of its top left, as `Surface.fblits` takes them."""
_LEVEL_COUNT = BRIGHTNESS_STEPS + 1


def blank_surface(size: tuple[int, int]) -> pygame.Surface:
    """A black surface in the format of all drawing, 32 bits; needs no window.

    Parameters
    ----------
    size : (int, int)
        Pixels.

    Returns
    -------
    Surface
    """
    return pygame.Surface(size, 0, 32)


def dithered_surface(picture: NDArray[np.float32]) -> pygame.Surface:
    """A surface of an array (3, height, width), dithered by constant noise of one grey level."""
    grains = picture + _noise(picture.shape[1:]) * (picture > 0.02)
    red, green, blue = np.minimum(grains, 255, out=grains).astype(np.uint32)
    surface = blank_surface((picture.shape[2], picture.shape[1]))
    pygame.surfarray.pixels2d(surface).T[...] = red << 16 | green << 8 | blue
    return surface


@cache
def _noise(shape: tuple[int, int]) -> NDArray[np.float32]:
    return np.random.default_rng(1).random(shape, dtype=np.float32)


class SpriteHolder(ABC):
    """Holds rendered sprites, and lets those go that are not in use any more."""

    @abstractmethod
    def begin_generation(self) -> None:
        """Drop the sprites that were not used since the last generation began."""


class SpriteBudget:
    """Bound on the bytes of all sprites; those that are not in use any more are dropped.

    Sprites are in two generations. One that is used enters the young generation; when that holds
    half of the bytes, it becomes the old one, and what only the old one held is dropped. All
    methods are for any thread.

    Parameters
    ----------
    max_bytes : int
    """

    def __init__(self, max_bytes: int = MAX_SPRITE_BYTES) -> None:
        self._max_young_bytes, self._young_bytes = max_bytes // 2, 0
        self._holders: WeakSet[SpriteHolder] = WeakSet()
        self._lock = Lock()

    def register(self, holder: SpriteHolder) -> None:
        """Have the holder begin a generation with all others, as long as it lives."""
        with self._lock:
            self._holders.add(holder)

    def spend(self, byte_count: int) -> None:
        """Count a sprite that entered the young generation; begin the next one if it is full."""
        with self._lock:
            self._young_bytes += byte_count
            if self._young_bytes > self._max_young_bytes:
                self._young_bytes = 0
                for holder in self._holders:
                    holder.begin_generation()


@cache
def shared_budget() -> SpriteBudget:
    """The budget of all atlases of the process."""
    return SpriteBudget()


class SpriteAtlas(SpriteHolder):
    """One shape of light in several colours and brightnesses, each rendered at its first use.

    Parameters
    ----------
    profile : ndarray of float32, shape (height, width)
        Brightness; 1 for the full colour.
    whiteness : ndarray of float32, shape (height, width), optional
        Share of white at full brightness.
    colours : sequence of Colour
        Colours of the twelve pitch classes by default.
    budget : SpriteBudget, optional
        Shared by all atlases by default.

    Attributes
    ----------
    width, height : int
        Size of each sprite, pixels.
    budget : SpriteBudget
    """

    def __init__(
        self,
        profile: NDArray[np.float32],
        whiteness: NDArray[np.float32] | None = None,
        colours: Sequence[Colour] = PITCH_COLOURS,
        budget: SpriteBudget | None = None,
    ) -> None:
        self._profile = np.asarray(profile, np.float32)
        self._whiteness = None if whiteness is None else np.asarray(whiteness, np.float32)
        self._colours = tuple(colours)
        self._sprites = self._old_sprites = self._no_sprites()
        self.width, self.height = profile.shape[1], profile.shape[0]
        self._half_width, self._half_height = self.width / 2, self.height / 2
        self.budget = budget or shared_budget()
        self.budget.register(self)

    def begin_generation(self) -> None:
        self._old_sprites, self._sprites = self._sprites, self._no_sprites()

    def sprite(self, colour: int, level: float) -> pygame.Surface:
        """The sprite of a colour index at the step nearest to `level` (0..1)."""
        step = int(level * BRIGHTNESS_STEPS + 0.5)
        if not 0 <= step <= BRIGHTNESS_STEPS:
            step = 0 if step < 0 else BRIGHTNESS_STEPS
        return self._sprites[colour][step] or self._find_or_make(colour, step)

    def sprite_centred_at(self, colour: int, level: float, x: float, y: float) -> PlacedSprite:
        """The sprite centred at a point, for `Surface.fblits`."""
        step = int(level * BRIGHTNESS_STEPS + 0.5)  # inlined: hundreds of calls in each frame
        if not 0 <= step <= BRIGHTNESS_STEPS:
            step = 0 if step < 0 else BRIGHTNESS_STEPS
        sprite = self._sprites[colour][step] or self._find_or_make(colour, step)
        return sprite, (x - self._half_width, y - self._half_height)

    def sprites_centred_at(
        self, colour: int, level: float, places: NDArray[np.floating]
    ) -> list[PlacedSprite]:
        """The sprite centred at each of several points, shape (n, 2), for `Surface.fblits`."""
        sprite = self.sprite(colour, level)
        corners = (places - (self._half_width, self._half_height)).tolist()
        return [(sprite, (x, y)) for x, y in corners]

    def _find_or_make(self, colour: int, step: int) -> pygame.Surface:
        sprite = self._old_sprites[colour][step]
        if sprite is None:
            sprite = self._make(colour, step / BRIGHTNESS_STEPS)
        self._sprites[colour][step] = sprite
        self.budget.spend(4 * self.width * self.height)
        return sprite

    def _no_sprites(self) -> list[list[pygame.Surface | None]]:
        return [[None] * (BRIGHTNESS_STEPS + 1) for _ in self._colours]

    def _make(self, colour: int, level: float) -> pygame.Surface:
        tint = np.asarray(self._colours[colour], np.float32)[:, None, None]
        picture = self._profile * (tint * np.float32(level))
        if self._whiteness is not None:
            picture += self._whiteness * ((255 - tint) * np.float32(level * level))
        return dithered_surface(picture)


@lru_cache(MAX_SHARED_ATLASES)
def glow_atlas(
    radius: float,
    core: float = 0.0,
    halo: float = 1.0,
    power: float = 2.4,
    white: float = 0.0,
    colours: tuple[Colour, ...] = PITCH_COLOURS,
) -> SpriteAtlas:
    """Atlas of round glows; equal arguments give the same atlas, shared by all scenes.

    Parameters
    ----------
    radius, core : float
        Radii of the glow and of the solid disc at its centre, pixels.
    halo : float
        Brightness of the glow around the disc.
    power : float
        Exponent of the glow's fall: (1 - distance / radius) ** power.
    white : float
        Share of white at the centre of the brightest sprite, 0..1.
    colours : tuple of Colour

    Returns
    -------
    SpriteAtlas
    """
    distance = _centre_distances(radius)
    disc = np.clip(core - distance + 0.5, 0, 1) if core > 0 else np.zeros_like(distance)
    profile = np.clip(disc + halo * np.clip(1 - distance / radius, 0, 1) ** power, 0, 1.5)
    return SpriteAtlas(profile, np.clip(profile - 0.5, 0, 1) * white, colours)


@lru_cache(MAX_SHARED_ATLASES)
def ring_atlas(
    radius: float, thickness: float = 1.5, colours: tuple[Colour, ...] = PITCH_COLOURS
) -> SpriteAtlas:
    """Atlas of thin rings, radius and thickness in pixels; shared as in `glow_atlas`.

    Parameters
    ----------
    radius, thickness : float
        Pixels.
    colours : tuple of Colour

    Returns
    -------
    SpriteAtlas
    """
    distance = _centre_distances(radius + thickness + 1)
    profile = np.clip(thickness / 2 - np.abs(distance - radius) + 0.5, 0, 1)
    return SpriteAtlas(profile, None, colours)


def _centre_distances(radius: float) -> NDArray[np.float32]:
    reach = int(np.ceil(radius))
    y, x = np.mgrid[-reach:reach, -reach:reach].astype(np.float32) + 0.5
    return np.hypot(x, y)


class FixedLights(SpriteHolder):
    """One light at each position.

    Parameters
    ----------
    atlases : sequence of SpriteAtlas
        Shape of each light.
    colours : sequence of int
        Colour index of each light in its atlas.
    places : ndarray, shape (lights, 2)
        Centres, pixels.
    """

    def __init__(
        self, atlases: Sequence[SpriteAtlas], colours: Sequence[int], places: NDArray[np.float64]
    ) -> None:
        self._atlases, self._colours = list(atlases), list(colours)
        self._places = places.tolist()
        self._sprite_cache: dict[int, PlacedSprite] = {}
        for budget in {atlas.budget for atlas in self._atlases}:
            budget.register(self)

    def begin_generation(self) -> None:
        self._sprite_cache = {}  # which would keep those that an atlas drops

    def sprites_at(
        self, lamps: NDArray[np.int64], levels: NDArray[np.float64]
    ) -> list[PlacedSprite]:
        """The sprites of some lights, by index, at their levels (0..1); dark ones are left out."""
        steps = np.rint(levels * BRIGHTNESS_STEPS).astype(np.int64)
        np.minimum(steps, BRIGHTNESS_STEPS, out=steps)
        keys = (lamps * _LEVEL_COUNT + steps)[steps > 0].tolist()
        made = self._sprite_cache
        return [made.get(key) or self._build_sprite(key) for key in keys]

    def _build_sprite(self, key: int) -> PlacedSprite:
        lamp, step = divmod(key, _LEVEL_COUNT)
        x, y = self._places[lamp]
        placed = self._atlases[lamp].sprite_centred_at(
            self._colours[lamp], step / BRIGHTNESS_STEPS, x, y
        )
        self._sprite_cache[key] = placed
        return placed
