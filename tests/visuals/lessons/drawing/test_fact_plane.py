from __future__ import annotations

import pygame
import pytest

from visuals.lessons.drawing.fact_plane import FactPlane

RECT = pygame.Rect(100, 100, 200, 200)


def test_facts_are_mapped_to_the_frame_with_y_up():
    plane = FactPlane(RECT, -1.0, 1.0)
    assert plane.to_picture(-1.0, -1.0) == RECT.bottomleft
    assert plane.to_picture(1.0, 1.0) == RECT.topright


def test_only_the_positive_side_is_tinted(renderer):
    FactPlane(RECT, -1.0, 1.0).draw_positive_side(renderer, 1.0, 0.0, 0.0, 0.5)
    assert renderer.surface.get_at((150, 200))[:3] == (0, 0, 0)
    assert sum(renderer.surface.get_at((250, 200))[:3]) > 0


@pytest.mark.parametrize(("bias", "drawn"), [(0.0, True), (3.0, False)])
def test_a_border_is_drawn_where_it_crosses_the_plane(renderer, bias, drawn):
    FactPlane(RECT, -1.0, 1.0).draw_border(renderer, 1.0, 0.0, bias, 1.0)
    assert (sum(renderer.surface.get_at((200, 150))[:3]) > 0) is drawn


def test_a_border_through_a_corner_is_drawn(renderer):
    FactPlane(RECT, 0.0, 1.0).draw_border(renderer, 1.0, -1.0, 0.0, 1.0)
    assert sum(renderer.surface.get_at((200, 200))[:3]) > 0
