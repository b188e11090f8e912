from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from midi_data.notes import Note, Tune
from rnn.codecs.note_codec import NoteCodec
from rnn.codecs.note_details import NoteDetails

ALL = NoteDetails(parts=3, velocities=True, timing=12)
details = st.builds(
    NoteDetails, st.integers(1, 3), st.booleans(), st.sampled_from([1, 2, 3, 12])
) | st.builds(NoteDetails, timing=st.sampled_from([2, 12]), ends=st.just(True))


@given(st.integers(0, 2**32 - 1), details)
@settings(max_examples=150, suppress_health_check=[HealthCheck.filter_too_much])
def test_random_valid_tokens_are_the_one_spelling_of_their_tune(seed, written):
    generator = np.random.default_rng(seed)
    codec, low = NoteCodec(details=written), np.ones(251)
    low[73:] = np.where(np.arange(73, 251) < 151, 0.02, 1)  # few keys, so that they meet
    low[15:40] = 0.1
    reader, tokens = codec.new_reader(), []
    while not reader.ended and len(tokens) < 90:
        weights = low * reader.mask()
        token = int(generator.choice(len(weights), p=weights / weights.sum()))
        tokens.append(token)
        reader.push(token)
    assume(reader.ended)
    tune = codec.decode(np.array(tokens, np.int32))
    assert codec.encode(tune).tolist() == tokens


def test_parts_may_play_one_key_together():
    tune = Tune((Note(60, 0, 1, part=0), Note(60, 0, 2, part=1)))
    codec = NoteCodec(details=NoteDetails(parts=2))
    assert codec.decode(codec.encode(tune)).notes == tune.notes


def test_a_part_strikes_no_key_that_it_holds():
    codec = NoteCodec(details=NoteDetails(parts=1, velocities=True))
    reader = codec.new_reader()
    held = codec.encode(Tune((Note(60, 0, 4), Note(64, 0, 1))))[:-1]
    for token in held:
        reader.push(int(token))
    (pitch,) = codec.key_tree.spellings[60 - 21]
    assert not reader.mask()[pitch]


def test_the_last_pitch_of_each_part_is_in_the_input():
    codec = NoteCodec(details=NoteDetails(parts=2))
    readers = []
    for lower in (48, 50):
        reader = codec.new_reader()
        tune = Tune((Note(lower, 0, 1, part=1), Note(72, 0, 1, part=0), Note(74, 1, 1)))
        for token in codec.encode(tune)[:-1]:
            reader.push(int(token))
        readers.append(reader.features()[-8:])
    assert np.flatnonzero(readers[0] != readers[1]).tolist() == [1]


def test_a_detail_that_may_not_come_is_refused():
    reader = NoteCodec(details=ALL).new_reader()
    with pytest.raises(ValueError, match="may not come here"):
        reader.push(200)


def test_a_copy_goes_its_own_way():
    codec = NoteCodec(details=ALL)
    tokens = codec.encode(Tune((Note(60, 0.01, 1, 90), Note(62, 1, 1, 30))))
    reader = codec.new_reader()
    for token in tokens[:3]:
        reader.push(int(token))
    before = reader.features().tolist()
    other = reader.copy()
    for token in tokens[3:]:
        other.push(int(token))
    assert reader.features().tolist() == before
    assert other.ended
