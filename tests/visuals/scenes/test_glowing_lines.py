from __future__ import annotations

import numpy as np
import pygame

from visuals.drawing.bloom import GlowLayer
from visuals.drawing.line_renderer import LineRenderer
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.scenes.glowing_lines import GlowingLines

LINE = np.array([[(700.0, 440.0), (800.0, 440.0), (900.0, 440.0)]])


def light_at(surface: pygame.Surface, y: int) -> int:
    return sum(surface.get_at((800, y))[:3])


def drawn(glow_level: float) -> pygame.Surface:
    surface, layer = blank_surface(PICTURE_SIZE_PX), GlowLayer(pygame.Rect(400, 200, 800, 480))
    layer.begin_frame()
    strokes = GlowingLines(LineRenderer([(200, 200, 200)]), layer)
    strokes.add(LINE, 0, 1.0, glow_level, stride=2)
    strokes.draw(surface)
    layer.add_to(surface)
    return surface


def test_a_line_glows_around_itself():
    dark, glowing = drawn(0.0), drawn(1.0)
    assert light_at(dark, 440) == 600
    assert light_at(dark, 448) == 0
    assert light_at(glowing, 448) > 20
    assert light_at(glowing, 600) == 0
