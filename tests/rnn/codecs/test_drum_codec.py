from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from midi_data.drums import GENRES, PARTS_BY_PITCH
from midi_data.notes import Meter, Note, Tune
from rnn.codecs.bar_echoes import KNOWN_METERS
from rnn.codecs.drum_codec import DrumCodec
from rnn.codecs.drum_reader import STEPS_PER_BEAT

CODEC = DrumCodec()
performances = st.builds(
    Tune,
    st.lists(
        st.builds(
            Note,
            pitch=st.sampled_from(list(PARTS_BY_PITCH)),
            onset=st.floats(0, 60),
            duration=st.just(0.1),
            velocity=st.integers(1, 127),
        ),
        min_size=1,
        max_size=40,
    ).map(tuple),
    st.sampled_from(KNOWN_METERS),
    st.floats(30, 300),
    st.sampled_from(["rock beat", "jazz fill", ""]),
)


@given(performances)
def test_decoding_inverts_encoding(tune):
    again = CODEC.decode(CODEC.encode(tune))
    assert again.notes == CODEC.fit_tune(tune).notes
    assert again.meter == tune.meter


@given(performances)
def test_a_performance_has_one_spelling(tune):
    tokens = CODEC.encode(tune)
    again = CODEC.decode(tokens)
    spelled = CODEC.encode(Tune(again.notes, tune.meter, tune.tempo, tune.name))
    assert np.array_equal(tokens, spelled)


@given(performances)
def test_no_hit_moves_by_more_than_half_a_step(tune):
    fitted = CODEC.fit_tune(tune).notes
    for hit in tune.notes:
        part = PARTS_BY_PITCH[hit.pitch]
        near = [
            abs(other.onset - hit.onset) for other in fitted if PARTS_BY_PITCH[other.pitch] == part
        ]
        assert min(near) <= 0.5 / STEPS_PER_BEAT + 1e-9


@pytest.mark.parametrize("tempo", [42, 50, 120, 290])
def test_half_a_step_is_at_most_five_milliseconds(tempo):
    assert 1000 * 60 / tempo * 0.5 / STEPS_PER_BEAT <= 5.0


def test_a_flam_and_a_roll_keep_all_their_hits():
    hits = tuple(Note(38, k / 32, 0.1) for k in range(16))
    assert len(CODEC.decode(CODEC.encode(Tune(hits))).notes) == 16


def test_meter_genre_fill_and_tempo_come_first():
    a = CODEC.condition_tokens(Tune((), Meter(3, 4), 60.0, "jazz beat"))
    b = CODEC.condition_tokens(Tune((), Meter(3, 4), 240.0, "funk fill"))
    assert a[0] == b[0]
    assert b[1] - a[1] == GENRES.index("funk") - GENRES.index("jazz")
    assert (b[2] - a[2], b[3] - a[3]) == (1, 12)  # two octaves of six classes


def test_a_meter_without_a_row_is_played_as_four_quarters():
    five = CODEC.condition_tokens(Tune((), Meter(5, 8)))
    assert five[0] == CODEC.condition_tokens(Tune((), Meter(4, 4)))[0]


def test_drums_are_not_transposed():
    tokens = CODEC.encode(Tune((Note(36, 0, 1),)))
    with pytest.raises(ValueError, match="no key"):
        CODEC.transpose_tokens(tokens, np.zeros((len(tokens), CODEC.width), np.int16), 1)
