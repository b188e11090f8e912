"""The installed model files; and those of the first release, which must load unchanged."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from midi_data.songs import ode_to_joy
from rnn.model.checkpoint import CheckpointError, load_checkpoint
from rnn.model.sizes import NetworkSizes
from rnn.styles import DRUMS_STYLE, UnknownStyleError, start_paths, style_names, style_path
from rnn.training.dataset import encode_tunes
from rnn.training.evaluation import score_tunes

NOTES = NetworkSizes(inputs=1062, outputs=199, embedding=128, units=256, layers=2)
CHARACTERS = NetworkSizes(inputs=809, outputs=35, embedding=128, units=256, layers=2)
OLD_MODELS = Path(__file__).parents[1] / "models"
# kind, codec settings, sizes, hash of the weights, test score in the card, bits per note of a song,
# words for two units
FIRST_RELEASE = {
    "chorales": (
        "notes", {"voices": 4}, NOTES, "2e6d2bf08b114b30",
        2.8228905786064806, 16.95993, ("low notes", "leaps up"),
    ),
    "fife": (
        "notes", {"voices": 0}, NOTES, "69bc368fd4d49e05",
        2.974199123013002, 3.562518, ("leads home", "likes Bb"),
    ),
    "irish": (
        "notes", {"voices": 0}, NOTES, "c929b521db0af9c3",
        2.1637101151980014, 3.101321, ("leads home", "likes Bb"),
    ),
    "irish-characters": (
        "characters", {}, CHARACTERS, "6a63863fe17f15d1",
        2.2755784320121157, 3.221401, ("short notes", "low notes"),
    ),
}  # fmt: skip

PARTS = {"parts": 4, "velocities": False, "timing": 1, "style": 0}
# codec settings and the most bits per note on the test tunes; 2.164, 2.974 and 2.823 at first
INSTALLED = {
    "chorales": ({"voices": 4, "match_echo": True, "details": PARTS}, 2.6),
    "fife": ({"voices": 0, "match_echo": True}, 2.75),
    "irish": ({"voices": 0, "match_echo": True}, 2.11),
}


def weights_hash(network) -> str:
    """First 16 hexadecimal digits of the SHA-256 of all parameters, in order."""
    digest = hashlib.sha256()
    for array in network.parameters.values():
        digest.update(array.tobytes())
    return digest.hexdigest()[:16]


def test_the_styles_are_named_by_their_files():
    assert style_names() == ["chorales", "fife", "irish", "irish-characters"]


def test_the_base_network_is_of_three_corpora_and_keeps_all_details():
    base = load_checkpoint(start_paths()["base"])
    assert base.card.corpus == "irish, fife, chorales"
    assert base.codec.settings()["details"] == {
        "parts": 8,
        "velocities": True,
        "timing": 12,
        "style": 0,
    }


def test_an_unknown_style_is_refused_with_the_known_ones():
    with pytest.raises(UnknownStyleError) as raised:
        style_path("jazz")
    assert str(raised.value) == f"no style named 'jazz'; there are {', '.join(style_names())}"


@pytest.mark.parametrize("style", list(FIRST_RELEASE))
def test_a_model_file_of_the_first_release_loads_with_its_exact_content(style):
    kind, settings, sizes, digest, test_score, song_bits, words = FIRST_RELEASE[style]
    path = OLD_MODELS / f"{style}.safetensors"
    model = load_checkpoint(path if path.is_file() else style_path(style))  # as it was, or still is
    assert (model.codec.kind, dict(model.codec.settings())) == (kind, settings)
    assert model.network.sizes == sizes
    assert weights_hash(model.network) == digest
    assert model.card.scores["test"] == test_score
    assert (model.atlas.describe_unit(0, 0), model.atlas.describe_unit(1, 7)) == words
    song = encode_tunes(model.codec, [ode_to_joy()])
    assert score_tunes(model.network, song).bits_per_note == pytest.approx(song_bits, rel=1e-5)


@pytest.mark.parametrize("style", list(INSTALLED))
def test_an_installed_style_is_of_the_recipe_of_train_and_was_probed(style):
    model = load_checkpoint(style_path(style))
    settings, most_bits = INSTALLED[style]
    assert dict(model.codec.settings()) == settings
    assert model.card.scores["test"] <= most_bits
    assert len(model.card.meters) > 1
    assert model.atlas is not None


@pytest.mark.parametrize("style", style_names())
def test_the_page_beside_a_model_is_its_card(style):
    model = load_checkpoint(style_path(style))
    page = style_path(style).with_suffix(".md").read_text()
    assert page == model.card.to_markdown(model.network.sizes, model.codec.kind)


def test_the_drummer_is_small_names_its_source_and_is_no_style():
    path = style_path(DRUMS_STYLE)
    model = load_checkpoint(path, drums=True)
    assert path.stat().st_size < 2_000_000
    assert "CC BY 4.0" in model.card.terms
    assert DRUMS_STYLE not in style_names()
    assert path.with_suffix(".md").read_text() == model.card.to_markdown(
        model.network.sizes, model.codec.kind
    )
    with pytest.raises(CheckpointError, match="a drummer of the band"):
        load_checkpoint(path)
