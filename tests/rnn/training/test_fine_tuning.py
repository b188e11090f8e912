from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rnn.model.network import Network
from rnn.training.dataset import encode_tunes
from rnn.training.evaluation import score_tunes
from rnn.training.fine_tuning import MANY_TUNES, FineTuner, FineTuningSettings, split_folds
from rnn.training.trainer import DivergedError

SMALL = FineTuningSettings(steps=24, rate=0.003, lanes=4, length=16, dropout=0.0)


@pytest.mark.parametrize(
    "values",
    [{"minutes": 0.0}, {"length": 0}, {"rate": -0.1}, {"pull": -1.0}, {"average_decay": 1.0}],
)
def test_settings_out_of_their_range_are_refused(values):
    with pytest.raises(ValueError, match=next(iter(values))):
        FineTuningSettings(**values)


@pytest.fixture
def tunes(a_tune, a_model, experiment):
    return encode_tunes(experiment.codec, [a_tune(pitch) for pitch in range(55, 65)])


@pytest.fixture
def start(a_model, experiment) -> Network:
    return a_model(experiment.codec).network


@pytest.fixture
def a_tuner(start, experiment, tunes):
    def make(settings=SMALL, tunes=tunes, ranks=None):
        return FineTuner(start, experiment.codec, tunes, settings, ranks)

    return make


def test_each_of_few_tunes_is_held_out_once(tunes):
    folds = split_folds(tunes)
    assert len(folds) == 5
    assert sorted(id(tune) for _, held_out in folds for tune in held_out) == sorted(map(id, tunes))
    for train, held_out in folds:
        assert len(train) + len(held_out) == len(tunes)
        assert not {id(tune) for tune in train} & {id(tune) for tune in held_out}


def test_a_tenth_of_many_tunes_is_held_out(tunes):
    many = (tunes * MANY_TUNES)[:MANY_TUNES]
    ((train, held_out),) = split_folds(many)
    assert (len(train), len(held_out)) == (MANY_TUNES - MANY_TUNES // 10, MANY_TUNES // 10)


def test_two_tunes_are_enough_and_one_is_refused(tunes):
    assert [len(train) for train, _ in split_folds(tunes[:2])] == [1, 1]
    with pytest.raises(ValueError, match="at least two tunes, one to check with, not 1"):
        split_folds(tunes[:1])


def test_the_tunes_held_out_are_predicted_better_and_the_start_stays(a_tuner, start):
    before = {name: array.copy() for name, array in start.parameters.items()}
    tuner = a_tuner()
    tuner.run(lambda progress: None)
    assert tuner.training_state.best < 0.9 * tuner.start_bits
    for name, array in before.items():
        np.testing.assert_array_equal(start.parameters[name], array)


def test_the_history_ends_with_the_score_and_never_falls_below_it(a_tuner):
    tuner = a_tuner()
    tuner.run(lambda progress: None)
    validation = [bits for _, _, bits in tuner.training_state.history]
    assert validation[-1] == pytest.approx(tuner.training_state.best, abs=1e-4)
    assert min(validation) == validation[-1]


def test_no_fold_ends_worse_than_the_start(a_tuner):
    tuner = a_tuner(replace(SMALL, rate=0.5))
    tuner.run(lambda progress: None)
    assert tuner.training_state.best <= tuner.start_bits


def test_same_seed_same_weights(a_tuner):
    first, second = a_tuner(), a_tuner()
    for tuner in (first, second):
        tuner.run(lambda progress: None)
    for name, array in first.best_parameters.items():
        np.testing.assert_array_equal(second.best_parameters[name], array)


def test_a_pull_keeps_the_weights_near_the_start(a_tuner, start):
    def distance(pull):
        tuner = a_tuner(replace(SMALL, pull=pull))
        tuner.run(lambda progress: None)
        name = "lstm1.hidden"
        return float(np.abs(tuner.network.parameters[name] - start.parameters[name]).mean())

    assert distance(pull=1.0) < 0.7 * distance(pull=0.0)


def test_a_stop_keeps_what_was_learned(a_tuner, start, tunes):
    tuner = a_tuner(replace(SMALL, steps=10_000))

    def stop(progress):
        tuner.stop_requested = progress.best_bits < 0.95 * tuner.start_bits

    tuner.run(stop, every=0.0)
    learned = Network(start.sizes, tuner.best_parameters)
    assert score_tunes(learned, tunes).bits < score_tunes(start, tunes).bits


def test_a_stop_before_the_run_ends_it_after_one_batch(a_tuner):
    tuner = a_tuner()
    tuner.stop_requested = True
    tuner.run(lambda progress: None)
    assert tuner.training_state.step == 1 and not tuner.stop_requested


def test_a_stop_requested_while_the_ranks_agree_ends_it_at_the_next_batch(
    a_tuner, interrupted_ranks
):
    tuner = interrupted_ranks.learner = a_tuner(ranks=interrupted_ranks)
    tuner.run(lambda progress: None)
    assert tuner.training_state.step == 2


def test_a_training_that_gains_nothing_ends_by_itself(a_tuner):
    tuner = a_tuner(replace(SMALL, steps=100_000, rate=1e-12))
    tuner.run(lambda progress: None)
    assert tuner.training_state.step < 100_000


def test_a_loss_that_is_nan_is_refused_with_the_start_kept(a_tuner, start):
    tuner = a_tuner()
    start.parameters["readout.bias"][:] = np.nan
    with pytest.raises(DivergedError, match="at step 0"):
        tuner.run(lambda progress: None)
