from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from midi_data.notes import Note, Tune
from rnn.codecs.character_codec import CharacterCodec
from rnn.codecs.note_codec import NoteCodec
from rnn.training.dataset import EpochBatcher, encode_tune, encode_tunes, valid_transpositions


def test_every_tune_is_in_an_epoch_once(random_tune):
    codec = NoteCodec()
    tunes = encode_tunes(codec, [random_tune(k) for k in range(7)])
    epochs = EpochBatcher(codec, tunes, lanes=3, steps=8)
    batches = list(epochs.iterate_epoch(np.random.default_rng(0)))
    targets = np.concatenate([batch.targets for batch in batches])
    assert (targets >= 0).sum() == sum(len(tune.tokens) for tune in tunes)
    assert (targets == codec.end_token).sum() == len(tunes)
    assert len(batches) == epochs.batches_per_epoch


def test_an_epoch_holds_tunes_that_are_longer_in_other_keys(a_tune):
    codec = CharacterCodec()
    tunes = encode_tunes(codec, [a_tune(60 + k % 3) for k in range(30)])
    epochs = EpochBatcher(codec, tunes, lanes=2, steps=16)
    own = sum(len(tune.tokens) for tune in tunes)
    for seed in range(4):
        batches = list(epochs.iterate_epoch(np.random.default_rng(seed)))
        targets_found = sum(int((batch.targets >= 0).sum()) for batch in batches)
        assert len(batches) == epochs.batches_per_epoch
        assert own < targets_found <= epochs.batches_per_epoch * epochs.lanes * epochs.steps


@pytest.mark.parametrize("collection", [list, tuple])
def test_weights_count_in_any_sequence_of_tunes(random_tune, collection):
    codec = NoteCodec()
    plain = encode_tunes(codec, [random_tune(k) for k in range(3)])
    halved = [replace(tune, weight=0.5) for tune in plain]
    for tunes, found in ((plain, None), (halved, 0.5)):
        epochs = EpochBatcher(codec, collection(tunes), lanes=1, steps=8)
        (first, *_) = epochs.iterate_epoch(np.random.default_rng(0))
        assert found == (None if first.weights is None else first.weights.max())


def test_a_tune_without_notes_is_refused_by_name():
    with pytest.raises(ValueError, match="tune 'empty' has no notes"):
        encode_tune(NoteCodec(), Tune(name="empty"))


def test_a_key_that_two_parts_share_counts_twice():
    unison = Tune(tuple(Note(60 + k, k, 1, part=part) for k in range(4) for part in (0, 1)))
    for codec in (NoteCodec(details={"parts": 2}), NoteCodec()):
        assert encode_tune(codec, unison).notes == 8


def test_transpositions_stay_on_the_keyboard():
    wide = Tune((Note(24, 0, 1), Note(106, 1, 1)))
    assert list(valid_transpositions(encode_tune(NoteCodec(), wide))) == [-3, -2, -1, 0, 1, 2]
    whole = Tune((Note(21, 0, 1), Note(108, 1, 1)))
    assert list(valid_transpositions(encode_tune(NoteCodec(), whole))) == [0]
