from __future__ import annotations

import pytest

from installation.cli.training.start import find_start
from midi_data.songs import ode_to_joy
from rnn import styles
from rnn.model.checkpoint import CheckpointError
from rnn.styles import UnknownStyleError

TUNES = [ode_to_joy()]
ANY = (None, None, None)


def test_a_style_is_found_by_name_and_scored():
    start = find_start("irish", TUNES, "mine", *ANY)
    assert start.name == "irish"
    assert 0 < start.bits_per_note < 10


def test_a_file_is_a_start(model):
    assert find_start(str(model), TUNES, "mine", *ANY).model.card.style == "small"


def test_none_is_no_start():
    assert find_start("none", TUNES, "mine", *ANY) is None


def test_auto_takes_the_style_of_notes_that_predicts_the_tunes_best():
    found = find_start("auto", TUNES, "mine", *ANY)
    names = ("irish", "fife", "chorales", "base")
    others = [find_start(name, TUNES, "mine", *ANY) for name in names]
    assert found.bits_per_note == min(other.bits_per_note for other in others)


def test_auto_takes_no_style_that_was_trained_on_the_same_corpus():
    assert find_start("auto", TUNES, "irish", *ANY).name not in ("irish", "base")


def test_auto_takes_none_where_no_style_has_the_size():
    assert find_start("auto", TUNES, "mine", None, 24, None) is None


def test_auto_takes_a_style_of_characters_where_these_are_asked_for():
    assert find_start("auto", TUNES, "mine", "characters", None, None).name == "irish-characters"


def test_another_codec_or_size_is_refused():
    with pytest.raises(ValueError, match="irish: the codec: it has notes, not characters"):
        find_start("irish", TUNES, "mine", "characters", None, None)
    with pytest.raises(ValueError, match="irish: units a layer: it has 256, not 24"):
        find_start("irish", TUNES, "mine", None, 24, None)


def test_an_unknown_name_and_a_file_that_is_no_model_are_refused(tmp_path):
    with pytest.raises(UnknownStyleError, match="--from takes auto, none, a style .chorales"):
        find_start("jazz", TUNES, "mine", *ANY)
    (tmp_path / "text").write_text("no model")
    with pytest.raises(CheckpointError, match="text"):
        find_start(str(tmp_path / "text"), TUNES, "mine", *ANY)


def test_the_base_network_is_a_start_but_no_style(model, tmp_path, monkeypatch):
    folder = tmp_path / "styles"
    folder.mkdir()
    model.rename(folder / "base.safetensors")
    monkeypatch.setattr(styles, "STYLES_FOLDER", folder)
    assert find_start("base", TUNES, "mine", *ANY).name == "base"
    assert find_start("auto", TUNES, "mine", *ANY).name == "base"
    assert not styles.style_names()
    with pytest.raises(UnknownStyleError):
        styles.style_path("base")
