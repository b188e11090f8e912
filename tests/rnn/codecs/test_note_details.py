from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midi_data.notes import Note, Tune
from rnn.codecs.note_codec import NoteCodec
from rnn.codecs.note_details import NoteDetails, details_of

PLAYED = NoteDetails(parts=2, velocities=True, timing=12)
FREE = NoteDetails(parts=2, velocities=True, timing=12, ends=True)
COARSE = NoteDetails(velocities=True, timing=4, ends=True)
each_detail = pytest.mark.parametrize("details", [PLAYED, FREE, COARSE])
played_notes = st.builds(
    Note,
    st.integers(58, 62),
    st.floats(-1, 6),
    st.floats(0.01, 3),
    st.integers(1, 127),
    st.integers(0, 3),
)


@each_detail
@given(notes=st.lists(played_notes, min_size=1, max_size=12))
def test_a_fitted_tune_fits(details, notes):
    fitted = details.fit_tune(Tune(tuple(notes)))
    assert details.fit_tune(fitted) == fitted


@each_detail
@given(notes=st.lists(played_notes, min_size=1, max_size=12))
def test_a_fitted_tune_comes_back_from_its_tokens(details, notes):
    codec = NoteCodec(details=details)
    fitted = codec.fit_tune(Tune(tuple(notes)))
    assert codec.decode(codec.encode(fitted)).notes == fitted.notes


def test_a_played_onset_moves_by_less_than_two_milliseconds_at_120():
    onsets = [k * 0.531 for k in range(40)]
    fitted = PLAYED.fit_tune(Tune(tuple(Note(60 + k % 9, at, 0.3) for k, at in enumerate(onsets))))
    assert max(abs(n.onset - at) for n, at in zip(fitted.notes, onsets, strict=True)) < 0.004


def test_a_free_end_moves_by_less_than_two_milliseconds_at_120():
    lengths = [0.1 + k * 0.0531 for k in range(40)]
    fitted = FREE.fit_tune(Tune(tuple(Note(60 + k % 9, k, x) for k, x in enumerate(lengths))))
    assert max(abs(n.duration - x) for n, x in zip(fitted.notes, lengths, strict=True)) < 0.004


def test_thirty_seconds_triplets_and_swing_stay_where_they_are():
    onsets = [0, 1 / 8, 1 / 4, 1, 4 / 3, 5 / 3, 2, 2 + 0.625, 3]
    fitted = PLAYED.fit_tune(Tune(tuple(Note(60, at, 0.05) for at in onsets)))
    assert [note.onset for note in fitted.notes] == pytest.approx(onsets)


def test_notes_that_a_player_set_apart_stay_apart():
    fitted = PLAYED.fit_tune(Tune((Note(60, 1.0, 1), Note(64, 1.015, 1), Note(67, 1.03, 1))))
    assert len({note.onset for note in fitted.notes}) == 3


def test_a_velocity_moves_by_two_at_most():
    fitted = PLAYED.fit_tune(Tune(tuple(Note(60, k, 1, k) for k in range(1, 128))))
    assert max(abs(n.velocity - k) for k, n in enumerate(fitted.notes, 1)) <= 2


def test_a_melody_on_the_grid_has_no_details():
    assert details_of([Tune((Note(60, 0, 1), Note(62, 1, 1)))]) is None


def test_what_the_tunes_hold_decides():
    parts = Tune(tuple(Note(60 + 7 * p, k, 1, part=p) for k in range(9) for p in range(4)))
    loud = Tune(tuple(Note(60, k, 1, 60 + 9 * (k % 3)) for k in range(9)))
    quick = Tune(tuple(Note(60, k / 8, 1 / 8) for k in range(16)))
    free = Tune(tuple(Note(60, k * 0.523, 0.5) for k in range(16)))
    assert details_of([parts]) == NoteDetails(parts=4)
    assert details_of([loud]) == NoteDetails(velocities=True)
    assert details_of([quick]) == NoteDetails(timing=2)
    assert details_of([free]) == NoteDetails(timing=12, ends=True)


@pytest.mark.parametrize(
    ("given_details", "accepted"),
    [
        ({"parts": 9}, r"1\.\.8"),
        ({"timing": 5}, "divisor of 12"),
        ({"style": 8}, r"0\.\.7"),
        ({"ends": True}, "ends"),
    ],
)
def test_a_detail_out_of_range_is_refused(given_details, accepted):
    with pytest.raises(ValueError, match=accepted):
        NoteDetails(**given_details)
