"""Camera: carried slowly about each scene, on a way of its own.

It keeps looking at the plane of the picture, as a camera on a crane keeps looking at a face: the
plane stays where it is, so keys and words stay under the finger and the eye, and lines a pixel wide
do not jitter. What lies at other depths moves past it, the nearer the further: the ground behind
it, which is the network out of focus, and dust in the air.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pygame

from visuals.backdrop import BORDER_PX, BackdropLayer
from visuals.drawing.sprites import BLEND_ADD, PlacedSprite, glow_atlas
from visuals.drawing.theme import KEYBOARD_RECT, PICTURE_SIZE_PX, Colour

DUST_MOTE_COUNT = 96
"""Grains of dust, on all depths together."""
DUST_PARALLAX_FACTORS = (0.35, 0.65, 1.0)
"""How far dust moves with the camera: the furthest first."""
SWAY_AMPLITUDE_PX = (46.0, 26.0)
"""Half the camera's way across and up, pixels of the nearest depth."""
SWAY_PERIODS_S = (64.0, 83.0)
"""Seconds of a sway across, and up, of the quickest scene."""
_DUST_COLOUR: Colour = (150, 168, 214)
_MAX_DUST_LEVEL = 0.24
_DUST_MARGIN_PX = 60


class Camera:
    """One scene's.

    Parameters
    ----------
    seed : int
        Another drift and other dust for each.
    """

    def __init__(self, seed: int) -> None:
        draw = np.random.default_rng(seed)
        self._periods = [period * draw.uniform(1.0, 1.5) for period in SWAY_PERIODS_S]
        self._phases = draw.uniform(0, math.tau, 2).tolist()
        area = PICTURE_SIZE_PX[0] + 2 * _DUST_MARGIN_PX, KEYBOARD_RECT.top - 60
        depth = draw.integers(0, len(DUST_PARALLAX_FACTORS), DUST_MOTE_COUNT)
        self._depth = np.array(DUST_PARALLAX_FACTORS)[depth]
        self._places = draw.uniform(
            (-_DUST_MARGIN_PX, -_DUST_MARGIN_PX),
            (area[0] - _DUST_MARGIN_PX, area[1]),
            (DUST_MOTE_COUNT, 2),
        )
        levels = (_MAX_DUST_LEVEL * draw.uniform(0.45, 1.0, DUST_MOTE_COUNT)).tolist()
        atlases = [
            glow_atlas(2.5 + 3.5 * depth, 0, 1.0, colours=(_DUST_COLOUR,))
            for depth in DUST_PARALLAX_FACTORS
        ]
        self._mote_sprites = [
            atlases[k].sprite(0, at) for k, at in zip(depth.tolist(), levels, strict=True)
        ]
        self._places -= [(mote.width / 2, mote.height / 2) for mote in self._mote_sprites]

    def offset(self, seconds: float) -> tuple[float, float]:
        """Where the camera is, pixels of the nearest depth."""
        across, up = (
            sway * math.sin(math.tau * seconds / period + phase)
            for sway, period, phase in zip(
                SWAY_AMPLITUDE_PX, self._periods, self._phases, strict=True
            )
        )
        return across, up

    def draw(
        self, picture: pygame.Surface, ground: Sequence[BackdropLayer], seconds: float
    ) -> None:
        """Add ground and dust, as the camera sees them, to a picture."""
        across, up = self.offset(seconds)
        for depth in ground:
            x, y = BORDER_PX + depth.parallax * across, BORDER_PX + depth.parallax * up
            picture.blit(depth.picture, (-round(x), -round(y)), special_flags=BLEND_ADD)
        picture.fblits(self.dust_sprites(seconds), BLEND_ADD)

    def dust_sprites(self, seconds: float) -> list[PlacedSprite]:
        """The dust as the camera sees it, to be added to the picture."""
        places = self._places - np.outer(self._depth, self.offset(seconds))
        return list(zip(self._mote_sprites, map(tuple, places.tolist()), strict=True))
