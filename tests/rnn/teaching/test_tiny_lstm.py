from __future__ import annotations

import numpy as np
import pytest

from rnn.teaching.tiny_lstm import Learner, frere_jacques

TUNE = [note.pitch for note in frere_jacques()]


@pytest.fixture(scope="module")
def learned() -> Learner:
    learner = Learner(TUNE)
    for _ in range(250):
        learner.learn()
    return learner


def test_the_tune_is_eight_bars_of_four():
    notes = frere_jacques()
    assert (len(notes), notes[-1].end) == (32, 32.0)


def test_the_tune_is_learned(learned):
    assert learned.right(learned.recite()) == len(TUNE) - 1


def test_with_its_memory_cut_the_same_network_fails(learned):
    assert learned.right(learned.recite(memory=False)) < 0.7 * (len(TUNE) - 1)


def test_without_memory_a_note_is_always_followed_by_the_same_guess(learned):
    guesses = {}
    for moment in learned.recite(memory=False):
        assert guesses.setdefault(moment.heard, moment.guess) == moment.guess


def test_what_a_cell_holds_is_kept_and_written(learned):
    for moment in learned.recite():
        after = moment.kept * moment.before + moment.written * moment.new
        assert np.allclose(moment.after, after, atol=1e-5)
        assert np.allclose(moment.spoken, moment.said * np.tanh(moment.after), atol=1e-5)


def test_learning_lowers_the_error():
    learner = Learner(TUNE, seed=3)
    errors = [learner.learn() for _ in range(60)]
    assert errors[-1] < 0.5 * errors[0]


def test_one_note_is_no_tune():
    with pytest.raises(ValueError, match="at least 2 notes, not 1"):
        Learner([60])
