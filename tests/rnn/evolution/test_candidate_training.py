from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rnn.evolution.candidate_training import EvolutionSettings, train_candidate
from rnn.evolution.evolution_data import encode_duets
from rnn.evolution.generation import GenerationError
from rnn.evolution.generation_store import hash_weights
from rnn.training.evaluation import score_tunes

SETTINGS = EvolutionSettings(seed=1, passes=30.0, rate=0.01, pull=0.0, dropout=0.0)


def test_liked_answers_become_likelier(origin, evolution_data):
    candidate = train_candidate(origin, evolution_data, SETTINGS)
    judged = encode_duets(origin.codec, evolution_data.judged)
    before, after = (score_tunes(m.network, judged).bits for m in (origin, candidate))
    assert after < 0.9 * before


def test_disliked_answers_become_less_likely(origin, evolution_data):
    def turned(duets):
        return tuple(replace(duet, weight=-1.0) for duet in duets)

    data = replace(
        evolution_data,
        learned=turned(evolution_data.learned),
        validation=turned(evolution_data.validation),
        rehearsed=(),
    )
    candidate = train_candidate(origin, data, SETTINGS)
    judged = encode_duets(origin.codec, evolution_data.judged)
    before, after = (score_tunes(m.network, judged).bits for m in (origin, candidate))
    assert after > 1.05 * before


def test_the_same_data_and_seed_give_the_same_weights(origin, evolution_data):
    hashes = [
        hash_weights(train_candidate(origin, evolution_data, settings).network.parameters)
        for settings in (SETTINGS, SETTINGS, replace(SETTINGS, seed=2))
    ]
    assert hashes[0] == hashes[1] != hashes[2]


def test_the_parent_stays_as_it_was(origin, evolution_data):
    before = {name: array.copy() for name, array in origin.network.parameters.items()}
    train_candidate(origin, evolution_data, SETTINGS)
    for name, array in origin.network.parameters.items():
        np.testing.assert_array_equal(array, before[name])


@pytest.mark.parametrize("part", ["learned", "validation", "judged"])
def test_too_few_duets_are_told(origin, evolution_data, part):
    with pytest.raises(GenerationError, match="liked duets"):
        train_candidate(origin, replace(evolution_data, **{part: ()}), SETTINGS)
