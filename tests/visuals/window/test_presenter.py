from __future__ import annotations

import pygame
import pytest

from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.window.presenter import NoDisplayError, WindowPresenter


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
