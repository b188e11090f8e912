from __future__ import annotations

from dataclasses import replace

import pytest

from rnn.evolution import shared_training
from rnn.evolution.candidate_training import EvolutionSettings, train_candidate
from rnn.evolution.generation import GenerationError
from rnn.evolution.generation_store import hash_weights
from rnn.evolution.shared_training import SharedTraining, TrainingTask
from rnn.training.ranks import SingleRank

SETTINGS = EvolutionSettings(seed=1, answers=40)


class RecordedRank(SingleRank):
    """Keeps what it shares; as an assistant it gets what was shared before."""

    def __init__(self) -> None:
        self.shared: list[TrainingTask | None] = []
        self.told: list[TrainingTask | None] = []

    def share(self, value):
        self.shared.append(value)
        return self.told.pop(0) if self.told else value


def test_a_process_alone_trains_what_train_candidate_does(origin, evolution_data):
    own = train_candidate(origin, evolution_data, SETTINGS)
    with SharedTraining() as training:
        shared = training.train(origin, evolution_data, SETTINGS)
    hashes = [hash_weights(each.network.parameters) for each in (own, shared)]
    assert hashes[0] == hashes[1]


def test_rank_0_tells_the_others_what_is_trained_and_when_it_is_over(origin, evolution_data):
    rank = RecordedRank()
    with SharedTraining(rank) as training:
        training.train(origin, evolution_data, SETTINGS)
    assert rank.shared == [TrainingTask(origin, evolution_data, SETTINGS), None]


def test_an_error_before_the_training_releases_the_others():
    rank = RecordedRank()
    with pytest.raises(OSError, match="no disk"), SharedTraining(rank):
        raise OSError("no disk")
    assert rank.shared == [None]


def test_an_assistant_trains_what_it_is_told_until_it_is_over(origin, evolution_data, monkeypatch):
    trained = []

    def train(parent, data, settings, ranks):
        trained.append(settings.seed)
        return train_candidate(parent, data, settings, ranks)

    monkeypatch.setattr(shared_training, "train_candidate", train)
    rank = RecordedRank()
    nothing = replace(evolution_data, learned=())
    with pytest.raises(GenerationError):
        train_candidate(origin, nothing, SETTINGS)
    rank.told = [
        TrainingTask(origin, nothing, SETTINGS),  # rank 0 tells that error
        TrainingTask(origin, evolution_data, replace(SETTINGS, seed=2)),
        None,
    ]
    SharedTraining(rank).assist()
    assert trained == [1, 2] and rank.told == []
