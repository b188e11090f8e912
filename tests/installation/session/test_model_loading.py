from __future__ import annotations

from pathlib import Path

import pytest

from installation.band.band import Band, BandSection
from installation.config import Config, LiveSettings, StyleSettings
from installation.session import model_loading
from installation.session.model_loading import (
    create_band,
    load_model,
    model_path,
    open_generations,
)
from midi_data.beat_grid import BeatGrid
from rnn.generation.drummer import DrumImproviser
from rnn.model.checkpoint import CheckpointError, save_checkpoint
from rnn.styles import UnknownStyleError, style_path
from tests.dummy_drummer import dummy_drums_model


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


def plays(band: Band) -> bool:
    band.begin_section(BandSection(), BeatGrid(0, 500_000_000), 0)
    return band.compose_at is not None


def test_a_band_plays_with_the_drummer_of_the_styles(tmp_path, monkeypatch, caplog) -> None:
    path = tmp_path / "drums.safetensors"
    save_checkpoint(path, dummy_drums_model())
    monkeypatch.setattr(model_loading, "style_path", lambda name: path)
    assert plays(create_band(LiveSettings(band="soft"), 1))
    assert not plays(create_band(LiveSettings(), 1))
    assert caplog.text == ""


def test_the_drummer_is_told_the_genre_of_the_settings(tmp_path, monkeypatch) -> None:
    told = []

    class ListeningDrummer(DrumImproviser):
        def begin(self, meter, genre, tempo):
            told.append(genre)
            super().begin(meter, genre, tempo)

    path = tmp_path / "drums.safetensors"
    save_checkpoint(path, dummy_drums_model())
    monkeypatch.setattr(model_loading, "style_path", lambda name: path)
    monkeypatch.setattr(model_loading, "DrumImproviser", ListeningDrummer)
    assert plays(create_band(LiveSettings(band="soft", genre="funk"), 1))
    assert told[-1] == "funk"


def test_a_band_without_a_drummers_model_is_silent_and_says_so_once(
    model, monkeypatch, caplog
) -> None:
    monkeypatch.setattr(model_loading, "style_path", lambda name: model)
    assert not plays(create_band(LiveSettings(band="full"), 1))
    (record,) = caplog.records
    assert "no band" in record.message
    assert "not a drummer" in record.message


def test_generations_lie_in_a_folder_of_their_style():
    store = open_generations(Config())
    assert (store.style, store.folder.as_posix()) == ("irish", "generations/irish")
    assert store.path(0) == style_path("irish")
