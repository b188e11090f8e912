from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midi_data.notes import Meter, Note, Tune, fold_pitch, is_multiple, quantise_tune

meters = st.builds(Meter, st.integers(1, 255), st.sampled_from([1, 2, 4, 8, 16, 32, 64]))


@given(meters)
def test_a_formatted_meter_is_parsed_back(meter):
    assert Meter.parse(str(meter)) == meter


@pytest.mark.parametrize("text", ["", "6", "6/", "/8", "6/8/4", "-6/8", "six/8", "6 / 8"])
def test_an_invalid_meter_is_refused(text):
    with pytest.raises(ValueError, match="a meter is written as 6/8"):
        Meter.parse(text)


def test_a_bar_is_measured_in_quarter_notes():
    assert (Meter(6, 8).bar_beats, Meter(3, 2).bar_beats, Meter().bar_beats) == (3.0, 6.0, 4.0)


@pytest.mark.parametrize(
    ("meter", "beats"),
    [
        ("4/4", [0, 1, 2, 3]),
        ("3/4", [0, 1, 2]),
        ("2/2", [0, 1, 2, 3]),
        ("6/8", [0, 1.5]),
        ("9/8", [0, 1.5, 3]),
        ("12/8", [0, 1.5, 3, 4.5]),
        ("3/8", [0]),
        ("5/8", [0, 0.5, 1, 1.5, 2]),
        ("7/8", [0, 0.5, 1, 1.5, 2, 2.5, 3]),
    ],
)
def test_the_beats_of_a_bar_are_those_of_its_meter(meter, beats):
    meter = Meter.parse(meter)
    for bar in (0, 1, 7):
        places = [place / 12 for place in range(round(meter.bar_beats * 12))]
        start = bar * meter.bar_beats
        assert [place for place in places if meter.is_on_beat(start + place)] == beats


def test_the_felt_beat_of_a_compound_meter_is_three_units():
    meters = (Meter(2, 2), Meter(4, 4), Meter(6, 8), Meter(9, 16), Meter(7, 8))
    assert [meter.felt_beat for meter in meters] == [2.0, 1.0, 1.5, 0.75, 0.5]


def test_a_multiple_may_be_a_rounding_error_away():
    assert is_multiple(0.1 + 0.2, 0.1) and is_multiple(0, 3.5)
    assert not is_multiple(1.75, 3.5)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ((128, 0, 1), "pitch must be in 0..127, not 128"),
        ((60, 0, 0), "duration must be above 0 beats, not 0"),
        ((60, 0, 1, 0), "velocity must be in 1..127, not 0"),
    ],
)
def test_a_note_out_of_range_is_refused(values, reason):
    with pytest.raises(ValueError, match=reason):
        Note(*values)


@given(st.integers(0, 127))
def test_a_folded_pitch_is_the_same_tone_on_the_keyboard(pitch):
    folded = fold_pitch(pitch)
    assert 21 <= folded <= 108 and (folded - pitch) % 12 == 0


notes = st.builds(Note, st.integers(0, 127), st.floats(-9, 40), st.floats(0.01, 9))


@given(st.lists(notes, max_size=12))
def test_quantising_is_idempotent_and_starts_at_0(notes):
    once = quantise_tune(Tune(tuple(notes)))
    assert quantise_tune(once) == once
    assert all(note.onset >= 0 and note.duration >= 1 / 12 for note in once.notes)


def test_a_key_struck_again_ends_the_earlier_note():
    tune = Tune((Note(60, 0, 4), Note(60, 1, 1)))
    assert [(n.onset, n.duration) for n in quantise_tune(tune).notes] == [(0, 1), (1, 1)]
