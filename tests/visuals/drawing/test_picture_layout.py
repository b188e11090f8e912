"""Picture layouts: which window has which, and that all parts lie inside the picture."""

from __future__ import annotations

import pygame
import pytest

from visuals.drawing.picture_layout import (
    CLASSIC,
    LANDSCAPE,
    LAYOUTS,
    PORTRAIT,
    choose_layout,
    fit_keyboard,
)


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


def test_the_screen_of_a_room_has_all_keys_of_a_layout():
    for layout in LAYOUTS:
        fitted = fit_keyboard(layout, 32.0)
        assert fitted.playable_pitches == layout.keyboard.playable_pitches
        assert fitted.narrow_key_width == layout.keyboard.narrow_key_width


def test_a_smaller_screen_has_fewer_keys_for_fingers_and_at_least_two_octaves():
    ranges = [fit_keyboard(LANDSCAPE, inches).playable_pitches for inches in (32, 24, 19, 13, 7)]
    spans = [high - low for low, high in ranges]
    assert spans == sorted(spans, reverse=True)
    assert spans[0] > spans[1] > spans[2] > spans[3] == spans[4] == 24


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
@pytest.mark.parametrize("inches", [7.0, 19.0, 24.0, 135.5])
def test_middle_c_and_its_octave_can_be_played_on_every_screen(layout, inches):
    low, high = fit_keyboard(layout, inches).playable_pitches
    assert low <= 60 and high >= 72
