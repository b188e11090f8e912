from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from midi_data.notes import Note, Tune
from rnn.codecs.note_codec import NoteCodec

CODEC = NoteCodec(voices=3)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_whatever_is_drawn_from_the_masks_spells_itself(seed):
    generator = np.random.default_rng(seed)
    reader, tokens = CODEC.new_reader(), []
    while not reader.ended and len(tokens) < 60:
        token = int(generator.choice(np.flatnonzero(reader.mask())))
        tokens.append(token)
        reader.push(token)
    drawn = np.array(tokens, np.int32)
    if not reader.ended:
        return
    assert CODEC.encode(CODEC.decode(drawn)).tolist() == tokens


def test_a_melody_costs_two_tokens_a_note():
    tune = Tune(tuple(Note(60 + k, k / 2, 0.5) for k in range(8)))
    assert len(CODEC.encode(tune)) == 1 + 2 * 8 + 1


def test_voices_are_bounded():
    with pytest.raises(ValueError, match=r"voices must be in 0\.\.12"):
        NoteCodec(voices=13)
