from __future__ import annotations

from pathlib import Path

import pytest

from installation.config import StyleSettings
from installation.session.model_loading import load_model, model_path
from rnn.model.checkpoint import CheckpointError
from rnn.styles import UnknownStyleError, style_path


def test_a_model_file_takes_precedence_over_a_style() -> None:
    assert model_path(StyleSettings(name="irish")) == style_path("irish")
    assert model_path(StyleSettings(name="irish", model="a.safetensors")) == Path("a.safetensors")


def test_a_model_is_loaded(model) -> None:
    assert load_model(StyleSettings(model=str(model))).card.style == "untrained"


def test_unknown_styles_and_files_that_are_no_models_are_refused(tmp_path) -> None:
    with pytest.raises(UnknownStyleError, match="klezmer"):
        model_path(StyleSettings(name="klezmer"))
    path = tmp_path / "foreign.safetensors"
    path.write_bytes(b"not a model")
    with pytest.raises(CheckpointError, match="foreign"):
        load_model(StyleSettings(model=str(path)))
