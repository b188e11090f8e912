from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from midi_data.notes import Tune
from rnn.codecs.note_codec import NoteCodec
from rnn.training.baselines import CachedNGramModel, NGramModel, score_unigram
from rnn.training.dataset import encode_tune, encode_tunes


def variants_of(tune, outputs):
    """The tune with its last token replaced by each token."""
    variants = []
    for token in range(outputs):
        tokens = tune.tokens.copy()
        tokens[-1] = token
        variants.append(replace(tune, tokens=tokens))
    return variants


def test_the_unigram_charges_the_share_of_each_token(a_tune):
    codec = NoteCodec()
    tunes = encode_tunes(codec, [a_tune(60)])
    score = score_unigram(tunes, tunes, codec.outputs)
    assert (score.notes, score.tunes) == (15, 1)
    assert 0 < score.bits_per_note < 2 * np.log2(codec.outputs)


def test_an_ngram_predicts_its_training_tunes_better(a_tune, random_tune):
    codec = NoteCodec()
    tunes = encode_tunes(codec, [a_tune(60), a_tune(62)])
    seen = NGramModel(tunes, tunes, codec.outputs).score(tunes).bits_per_note
    strange = encode_tunes(codec, [random_tune(1)])
    assert seen < 2.0 < NGramModel(tunes, strange, codec.outputs).score(strange).bits_per_note


def test_ngram_probabilities_sum_to_one(random_tune):
    codec = NoteCodec()
    tunes = encode_tunes(codec, [random_tune(k) for k in range(4)])
    variants = variants_of(tunes[0], codec.outputs)
    model = NGramModel(tunes, variants, codec.outputs, order=4)
    assert sum(model.probabilities(tune)[-1] for tune in variants) == pytest.approx(1.0)


def test_a_cache_predicts_repetition(random_tune):
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


def test_a_useless_cache_is_disabled(random_tune):
    codec = NoteCodec()
    tunes = encode_tunes(codec, [random_tune(seed) for seed in range(8)])
    ngram = NGramModel(tunes[:4], tunes[4:], codec.outputs)
    cached = CachedNGramModel(ngram, tunes[4:6]).score(tunes[4:6])
    assert cached.bits <= ngram.score(tunes[4:6]).bits * 1.001


def test_the_probabilities_of_a_cache_sum_to_one(random_tune):
    codec = NoteCodec()
    tune = encode_tune(codec, random_tune(1))
    variants = variants_of(tune, codec.outputs)
    train = encode_tunes(codec, [random_tune(2)])
    cached = CachedNGramModel(NGramModel(train, [tune, *variants], codec.outputs), [tune])
    cached.weights = [0.5] * len(cached.weights)
    assert sum(cached.probabilities(each)[-1] for each in variants) == pytest.approx(1.0)


def test_too_many_tokens_for_a_byte_are_refused():
    with pytest.raises(ValueError, match="at most 255 tokens, not 256"):
        NGramModel([], [], 256)
