from __future__ import annotations

import numpy as np
import pytest

from rnn.teaching.tiny_lstm import TinyLstmLearner, frere_jacques_notes

TUNE = [note.pitch for note in frere_jacques_notes()]


@pytest.fixture(scope="module")
def learned() -> TinyLstmLearner:
    learner = TinyLstmLearner(TUNE)
    for _ in range(250):
        learner.learn()
    return learner


def test_the_tune_is_eight_bars_of_four():
    notes = frere_jacques_notes()
    assert (len(notes), notes[-1].end) == (32, 32.0)


def test_the_tune_is_learned(learned):
    assert learned.count_correct(learned.trace_steps()) == len(TUNE) - 1


def test_with_its_memory_cut_the_same_network_fails(learned):
    assert learned.count_correct(learned.trace_steps(memory=False)) < 0.7 * (len(TUNE) - 1)


def test_without_memory_a_note_is_always_followed_by_the_same_guess(learned):
    guesses = {}
    for moment in learned.trace_steps(memory=False):
        assert (
            guesses.setdefault(moment.pitch_index, moment.predicted_index) == moment.predicted_index
        )


def test_what_a_cell_holds_is_kept_and_written(learned):
    for moment in learned.trace_steps():
        after = moment.forget_gate * moment.cell_before + moment.input_gate * moment.candidate
        assert np.allclose(moment.cell_after, after, atol=1e-5)
        assert np.allclose(
            moment.hidden, moment.output_gate * np.tanh(moment.cell_after), atol=1e-5
        )


def test_learning_lowers_the_error():
    learner = TinyLstmLearner(TUNE, seed=3)
    errors = [learner.learn() for _ in range(60)]
    assert errors[-1] < 0.5 * errors[0]


def test_one_note_is_no_tune():
    with pytest.raises(ValueError, match="at least 2 notes, not 1"):
        TinyLstmLearner([60])
