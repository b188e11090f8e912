"""Picture layouts: which window has which, and that all parts lie inside the picture."""

from __future__ import annotations

import pygame
import pytest

from visuals.drawing.picture_layout import CLASSIC, LANDSCAPE, LAYOUTS, PORTRAIT, choose_layout


@pytest.mark.parametrize(
    ("window", "layout"),
    [
        ((1280, 720), LANDSCAPE),
        ((3840, 2160), LANDSCAPE),
        ((5120, 1440), LANDSCAPE),
        ((800, 600), CLASSIC),
        ((1280, 1024), CLASSIC),
        ((1080, 1920), PORTRAIT),
        ((600, 800), PORTRAIT),
        ((1, 1), CLASSIC),
    ],
)
def test_a_window_has_the_layout_of_the_nearest_shape(window, layout):
    assert choose_layout(window) is layout


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_all_parts_lie_inside_the_picture(layout):
    picture = pygame.Rect((0, 0), layout.size)
    parts = [layout.keyboard.rect, layout.languages, layout.lesson_rect, *layout.rects.values()]
    assert all(picture.contains(part) for part in parts)


def test_landscape_moves_nothing():
    rect = pygame.Rect(61, 143, 1801, 849)
    assert LANDSCAPE.rect(rect) == LANDSCAPE.glow_rect(rect) == rect
    assert LANDSCAPE.point((3.5, 7.25)) == (3.5, 7.25)


@pytest.mark.parametrize("layout", [CLASSIC, PORTRAIT], ids=lambda layout: layout.name)
def test_an_area_that_glows_lies_around_its_place_on_a_grid_inside_the_picture(layout):
    glow = layout.glow_rect(pygame.Rect(64, 144, 1792, 848))
    moved = layout.rect(pygame.Rect(64, 144, 1792, 848))
    assert all(side % 16 == 0 for side in glow)
    assert glow.contains(moved.clip((0, 0), (layout.size[0] // 16 * 16, layout.size[1])))
    assert pygame.Rect((0, 0), layout.size).contains(glow)


def test_a_rectangle_of_its_own_replaces_the_stretched_one():
    rect = pygame.Rect(500, 72, 1200, 744)
    assert PORTRAIT.rect(rect, "cortex brain") == PORTRAIT.rects["cortex brain"]
    assert PORTRAIT.rect(rect, "unknown") == PORTRAIT.rect(rect)
