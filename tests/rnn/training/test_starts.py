from __future__ import annotations

import numpy as np
import pytest

from midi_data.notes import Note, Tune
from rnn.codecs.character_codec import CharacterCodec
from rnn.codecs.note_codec import NoteCodec
from rnn.training.dataset import encode_tunes
from rnn.training.evaluation import score_tunes
from rnn.training.starts import (
    Start,
    check_start,
    fit_start,
    rank_by_trial,
    score_starts,
    scratch_wins,
)


def test_the_model_that_predicts_the_tunes_best_comes_first(a_model, a_tune):
    codec = NoteCodec()
    sure, vague = a_model(codec), a_model(codec)
    vague.network.parameters["readout.weight"] *= 0
    starts = score_starts({"sure": sure, "vague": vague}, [a_tune(60), a_tune(62)])
    assert [start.name for start in starts] == ["vague", "sure"]
    assert starts[0].bits_per_note < starts[1].bits_per_note


def test_a_match_echo_changes_no_score_until_it_is_learned(a_model, a_tune):
    model = a_model(NoteCodec(voices=2))
    extended = fit_start(model, [a_tune(60)])
    assert extended.codec.settings() == {"voices": 2, "match_echo": True}
    tunes = [a_tune(60)]
    before = score_tunes(model.network, encode_tunes(model.codec, tunes)).bits
    after = score_tunes(extended.network, encode_tunes(extended.codec, tunes)).bits
    assert after == pytest.approx(before, rel=1e-6)
    assert fit_start(extended, [a_tune(60)]) is extended


def test_characters_have_no_match_echo(a_model, a_tune):
    model = a_model(CharacterCodec())
    assert fit_start(model, [a_tune(60)]) is model


def test_a_start_can_spell_what_the_tunes_hold(a_model):
    model = a_model(NoteCodec())
    model.network.parameters["readout.weight"] *= 0  # every valid token is as likely
    played = Tune(tuple(Note(60 + k, k * 0.523, 0.4, 40 + 7 * k) for k in range(9)))
    fitted = fit_start(model, [played])
    assert fitted.codec.settings()["details"] == {
        "parts": 1,
        "velocities": True,
        "timing": 12,
        "style": 0,
        "ends": True,
    }
    bits = score_tunes(fitted.network, encode_tunes(fitted.codec, [played])).bits
    plain = score_tunes(model.network, encode_tunes(model.codec, [played])).bits
    detail_bits = 9 * (np.log2(32) + 2 * np.log2(12)) - 1  # as the first one is not early
    assert bits == pytest.approx(plain + detail_bits, rel=1e-4)


def test_models_of_several_codecs_are_compared_by_note(a_model, a_tune):
    models = {"notes": a_model(NoteCodec()), "characters": a_model(CharacterCodec())}
    assert {start.name for start in score_starts(models, [a_tune(60)])} == set(models)


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        (("characters", None, None), "cannot start from fife: the codec: it has notes, not char"),
        ((None, 256, None), "cannot start from fife: units a layer: it has 16, not 256"),
        ((None, None, 3), "cannot start from fife: layers: it has 2, not 3"),
    ],
)
def test_a_model_of_another_codec_or_size_is_refused(a_model, asked, line):
    with pytest.raises(ValueError, match=line):
        check_start("fife", a_model(NoteCodec()), *asked)


def test_a_model_that_fits_is_accepted(a_model):
    check_start("fife", a_model(NoteCodec()), "notes", 16, 2)
    check_start("fife", a_model(NoteCodec()), None, None, None)


@pytest.mark.parametrize(
    ("notes", "bits", "wins"),
    [
        (5_000, 6.0, True),
        (5_000, 3.0, False),  # the start knows the style
        (5_000, 4.8, False),  # it knows something like it
        (2_000, 6.0, False),  # little music
    ],
)
def test_a_new_network_wins_where_a_start_knows_nothing_of_the_style(a_model, notes, bits, wins):
    start = Start("fife", a_model(NoteCodec()), bits)
    assert scratch_wins(start, 4.5, notes) == wins


def test_of_two_near_starts_the_one_that_learns_more_comes_first(a_model, a_tune):
    """The first is better untouched, by its bias, and can learn nothing but that."""
    tunes = [a_tune(60 + k % 5) for k in range(24)]
    able, stiff = a_model(NoteCodec()), a_model(NoteCodec())
    for model in (able, stiff):
        model.network.parameters["readout.weight"] *= 0
    for name, array in stiff.network.parameters.items():
        array *= 0
        if name == "readout.bias":
            array[stiff.codec.encode(tunes[0])] = 0.001
    starts = score_starts({"able": able, "stiff": stiff}, tunes)
    assert [start.name for start in starts] == ["stiff", "able"]
    assert [start.name for start in rank_by_trial(starts, tunes)] == ["able", "stiff"]


@pytest.mark.parametrize(
    ("bits", "tunes"),
    [((6.0, 9.0), 24), ((6.0, 6.1), 3), ((2.0, 2.1), 24)],
    ids=["far apart", "few tunes", "music that one knows"],
)
def test_starts_are_not_tried_where_it_tells_nothing(a_model, a_tune, bits, tunes):
    able, stiff = (a_model(NoteCodec()) for _ in range(2))
    starts = [Start("first", stiff, bits[0]), Start("second", able, bits[1])]
    for array in stiff.network.parameters.values():
        array *= 0  # it would come second
    assert rank_by_trial(starts, [a_tune(60)] * tunes) == starts
