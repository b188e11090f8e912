"""Camera: slow parallax of backdrop and dust; the plane of the picture stays.

Keys and words keep their place under fingers and eyes, and lines one pixel wide do not jitter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pygame

from visuals.drawing.backdrop import BORDER_PX, BackdropLayer
from visuals.drawing.sprites import BLEND_ADD, PlacedSprite, glow_atlas
from visuals.drawing.theme import KEYBOARD_RECT, PICTURE_SIZE_PX, Colour

DUST_MOTE_COUNT = 96  # number of dust motes at all depths together
DUST_PARALLAX_FACTORS = (0.35, 0.65, 1.0)
"""Movement of dust per movement of the camera, the most distant depth first."""
SWAY_AMPLITUDE_PX = (46.0, 26.0)
"""Amplitudes of the camera across and up, pixels at the nearest depth."""
SWAY_PERIODS_S = (64.0, 83.0)  # shortest periods of the camera's movement across and up, seconds
_DUST_COLOUR: Colour = (150, 168, 214)
_MAX_DUST_LEVEL = 0.24
_DUST_MARGIN_PX = 60


class Camera:
    """The camera of one scene.

    Parameters
    ----------
    seed : int
        Seed of its movement and its dust.
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
        """Position of the camera across and up, pixels at the nearest depth."""
        across, up = (
            sway * math.sin(math.tau * seconds / period + phase)
            for sway, period, phase in zip(
                SWAY_AMPLITUDE_PX, self._periods, self._phases, strict=True
            )
        )
        return across, up

    def draw(
        self, picture: pygame.Surface, layers: Sequence[BackdropLayer], seconds: float
    ) -> None:
        """Add backdrop and dust, as the camera sees them at a time, to a picture."""
        across, up = self.offset(seconds)
        for layer in layers:
            x, y = BORDER_PX + layer.parallax * across, BORDER_PX + layer.parallax * up
            picture.blit(layer.picture, (-round(x), -round(y)), special_flags=BLEND_ADD)
        picture.fblits(self.dust_sprites(seconds), BLEND_ADD)

    def dust_sprites(self, seconds: float) -> list[PlacedSprite]:
        """The dust as the camera sees it at a time, for `Surface.fblits`."""
        places = self._places - np.outer(self._depth, self.offset(seconds))
        return list(zip(self._mote_sprites, map(tuple, places.tolist()), strict=True))
