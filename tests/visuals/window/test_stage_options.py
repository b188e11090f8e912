from __future__ import annotations

from dataclasses import fields

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
