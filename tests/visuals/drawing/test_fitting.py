from __future__ import annotations

import pygame
from hypothesis import given
from hypothesis import strategies as st

from visuals.drawing.fitting import fit_rect
from visuals.drawing.theme import PICTURE_SIZE_PX


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
