from __future__ import annotations

import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.window.presenter import NoDisplayError, WindowPresenter, fit_rect


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


def test_window_shows_the_picture_scaled(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    presenter = WindowPresenter(640, 480, False, "a test")
    picture = blank_surface(PICTURE_SIZE_PX)
    picture.fill((200, 100, 50))
    presenter.show(picture)
    window = pygame.display.get_surface()
    assert window.get_at((320, 240))[:3] == pytest.approx((200, 100, 50), abs=4)
    assert window.get_at((320, 10))[:3] == (0, 0, 0)
    presenter.close()


def test_no_display_is_an_error_of_its_own(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "a driver there is not")
    with pytest.raises(NoDisplayError):
        WindowPresenter(640, 480, False, "a test")
