from __future__ import annotations

import pytest

from midi_data.notes import Note, Tune
from rnn.training.experiment import prepare_experiment, score_network


def test_a_corpus_of_one_note_is_refused():
    with pytest.raises(ValueError, match="at least two notes"):
        prepare_experiment([Tune((Note(60, 0, 1),))])


def test_a_corpus_of_two_tunes_fills_all_splits(random_tune):
    experiment = prepare_experiment([random_tune(1), random_tune(2)])
    assert experiment.train and experiment.validation and experiment.test


def test_the_codec_of_a_polyphonic_corpus_has_voices(random_tune):
    chords = tuple(Note(p, float(k), 1.0) for k in range(8) for p in (60, 64, 67))
    assert prepare_experiment([Tune(chords), random_tune(0)]).codec.settings() == {
        "voices": 4,
        "match_echo": True,
    }


def test_scores_name_the_baselines(experiment, a_trainer):
    trainer = a_trainer(experiment)
    named = {"validation", "test", "unigram", "ngram", "cached"}
    assert score_network(experiment, trainer.network).keys() == named
