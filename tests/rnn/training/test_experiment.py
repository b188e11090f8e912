from __future__ import annotations

import pytest

from midi_data.notes import Note, Tune
from rnn.training.experiment import choose_codec, prepare_experiment, score_network


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


def test_a_corpus_chooses_the_details_of_its_codec():
    parts = [
        Tune(tuple(Note(60 + 5 * p, k + n, 1, part=p) for k in range(9) for p in range(3)))
        for n in range(2)
    ]
    codec = choose_codec("notes", parts)
    assert codec.settings()["details"]["parts"] == 3
    assert "details" not in choose_codec("notes", [Tune((Note(60, 0, 1),))]).settings()


def test_chords_that_are_played_one_key_after_another_are_chords():
    notes = tuple(Note(p, k + p / 2000, 1, 50 + p // 2) for k in range(9) for p in (60, 64, 67))
    settings = choose_codec("notes", [Tune(notes)]).settings()
    assert settings["voices"] == 4 and settings["details"]["timing"] == 12
