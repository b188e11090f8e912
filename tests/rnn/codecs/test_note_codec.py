from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from midi_data.notes import Note, Tune
from rnn.codecs.note_codec import NoteCodec

CODEC = NoteCodec(voices=3)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60, suppress_health_check=[HealthCheck.filter_too_much])
def test_random_valid_tokens_are_the_one_spelling_of_their_tune(seed):
    generator = np.random.default_rng(seed)
    reader, tokens = CODEC.new_reader(), []
    while not reader.ended and len(tokens) < 60:
        token = int(generator.choice(np.flatnonzero(reader.mask())))
        tokens.append(token)
        reader.push(token)
    drawn = np.array(tokens, np.int32)
    assume(reader.ended)
    assert CODEC.encode(CODEC.decode(drawn)).tolist() == tokens


def test_a_melody_takes_two_tokens_a_note():
    tune = Tune(tuple(Note(60 + k, k / 2, 0.5) for k in range(8)))
    assert len(CODEC.encode(tune)) == 1 + 2 * 8 + 1


def test_too_many_voices_are_refused():
    with pytest.raises(ValueError, match=r"voices must be in 0\.\.12"):
        NoteCodec(voices=13)


def test_the_pitch_class_is_that_of_the_pitch_token():
    tokens = CODEC.encode(Tune((Note(61, 0, 1), Note(72, 1, 1))))
    classes = CODEC.pitch_classes(tokens)
    assert [tone for tone in classes.tolist() if tone >= 0] == [1, 0]
