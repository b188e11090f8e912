from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rnn.codecs.drum_codec import DrumCodec
from rnn.evolution.tune_sampler import continue_phrases, melody_steps, sample_tunes


def test_tunes_have_notes_and_a_meter_of_the_style(origin):
    model = replace(origin, card=replace(origin.card, meters={"3/4": 1}))
    tunes = sample_tunes(model, 6, np.random.default_rng(1))
    assert tunes and all(tune.notes for tune in tunes)
    assert {str(tune.meter) for tune in tunes} == {"3/4"}


def test_the_same_seed_writes_the_same_tunes(origin):
    first, again = (sample_tunes(origin, 4, np.random.default_rng(7)) for _ in range(2))
    assert first == again


def test_a_continuation_begins_after_its_phrase(origin, random_tune, a_duet):
    phrases = [random_tune(1), a_duet().phrase]
    answers = continue_phrases(origin, phrases, np.random.default_rng(1))
    for phrase, answer in zip(phrases, answers, strict=True):
        assert len(answer) >= 10
        assert answer[0].onset >= phrase.notes[-1].onset


def test_a_drummer_writes_no_melody(origin):
    with pytest.raises(ValueError, match="drums"):
        sample_tunes(replace(origin, codec=DrumCodec()), 1, np.random.default_rng(1))


def test_steps_are_intervals_and_times(a_tune):
    assert melody_steps(a_tune(60).notes[:3]) == [(2, 0.5), (2, 0.5)]
