"""Splash: what the window shows until the first scene is built."""

from __future__ import annotations

import pygame

from visuals.drawing.sprites import BLEND_ADD, blank_surface, glow_atlas
from visuals.drawing.theme import BACKGROUND_COLOUR, FIFTHS, PICTURE_SIZE_PX
from visuals.drawing.typography import TextStyle, Typesetter

PRODUCT_NAME = "HIDDEN STATE"
_LIGHT_SPACING_PX, _LIGHTS_DROP_PX = 56, 130


def splash_picture() -> pygame.Surface:
    """The name of the piece over a row of twelve lights, one for each pitch class.

    Returns
    -------
    Surface
        1920 by 1080 pixels.
    """
    surface = blank_surface(PICTURE_SIZE_PX)
    surface.fill(BACKGROUND_COLOUR)
    x, y = surface.get_rect().center
    name = TextStyle(96, "jost-200", 34.0)
    Typesetter().draw_text(surface, PRODUCT_NAME, (x, y - 110), name, "centre")
    light = glow_atlas(38, core=7, halo=0.7, white=0.5)
    for place, tone in enumerate(FIFTHS):
        offset = (place - (len(FIFTHS) - 1) / 2) * _LIGHT_SPACING_PX
        sprite = light.sprite_centred_at(tone, 0.8, x + offset, y + _LIGHTS_DROP_PX)
        surface.fblits([sprite], BLEND_ADD)
    return surface
