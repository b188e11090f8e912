from __future__ import annotations

import logging

import numpy as np
import pygame
import pytest

from messages.clock import SECOND
from visuals.drawing.line_renderer import LineRenderer
from visuals.drawing.polled_surface import PolledSurface
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX, fit_rect
from visuals.drawing.typography import TextStyle, Typesetter
from visuals.network_summary import NetworkSummary
from visuals.stage import Stage
from visuals.window.frame_clock import DummyStageClock
from visuals.window.presenter import (
    REOPEN_INTERVAL_FRAMES,
    NoDisplayError,
    WindowPresenter,
    known_display,
)
from visuals.window.stage_options import StageOptions


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


def test_a_screen_that_is_not_there_is_replaced_by_the_first(monkeypatch, caplog):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    pygame.display.init()
    assert known_display(0) == 0 and not caplog.records
    assert known_display(7) == 0
    assert "there is no display 7; there are 1, from 0" in caplog.text
    pygame.display.quit()


def written_picture(text: str = "Hidden State") -> PolledSurface:
    pygame.font.init()
    picture = PolledSurface(PICTURE_SIZE_PX, lambda: None)
    Typesetter().draw_text(picture, text, (400, 400), TextStyle(60, "jost-400"))
    return picture


def test_an_enlarged_picture_has_its_text_in_the_size_of_the_window(monkeypatch, caplog):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    caplog.set_level(logging.INFO)
    presenter = WindowPresenter(3840, 2160, False, "a test")
    picture = written_picture()
    for _ in range(2):
        presenter.show(picture)
    sharp = pygame.surfarray.array_red(pygame.display.get_surface())
    smooth = pygame.surfarray.array_red(pygame.transform.smoothscale(picture, (3840, 2160)))
    # the edges of letters are half as wide
    edges = [((light > 40) & (light < 180)).sum() for light in (sharp, smooth)]
    assert edges[0] < 0.7 * edges[1]
    assert float(sharp.sum()) == pytest.approx(float(smooth.sum()), rel=0.1)
    assert len([line for line in caplog.messages if "scaled to 3840 by 2160" in line]) == 1
    presenter.close()


def test_an_enlarged_picture_has_its_moving_lines_in_the_size_of_the_window(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    presenter = WindowPresenter(3840, 2160, False, "a test")
    picture = PolledSurface(PICTURE_SIZE_PX, lambda: None)
    lines = LineRenderer([(240, 240, 240)])
    for _ in range(2):
        picture.begin_frame()
        lines.draw_segments(picture, *np.array([[[100, 90.5]], [[1700, 90.5]]]), [0], [1.0])
        presenter.show(picture)
    across = pygame.surfarray.array_red(pygame.display.get_surface())[2000, 170:194]
    assert (across > 0).sum() <= 3 and across.max() > 230
    presenter.close()


def test_no_display_is_an_error_of_its_own(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "a driver there is not")
    with pytest.raises(NoDisplayError):
        WindowPresenter(640, 480, False, "a test")


NETWORK = NetworkSummary.dummy(2, 32)


PICTURE = blank_surface(PICTURE_SIZE_PX)


@pytest.fixture
def window(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    presenter = WindowPresenter(640, 360, False, "a test")
    yield presenter
    presenter.close()


def test_a_window_that_begins_full_screen_leaves_it_in_its_own_size(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    presenter = WindowPresenter(640, 360, True, "a test")
    screen = pygame.Rect(pygame.display.get_window_position(), pygame.display.get_window_size())
    presenter.toggle_fullscreen()
    assert presenter.window_size == (640, 360)
    window = pygame.Rect(pygame.display.get_window_position(), presenter.window_size)
    assert window.center == screen.center
    presenter.close()


def test_a_window_that_vanishes_is_said_once_and_comes_back(window, caplog):
    caplog.set_level(logging.INFO)
    pygame.display.quit()
    for _ in range(REOPEN_INTERVAL_FRAMES - 1):
        window.show(PICTURE)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert pygame.display.get_surface() is None
    for _ in range(2):
        window.show(PICTURE)
    assert pygame.display.get_surface() is not None
    assert [record.message for record in caplog.records][1:] == ["the window is back"]


def test_only_pictures_that_reach_the_window_are_counted(window):
    window.show(PICTURE)
    pygame.display.quit()
    window.show(PICTURE)
    assert window.frames_shown == 1


def test_a_driver_without_a_screen_is_no_display(window):
    assert window.display == ""


def test_a_stage_without_its_window_draws_on(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    settings = StageOptions(width=640, height=360)
    stage = Stage(settings, NETWORK, tuple, print, clock=DummyStageClock(SECOND))
    try:
        pygame.display.quit()
        for _ in range(2):
            stage.picture.fill((0, 0, 0))
            stage.show_frame()
            assert pygame.display.get_surface() is None
            assert stage.picture.get_at((0, 0))[:3] != (0, 0, 0)
    finally:
        stage.close()


def test_a_window_of_any_shape_is_filled_in_one_direction(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    PICTURE.fill((90, 90, 90))
    for size in ((320, 900), (1600, 200), (333, 187)):
        presenter = WindowPresenter(*size, False, "a test")
        presenter.show(PICTURE)
        light = pygame.surfarray.array3d(pygame.display.get_surface()).sum(axis=2)
        assert light[size[0] // 2, size[1] // 2] > 0
        filled = light > 0
        assert filled.any(axis=1).all() or filled.any(axis=0).all()
        presenter.close()


@pytest.mark.parametrize("size", [PICTURE_SIZE_PX, (960, 540), (640, 480)])
def test_light_is_added_to_the_shown_picture_at_its_place_and_not_to_the_bars(monkeypatch, size):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    presenter, picture = WindowPresenter(*size, False, "a test"), blank_surface(PICTURE_SIZE_PX)
    picture.fill((10, 20, 30))
    light = blank_surface((120, 300))
    light.fill((100, 50, 0))
    assert not presenter.can_add_light and not presenter.add_light((light, (960, 900)))
    presenter.show(picture)
    assert presenter.can_add_light and presenter.add_light((light, (960, 900)))
    assert not presenter.add_light((light, (3000, 900)))  # beside the picture
    window, place = pygame.display.get_surface(), fit_rect(PICTURE_SIZE_PX, size)
    scale = place.width / PICTURE_SIZE_PX[0]

    def colour_at(x: float, y: float) -> tuple[int, int, int]:
        return window.get_at((place.x + round(x * scale), place.y + round(y * scale)))[:3]

    assert colour_at(1020, 1000) == pytest.approx((110, 70, 30), abs=4)
    for beside in ((900, 1000), (1020, 880)):
        assert colour_at(*beside) == pytest.approx((10, 20, 30), abs=4)
    bar = pygame.Rect(0, place.bottom, size[0], size[1] - place.bottom)
    assert bar.height == 0 or pygame.transform.average_color(window, bar)[:3] == (0, 0, 0)
    presenter.show(picture)
    assert colour_at(1020, 1000) == pytest.approx((10, 20, 30), abs=4)
    presenter.close()


def test_no_light_is_added_to_a_lost_window(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    presenter, picture = WindowPresenter(640, 360, False, "a test"), blank_surface(PICTURE_SIZE_PX)
    presenter.show(picture)
    pygame.display.quit()
    assert not presenter.add_light((blank_surface((9, 9)), (0, 0)))
    presenter.show(picture)
    assert presenter.is_lost and not presenter.can_add_light


def test_a_window_whose_surface_is_lost_keeps_its_size_and_takes_no_light(window, monkeypatch):
    window.show(PICTURE)
    assert window.window_size == (640, 360)

    def find_none() -> pygame.Surface:
        raise pygame.error("the surface is lost")

    monkeypatch.setattr(pygame.display, "get_surface", find_none)
    assert window.window_size == (640, 360)
    assert not window.add_light((blank_surface((9, 9)), (0, 0)))
