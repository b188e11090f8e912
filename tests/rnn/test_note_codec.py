from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from midi_data.notes import TICKS_PER_BEAT, Meter, Note, Tune, on_grid
from rnn.codecs.notes import END, METERS, OUTPUTS, NoteCodec

CODEC = NoteCodec(voices=3)

notes = st.builds(
    Note,
    pitch=st.integers(0, 127),
    onset=st.integers(0, 900).map(lambda tick: tick / TICKS_PER_BEAT),
    duration=st.integers(1, 300).map(lambda tick: tick / TICKS_PER_BEAT),
)
tunes = st.builds(
    Tune,
    notes=st.lists(notes, min_size=1, max_size=30).map(tuple),
    meter=st.sampled_from(METERS),
)


def music(tune: Tune) -> list[tuple[int, float, float]]:
    return [(note.pitch, note.onset, note.duration) for note in tune.notes]


@given(tunes)
def test_what_is_written_is_read_again(tune):
    again = CODEC.decode(CODEC.encode(tune))
    assert music(again) == music(on_grid(tune))
    assert again.meter == tune.meter


@given(tunes)
def test_every_token_of_a_tune_is_valid_where_it_stands(tune):
    reader = CODEC.reader()
    for token in CODEC.encode(tune):
        assert reader.mask()[token]
        reader.push(int(token))
    assert reader.ended


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_whatever_is_drawn_from_the_masks_spells_itself(seed):
    generator = np.random.default_rng(seed)
    reader, tokens = CODEC.reader(), []
    while not reader.ended and len(tokens) < 60:
        token = int(generator.choice(np.flatnonzero(reader.mask())))
        tokens.append(token)
        reader.push(token)
    drawn = np.array(tokens, np.int32)
    if not reader.ended:
        return
    assert CODEC.encode(CODEC.decode(drawn)).tolist() == tokens


@given(tunes)
def test_features_are_rows_of_the_input_matrix(tune):
    reader = CODEC.reader()
    for token in CODEC.encode(tune):
        rows = reader.features()
        assert rows.shape == (CODEC.width,)
        assert rows.min() >= 0 and rows.max() < CODEC.inputs
        reader.push(int(token))


@given(tunes, st.integers(-6, 5))
def test_transposing_the_numbers_is_transposing_the_music(tune, semitones):
    middle = Tune(
        tuple(Note(note.pitch % 60 + 30, note.onset, note.duration) for note in tune.notes),
        tune.meter,
    )
    rows, tokens = CODEC.transposed(semitones)
    moved = CODEC.encode(middle.transposed(semitones))
    np.testing.assert_array_equal(tokens[CODEC.encode(middle)], moved)
    here, there = CODEC.reader(), CODEC.reader()
    shift = CODEC.shift_row + 6
    for token, other in zip(CODEC.encode(middle), moved, strict=True):
        expected = there.features()
        expected[expected == shift] += semitones
        np.testing.assert_array_equal(rows[here.features()], expected)
        here.push(int(token))
        there.push(int(other))


def test_a_melody_costs_two_tokens_a_note():
    tune = Tune(tuple(Note(60 + k, k / 2, 0.5) for k in range(8)))
    assert len(CODEC.encode(tune)) == 1 + 2 * 8 + 1


def test_a_reader_copied_goes_its_own_way():
    reader = CODEC.reader()
    for token in CODEC.encode(Tune((Note(60, 0, 1),)))[:-1]:
        reader.push(int(token))
    other = reader.copy()
    other.push(END)
    assert other.ended and not reader.ended


def test_a_token_out_of_place_is_refused():
    with pytest.raises(ValueError, match="may not come here"):
        CODEC.reader().push(END)
    with pytest.raises(ValueError, match="may not come here"):
        CODEC.reader().push(OUTPUTS)


def test_an_unknown_meter_is_read_as_four_four():
    tune = Tune((Note(60, 0, 1),), Meter(11, 8))
    assert CODEC.decode(CODEC.encode(tune)).meter == Meter(4, 4)


def test_a_note_before_the_last_one_cannot_be_spelled():
    reader = CODEC.reader()
    for token in CODEC.encode(Tune((Note(60, 4, 1),)))[:-1]:
        reader.push(int(token))
    with pytest.raises(ValueError, match="before the onset"):
        CODEC.spell_onset(reader, 62, 3.0)


def test_voices_are_bounded():
    with pytest.raises(ValueError, match=r"voices must be in 0\.\.12"):
        NoteCodec(voices=13)
