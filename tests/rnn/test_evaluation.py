from __future__ import annotations

import numpy as np
import pytest

from rnn.baselines import NGram
from rnn.codecs.notes import NoteCodec
from rnn.evaluation import score
from rnn.network import Network, Sizes
from rnn.sequences import encode_tune, encode_tunes


def test_scores_charge_every_token(a_tune):
    codec = NoteCodec()
    tune = encode_tune(codec, a_tune(60))
    network = Network.initial(Sizes(codec.inputs, codec.outputs, 4, 4, 1), np.random.default_rng(0))
    network.parameters["readout.weight"][:] = 0  # every valid token is as likely as any other
    from rnn.evaluation import unpacked

    choices = unpacked(tune.masks, codec.outputs).sum(axis=1)
    expected = np.log2(choices).sum() / tune.notes
    assert score(network, [tune]).bits_per_note == pytest.approx(expected, rel=1e-4)


def test_scores_do_not_depend_on_company(random_tune):
    codec = NoteCodec()
    tunes = encode_tunes(codec, [random_tune(k) for k in range(5)])
    network = Network.initial(Sizes(codec.inputs, codec.outputs, 8, 8, 2), np.random.default_rng(0))
    alone = sum(score(network, [tune]).bits for tune in tunes)
    assert score(network, tunes, lanes=2, steps=7).bits == pytest.approx(alone, rel=1e-4)


def test_an_ngram_knows_what_it_has_seen(a_tune, random_tune):
    codec = NoteCodec()
    tunes = encode_tunes(codec, [a_tune(60), a_tune(62)])
    seen = NGram(tunes, tunes, codec.outputs).score().bits_per_note
    strange = encode_tunes(codec, [random_tune(1)])
    assert seen < 2.0 < NGram(tunes, strange, codec.outputs).score().bits_per_note


def test_ngram_probabilities_sum_to_one(random_tune):
    codec = NoteCodec()
    tunes = encode_tunes(codec, [random_tune(k) for k in range(4)])
    model = NGram(tunes, tunes, codec.outputs, order=4)
    context = bytes(tunes[0].tokens[4:7].astype(np.uint8))
    total = sum(model._probability(context, token) for token in range(codec.outputs))
    assert total == pytest.approx(1.0)
