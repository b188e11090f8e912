from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from midi_data.notes import Tune
from rnn.codecs.note_codec import NoteCodec
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes
from rnn.training.baselines import CachedNGramModel, NGramModel, _total_bits
from rnn.training.dataset import encode_tune, encode_tunes
from rnn.training.evaluation import score_tunes


def test_scores_charge_every_token(a_tune):
    codec = NoteCodec()
    tune = encode_tune(codec, a_tune(60))
    network = Network.initial(
        NetworkSizes(codec.inputs, codec.outputs, 4, 4, 1), np.random.default_rng(0)
    )
    network.parameters["readout.weight"][:] = 0  # every valid token is as likely as any other
    from rnn.training.evaluation import unpack_masks

    choices = unpack_masks(tune.masks, codec.outputs).sum(axis=1)
    expected = np.log2(choices).sum() / tune.notes
    assert score_tunes(network, [tune]).bits_per_note == pytest.approx(expected, rel=1e-4)


def test_scores_do_not_depend_on_company(random_tune):
    codec = NoteCodec()
    tunes = encode_tunes(codec, [random_tune(k) for k in range(5)])
    network = Network.initial(
        NetworkSizes(codec.inputs, codec.outputs, 8, 8, 2), np.random.default_rng(0)
    )
    alone = sum(score_tunes(network, [tune]).bits for tune in tunes)
    assert score_tunes(network, tunes, lanes=2, steps=7).bits == pytest.approx(alone, rel=1e-4)


def test_an_ngram_knows_what_it_has_seen(a_tune, random_tune):
    codec = NoteCodec()
    tunes = encode_tunes(codec, [a_tune(60), a_tune(62)])
    seen = NGramModel(tunes, tunes, codec.outputs).score().bits_per_note
    strange = encode_tunes(codec, [random_tune(1)])
    assert seen < 2.0 < NGramModel(tunes, strange, codec.outputs).score().bits_per_note


def test_ngram_probabilities_sum_to_one(random_tune):
    codec = NoteCodec()
    tunes = encode_tunes(codec, [random_tune(k) for k in range(4)])
    model = NGramModel(tunes, tunes, codec.outputs, order=4)
    context = bytes(tunes[0].tokens[4:7].astype(np.uint8))
    total = sum(model._probability(context, token) for token in range(codec.outputs))
    assert total == pytest.approx(1.0)


def test_a_cache_remembers_the_tune_so_far(random_tune):
    def twice(seed):
        once = random_tune(seed)
        again = tuple(replace(note, onset=note.onset + once.end) for note in once.notes)
        return Tune(once.notes + again, once.meter)

    codec = NoteCodec()
    train, tuning, test = (
        encode_tunes(codec, [twice(seed) for seed in seeds])
        for seeds in (range(5), range(5, 8), range(8, 11))
    )
    ngram = NGramModel(train, [*tuning, *test], codec.outputs)
    assert CachedNGramModel(ngram, tuning).score(test).bits < 0.7 * ngram.score(test).bits


def test_a_cache_that_is_no_use_is_not_used(random_tune):
    codec = NoteCodec()
    tunes = encode_tunes(codec, [random_tune(seed) for seed in range(8)])
    ngram = NGramModel(tunes[:4], tunes[4:], codec.outputs)
    cached = CachedNGramModel(ngram, tunes[4:6]).score(tunes[4:6])
    assert cached.bits <= ngram.score(tunes[4:6]).bits * 1.001


def test_a_cache_gives_shares_that_sum_to_one(random_tune):
    # the last token replaced by each there is: together they are certain
    codec = NoteCodec()
    tune = encode_tune(codec, random_tune(1))
    variants = []
    for token in range(codec.outputs):
        tokens = tune.tokens.copy()
        tokens[-1] = token
        variants.append(replace(tune, tokens=tokens))
    train = encode_tunes(codec, [random_tune(2)])
    cached = CachedNGramModel(NGramModel(train, [tune, *variants], codec.outputs), [tune])
    cached.pulls = [0.5] * len(cached.pulls)
    bits = np.array([cached.score([variant]).bits for variant in variants])
    without = bits.min()
    ngram = cached._ngram
    shares = [p[-1] for p in map(ngram.probabilities, variants)]
    assert sum(shares) == pytest.approx(1.0)
    whole = np.log2(np.exp2(without - bits).sum()) - without  # of all tokens before the last
    first = [bits_but_last(cached, variant) for variant in variants[:2]]
    assert first[0] == pytest.approx(first[1])
    assert -whole == pytest.approx(first[0], rel=1e-6)


def bits_but_last(cached, tune):
    base, counts, totals = cached._evidence(tune)
    return _total_bits(cached.pulls, base[:-1], counts[:-1], totals[:-1])
