"""Splash: what the window shows until the first scene is built."""

from __future__ import annotations

import pygame

from visuals.drawing.sprites import BLEND_ADD, blank_surface, glow_atlas
from visuals.drawing.theme import BACKGROUND_COLOUR, FIFTHS, PICTURE_SIZE_PX
from visuals.drawing.typography import TextStyle, Typesetter

PRODUCT_NAME = "HIDDEN STATE"
_LIGHT_SPACING_PX, _LIGHTS_DROP_PX = 56, 130


def splash_picture(size: tuple[int, int] = PICTURE_SIZE_PX) -> pygame.Surface:
    """The name of the piece over a row of twelve lights, one for each pitch class.

    Parameters
    ----------
    size : (int, int), optional
        Width and height, pixels.

    Returns
    -------
    Surface
    """
    surface = blank_surface(size)
    surface.fill(BACKGROUND_COLOUR)
    x, y = surface.get_rect().center
    scale = min(1.0, size[0] / PICTURE_SIZE_PX[0])
    name = TextStyle(round(96 * scale), "jost-200", 34.0 * scale)
    Typesetter().draw_text(surface, PRODUCT_NAME, (x, y - 110), name, "centre")
    light = glow_atlas(38, core=7, halo=0.7, white=0.5)
    for place, tone in enumerate(FIFTHS):
        offset = (place - (len(FIFTHS) - 1) / 2) * _LIGHT_SPACING_PX
        sprite = light.sprite_centred_at(tone, 0.8, x + offset, y + _LIGHTS_DROP_PX)
        surface.fblits([sprite], BLEND_ADD)
    return surface
