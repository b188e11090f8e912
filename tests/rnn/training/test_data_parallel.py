from __future__ import annotations

import multiprocessing
import os
import signal
from dataclasses import replace

import numpy as np
import pytest

from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes
from rnn.training import data_parallel as crews
from rnn.training.data_parallel import DataParallel, GradientWorkerError, SharedParameters
from rnn.training.dataset import Batch

SIZES = NetworkSizes(inputs=20, outputs=7, embedding=5, units=6, layers=2)
T, B = 6, 5


@pytest.fixture
def network():
    return Network.initial(SIZES, np.random.default_rng(1))


@pytest.fixture
def batch():
    generator = np.random.default_rng(2)
    features = generator.integers(0, SIZES.inputs, (T, B, 3)).astype(np.int32)
    targets = generator.integers(-1, SIZES.outputs, (T, B)).astype(np.int32)
    return Batch(features, targets, generator.random((T, B)) < 0.2, 0)


def learned_by(network, batch, count, dropout=0.0, seed=(1,)):
    state = network.initial_state(batch.targets.shape[1])
    with DataParallel(network, count) as several:
        learned, gradients = several.compute_gradients(batch, state, dropout, seed)
    return learned, {name: array.copy() for name, array in gradients.items()}


def test_two_crews_learn_what_one_does(network, batch):
    one, gradients = learned_by(network, batch, 1)
    two, in_two = learned_by(network, batch, 2)
    assert two.loss == pytest.approx(one.loss, rel=1e-6)
    np.testing.assert_allclose(two.h, one.h, atol=1e-6)
    np.testing.assert_allclose(two.c, one.c, atol=1e-6)
    for name, array in gradients.items():
        np.testing.assert_allclose(in_two[name], array, atol=1e-6)


def test_crews_learn_with_the_weights_as_they_are_now(network, batch):
    state = network.initial_state(B)
    with DataParallel(network, 2) as two:
        two.compute_gradients(batch, state)
        network.parameters["lstm0.hidden"] *= 2
        changed = two.compute_gradients(batch, state)[0].loss
    assert changed == pytest.approx(learned_by(network, batch, 1)[0].loss, rel=1e-6)


def test_the_same_crews_and_seed_give_the_same_bits(network, batch):
    state, found = network.initial_state(B), []
    with DataParallel(network, 2) as two:
        for seed in ((1,), (1,), (2,)):
            gradients = two.compute_gradients(batch, state, 0.5, seed)[1]
            found.append(np.concatenate([array.ravel() for array in gradients.values()]))
    np.testing.assert_array_equal(found[0], found[1])
    assert (found[0] != found[2]).any()


def test_one_sequence_is_for_one_crew(network, batch):
    single = replace(
        batch,
        features=batch.features[:, :1],
        targets=batch.targets[:, :1],
        tune_starts=batch.tune_starts[:, :1],
    )
    (one, _), (two, _) = learned_by(network, single, 1), learned_by(network, single, 2)
    assert two.loss == one.loss


def test_a_crew_that_ended_is_told_of(network, batch):
    with DataParallel(network, 2) as two:
        (crew,) = (child for child in multiprocessing.active_children() if child.name == "crew")
        crew.kill()
        crew.join()
        with pytest.raises(GradientWorkerError, match="came to an end"):
            two.compute_gradients(batch, network.initial_state(B))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_crew_leaves_interrupts_to_whoever_gives_the_tasks(network, batch):
    with DataParallel(network, 2) as two:
        before = two.compute_gradients(batch, network.initial_state(B))[0].loss
        (crew,) = (child for child in multiprocessing.active_children() if child.name == "crew")
        os.kill(crew.pid, signal.SIGINT)
        assert two.compute_gradients(batch, network.initial_state(B))[0].loss == before


def test_breaking_off_within_a_task_leaves_no_crew_and_no_complaint(
    network, batch, monkeypatch, capfd
):
    def broken(network, task):
        raise KeyboardInterrupt

    monkeypatch.setattr(crews, "compute_gradients", broken)  # here; the other process has its own
    with pytest.raises(KeyboardInterrupt), DataParallel(network, 2) as two:
        two.compute_gradients(batch, network.initial_state(B))
    assert not [child for child in multiprocessing.active_children() if child.name == "crew"]
    assert capfd.readouterr().err == ""


def test_no_crew_is_left(network):
    with DataParallel(network, 2):
        pass
    assert not [child for child in multiprocessing.active_children() if child.name == "crew"]


def test_no_crews_at_all_are_refused(network):
    with pytest.raises(ValueError, match="crews must be at least 1, not 0"):
        DataParallel(network, 0)


def test_what_is_shared_reads_as_it_was_written(network):
    shared = SharedParameters(SIZES)
    shared.copy_from(network.parameters)
    for name, array in shared.views().items():
        np.testing.assert_array_equal(array, network.parameters[name])
