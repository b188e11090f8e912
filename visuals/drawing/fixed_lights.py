"""Fixed lights: sprites that keep their positions, found by one look-up for each level."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from visuals.drawing.sprites import BRIGHTNESS_STEPS, PlacedSprite, SpriteAtlas

_LEVEL_COUNT = BRIGHTNESS_STEPS + 1


class FixedLights:
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

    def sprites_at(
        self, lamps: NDArray[np.int64], levels: NDArray[np.float64]
    ) -> list[PlacedSprite]:
        """The sprites of some lights, by index, at their levels (0..1); dark ones are left out."""
        steps = np.clip(np.rint(levels * BRIGHTNESS_STEPS), 0, BRIGHTNESS_STEPS).astype(np.int64)
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
