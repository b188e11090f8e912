from __future__ import annotations

import pygame

from messages.clock import SECOND
from visuals.drawing.theme import PICTURE_SIZE_PX, PITCH_COLOURS, TEXT_COLOUR
from visuals.hud.test_picture import TestPicture


def drawn(time: int = 0) -> pygame.Surface:
    surface = pygame.Surface(PICTURE_SIZE_PX, 0, 32)
    TestPicture().draw(surface, time)
    return surface


def test_it_shows_the_edges_and_every_colour():
    surface = drawn()
    assert surface.get_at((0, 0))[:3] == surface.get_at((1919, 1079))[:3] == TEXT_COLOUR
    shown = [surface.get_at((300 + 120 * number, 450))[:3] for number in range(12)]
    assert shown == list(PITCH_COLOURS)


def test_it_moves():
    first, later = drawn(), drawn(SECOND)
    assert pygame.image.tobytes(first, "RGB") != pygame.image.tobytes(later, "RGB")
