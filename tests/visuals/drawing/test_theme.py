from __future__ import annotations

import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visuals.drawing.theme import (
    FIFTHS,
    FIFTHS_POSITION,
    PICTURE_SIZE_PX,
    PITCH_COLOURS,
    fit_rect,
    mix,
    parse_colour,
    shade,
)


def test_circle_of_fifths_goes_by_sevens():
    assert all((b - a) % 12 == 7 for a, b in zip(FIFTHS, FIFTHS[1:], strict=False))
    assert [FIFTHS_POSITION[tone] for tone in FIFTHS] == list(range(12))


def test_no_tone_is_saturated_red_and_all_differ():
    assert len(set(PITCH_COLOURS)) == 12
    assert all(green + blue > 0.6 * red for red, green, blue in PITCH_COLOURS)


@given(st.floats(-2, 5))
def test_shade_stays_in_range(level):
    assert all(0 <= part <= 255 for part in shade((10, 128, 255), level))


def test_mix_goes_from_one_to_the_other():
    assert mix((0, 10, 20), (100, 110, 120), 0.0) == (0, 10, 20)
    assert mix((0, 10, 20), (100, 110, 120), 1.0) == (100, 110, 120)


def test_colour_needs_six_digits():
    with pytest.raises(ValueError, match="six"):
        parse_colour("fff")


@given(st.integers(16, 8000), st.integers(16, 8000))
def test_picture_fits_any_window_and_keeps_its_shape(width, height):
    place = fit_rect(PICTURE_SIZE_PX, (width, height))
    assert pygame.Rect(0, 0, width, height).contains(place)
    assert abs(place.width * PICTURE_SIZE_PX[1] - place.height * PICTURE_SIZE_PX[0]) <= max(
        PICTURE_SIZE_PX
    )
    assert place.width == width or place.height == height


def test_bars_are_equal():
    assert fit_rect((1920, 1080), (1000, 1000)) == pygame.Rect(0, 219, 1000, 562)
