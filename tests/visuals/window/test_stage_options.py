from __future__ import annotations

from dataclasses import fields

import pygame

from installation.config import StageSettings
from visuals.window.presenter import DummyPresenter
from visuals.window.stage_options import StageOptions, open_presenter


def test_every_key_of_the_configuration_is_an_option():
    assert set(StageSettings.model_fields) == {field.name for field in fields(StageOptions)} - {
        "legends",
        "operator_lock",
    }


def test_off_screen_no_window_is_opened():
    assert isinstance(open_presenter(StageOptions(), offscreen=True), DummyPresenter)


def test_a_window_shows_the_splash_as_soon_as_it_is_open(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    pygame.font.init()
    presenter = open_presenter(StageOptions(width=640, height=360), offscreen=False)
    try:
        light = pygame.surfarray.array3d(pygame.display.get_surface())
        assert presenter.frames_shown == 1
        assert light[:, 140:240].max() > 100  # its name and lights
        assert light[:, 320:].max() < 40  # no piano yet
    finally:
        presenter.close()
