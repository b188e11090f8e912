from __future__ import annotations

import pygame
import pytest

from messages.clock import SECOND
from visuals.drawing.picture_layout import LAYOUTS
from visuals.drawing.theme import PICTURE_SIZE_PX, PITCH_COLOURS, TEXT_COLOUR
from visuals.hud.test_picture import TestPicture


def drawn(time: int = 0, size: tuple[int, int] = PICTURE_SIZE_PX) -> pygame.Surface:
    surface = pygame.Surface(size, 0, 32)
    TestPicture().draw(surface, time)
    return surface


def test_it_shows_the_edges_and_every_colour():
    surface = drawn()
    assert surface.get_at((0, 0))[:3] == surface.get_at((1919, 1079))[:3] == TEXT_COLOUR
    shown = [surface.get_at((300 + 120 * number, 450))[:3] for number in range(12)]
    assert shown == list(PITCH_COLOURS)


@pytest.mark.parametrize("size", [layout.size for layout in LAYOUTS])
def test_every_layout_shows_all_colours_and_greys_between_its_edges(size):
    surface, (width, height) = drawn(size=size), size
    row = [surface.get_at((x, height // 2 - 90))[:3] for x in range(width)]
    widths = [row.count(colour) for colour in PITCH_COLOURS]
    assert len(set(widths)) == 1 and widths[0] >= 60
    greys = {surface.get_at((x, height // 2 + 90))[:3] for x in range(width)}
    assert (255, 255, 255) in greys and (0, 0, 0) in greys
    for x in (0, width - 1):
        assert surface.get_at((x, height // 2))[:3] == TEXT_COLOUR


def test_it_moves():
    first, later = drawn(), drawn(SECOND)
    assert pygame.image.tobytes(first, "RGB") != pygame.image.tobytes(later, "RGB")
