from __future__ import annotations

import numpy as np
import pytest

from midi_data import songs
from rnn.teaching.tiny_lstm import TinyLstmLearner

TUNE = [note.pitch for note in songs.frere_jacques().notes]


@pytest.fixture(scope="module")
def learned() -> TinyLstmLearner:
    learner = TinyLstmLearner(TUNE)
    for _ in range(250):
        learner.learn()
    return learner


def test_the_tune_is_learned(learned):
    assert learned.count_correct(learned.trace_steps()) == len(TUNE) - 1


def test_without_memory_the_same_network_fails(learned):
    assert learned.count_correct(learned.trace_steps(memory=False)) < 0.7 * (len(TUNE) - 1)


def test_without_memory_a_pitch_always_gives_the_same_prediction(learned):
    predictions = {}
    for step in learned.trace_steps(memory=False):
        assert (
            predictions.setdefault(step.pitch_index, step.predicted_index) == step.predicted_index
        )


def test_states_follow_the_equations_of_the_lstm(learned):
    for step in learned.trace_steps():
        after = step.forget_gate * step.cell_before + step.input_gate * step.candidate
        assert np.allclose(step.cell_after, after, atol=1e-5)
        assert np.allclose(step.hidden, step.output_gate * np.tanh(step.cell_after), atol=1e-5)


def test_learning_lowers_the_error():
    learner = TinyLstmLearner(TUNE, seed=3)
    errors = [learner.learn() for _ in range(60)]
    assert errors[-1] < 0.5 * errors[0]


def test_a_single_note_is_refused():
    with pytest.raises(ValueError, match="at least 2 notes, not 1"):
        TinyLstmLearner([60])
