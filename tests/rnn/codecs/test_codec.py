"""Properties of all codecs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from midi_data.notes import Meter, Note, Tune
from rnn.codecs import CODECS, codec_named
from rnn.codecs.character_codec import CharacterCodec
from rnn.codecs.codec import Codec, KeyTree
from rnn.codecs.note_codec import NoteCodec

ALL = {
    "notes": NoteCodec(),
    "voices": NoteCodec(voices=3),
    "match echo": NoteCodec(match_echo=True),
    "voices, match echo": NoteCodec(voices=3, match_echo=True),
    "characters": CharacterCodec(),
}
each_codec = pytest.mark.parametrize("codec", ALL.values(), ids=ALL)

tunes = st.from_type(Tune)


def music(tune: Tune) -> list[tuple[int, float, float]]:
    return [(note.pitch, note.onset, note.duration) for note in tune.notes]


def features_of(codec: Codec, tokens: np.ndarray) -> np.ndarray:
    reader, rows = codec.new_reader(), []
    for token in tokens.tolist():
        rows.append(reader.features())
        reader.push(token)
    return np.stack(rows)


def after_a_note(codec: Codec):
    reader = codec.new_reader()
    for token in codec.encode(Tune((Note(60, 4, 1),)))[:-1].tolist():
        reader.push(token)
    return reader


@each_codec
@given(tune=tunes)
def test_decoding_inverts_encoding(codec, tune):
    again = codec.decode(codec.encode(tune))
    assert music(again) == music(codec.fit_tune(tune))
    assert again.meter == tune.meter


@each_codec
@given(tune=tunes)
def test_fitting_is_idempotent(codec, tune):
    fitted = codec.fit_tune(tune)
    assert codec.fit_tune(fitted) == fitted


@each_codec
@given(tune=tunes)
def test_every_token_of_a_tune_is_valid(codec, tune):
    reader = codec.new_reader()
    for token in codec.encode(tune).tolist():
        assert reader.mask()[token]
        reader.push(token)
    assert reader.ended


@each_codec
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_random_valid_tokens_are_a_tune(codec, seed):
    generator = np.random.default_rng(seed)
    reader, tokens = codec.new_reader(), []
    while not reader.ended and len(tokens) < 80:
        token = int(generator.choice(np.flatnonzero(reader.mask())))
        tokens.append(token)
        reader.push(token)
    drawn = codec.decode(np.array(tokens, np.int32))
    assert music(codec.decode(codec.encode(drawn))) == music(drawn)


@each_codec
@given(tune=tunes)
def test_features_are_input_rows_and_depend_on_earlier_notes(codec, tune):
    reader = codec.new_reader()
    for token in codec.encode(tune).tolist():
        rows, sources = reader.features(), reader.row_sources()
        assert rows.shape == sources.shape == (codec.width,)
        assert rows.min() >= 0 and rows.max() < codec.inputs
        assert sources.min() >= -1 and sources.max() <= reader.note_index
        reader.push(token)


@each_codec
@given(tune=tunes, semitones=st.integers(-6, 5))
def test_transposed_tokens_equal_the_transposed_tune_encoded(codec, tune, semitones):
    middle = Tune(
        tuple(Note(note.pitch % 60 + 30, note.onset, note.duration) for note in tune.notes),
        tune.meter,
    )
    here, there = codec.encode(middle), codec.encode(middle.transposed(semitones))
    tokens, features = codec.transpose_tokens(
        here, features_of(codec, here).astype(np.int16), semitones
    )
    np.testing.assert_array_equal(tokens, there)
    expected = features_of(codec, there)
    expected[expected == codec.transposition_row + 6] += semitones
    np.testing.assert_array_equal(features, expected)


@each_codec
@given(tune=tunes)
@settings(max_examples=30)
def test_a_copied_reader_is_independent(codec, tune):
    tokens = codec.encode(tune).tolist()
    reader = codec.new_reader()
    for place, token in enumerate(tokens):
        if place == len(tokens) // 2:
            before = reader.features().tolist(), reader.mask().tolist()
            other = reader.copy()
            for later in tokens[place:]:
                other.push(later)
            assert other.ended
            assert (reader.features().tolist(), reader.mask().tolist()) == before
        reader.push(token)


@each_codec
def test_an_invalid_token_is_refused(codec):
    for token in (codec.end_token, codec.outputs, -1):
        with pytest.raises(ValueError, match=f"token {token} may not come here"):
            codec.new_reader().push(token)


@each_codec
def test_an_unknown_meter_is_read_as_four_four(codec):
    tune = Tune((Note(60, 0, 1),), Meter(11, 8))
    assert codec.decode(codec.encode(tune)).meter == Meter(4, 4)


@each_codec
def test_an_onset_before_the_last_note_is_refused(codec):
    with pytest.raises(ValueError, match=r"beat 3.0 is before the (onset|end) of the last note"):
        codec.spell_onset(after_a_note(codec), 62, 3.0)


@each_codec
def test_the_settings_recreate_a_codec(codec):
    again = codec_named(codec.kind)(**codec.settings())
    sizes = again.inputs, again.outputs, again.width
    assert sizes == (codec.inputs, codec.outputs, codec.width)


def test_an_unknown_kind_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=f"no codec named 'smoke'; there are {', '.join(CODECS)}"):
        codec_named("smoke")


def test_keys_share_the_nodes_of_a_common_prefix():
    tree = KeyTree([(1,), (1, 2), (3,)])
    assert tree.children[0].keys() == {1, 3}
    node = tree.children[0][1]
    assert (tree.key_at_node[node], tree.keys_below_node[node]) == (0, (0, 1))
    assert (tree.key_at_node[0], tree.keys_below_node[0], tree.depth) == (-1, (0, 1, 2), 2)


@pytest.mark.parametrize("spellings", [[(1,), (1,)], [()]])
def test_a_spelling_must_be_its_keys_own(spellings):
    with pytest.raises(ValueError, match="has no spelling of its own"):
        KeyTree(spellings)
