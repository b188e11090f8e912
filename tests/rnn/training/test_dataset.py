from __future__ import annotations

import numpy as np

from rnn.codecs.character_codec import CharacterCodec
from rnn.codecs.note_codec import NoteCodec
from rnn.training.dataset import EpochBatcher, encode_tunes


def test_every_tune_is_dealt_once_an_epoch(random_tune):
    codec = NoteCodec()
    tunes = encode_tunes(codec, [random_tune(k) for k in range(7)])
    epochs = EpochBatcher(codec, tunes, lanes=3, steps=8, shifts=False)
    batches = list(epochs.iterate_epoch(np.random.default_rng(0)))
    targets = np.concatenate([batch.targets for batch in batches])
    asked = np.sort(targets[targets >= 0])
    np.testing.assert_array_equal(asked, np.sort(np.concatenate([t.tokens for t in tunes])))
    assert len(batches) == epochs.batches_per_epoch


def test_an_epoch_has_room_for_tunes_that_are_longer_in_other_keys(a_tune):
    codec = CharacterCodec()
    tunes = encode_tunes(codec, [a_tune(60 + k % 3) for k in range(30)])
    epochs = EpochBatcher(codec, tunes, lanes=2, steps=16)
    own = sum(len(tune.tokens) for tune in tunes)
    for seed in range(4):
        batches = list(epochs.iterate_epoch(np.random.default_rng(seed)))
        asked = sum(int((batch.targets >= 0).sum()) for batch in batches)
        assert len(batches) == epochs.batches_per_epoch
        assert own < asked <= epochs.batches_per_epoch * epochs.lanes * epochs.steps
