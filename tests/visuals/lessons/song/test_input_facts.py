from __future__ import annotations

import numpy as np
import pytest

from midi_data import songs
from rnn.teaching.tune_learner import TuneLearner
from visuals.lessons.song.input_facts import (
    input_contributions,
    input_facts_at,
    pitch_tokens,
    readout_contributions,
)


@pytest.fixture(scope="module")
def learner() -> TuneLearner:
    return TuneLearner(songs.frere_jacques(), units=8)


def test_the_facts_have_each_active_row_once(learner):
    for token in range(len(learner.encoded.tokens)):
        rows = [row for fact in input_facts_at(learner, token) for row in fact.rows]
        assert sorted(rows) == sorted(learner.encoded.features[token].tolist())


def test_the_contributions_add_up_to_the_input_of_the_first_layer(learner):
    parameters, facts = learner.network.parameters, input_facts_at(learner, 9)
    rows = [row for fact in facts for row in fact.rows]
    whole = parameters["embedding"][rows].sum(axis=0) @ parameters["lstm0.input"]
    total = input_contributions(parameters, facts).sum(axis=0).reshape(-1)
    assert np.allclose(total, whole, atol=1e-5)


def test_the_readout_contributions_add_up_to_the_logits_without_bias(learner):
    parameters, hidden = learner.network.parameters, np.linspace(-1, 1, 8, dtype=np.float32)
    total = readout_contributions(parameters, hidden, (60, 72)).sum(axis=1)
    logits = hidden @ parameters["readout.weight"]
    assert np.allclose(total, logits[pitch_tokens((60, 72))], atol=1e-6)
