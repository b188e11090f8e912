from __future__ import annotations

import multiprocessing
import os
import signal
from dataclasses import replace

import numpy as np
import pytest

from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes
from rnn.training import data_parallel
from rnn.training.data_parallel import (
    WORKER_NAME,
    DataParallel,
    GradientWorkerError,
    SharedParameters,
)
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


def worker_processes():
    return [child for child in multiprocessing.active_children() if child.name == WORKER_NAME]


def gradients_of(network, batch, count, dropout=0.0, seed=(1,)):
    state = network.initial_state(batch.targets.shape[1])
    with DataParallel(network, count) as workers:
        result, gradients = workers.compute_gradients(batch, state, dropout, seed)
    return result, {name: array.copy() for name, array in gradients.items()}


def test_two_workers_compute_the_gradients_of_one(network, batch):
    one, gradients = gradients_of(network, batch, 1)
    two, in_two = gradients_of(network, batch, 2)
    assert two.loss == pytest.approx(one.loss, rel=1e-6)
    np.testing.assert_allclose(two.h, one.h, atol=1e-6)
    np.testing.assert_allclose(two.c, one.c, atol=1e-6)
    for name, array in gradients.items():
        np.testing.assert_allclose(in_two[name], array, atol=1e-6)


def test_workers_use_the_current_weights(network, batch):
    state = network.initial_state(B)
    with DataParallel(network, 2) as two:
        two.compute_gradients(batch, state)
        network.parameters["lstm0.hidden"] *= 2
        changed = two.compute_gradients(batch, state)[0].loss
    assert changed == pytest.approx(gradients_of(network, batch, 1)[0].loss, rel=1e-6)


def test_the_same_workers_and_seed_give_the_same_bits(network, batch):
    state, found = network.initial_state(B), []
    with DataParallel(network, 2) as two:
        for seed in ((1,), (1,), (2,)):
            gradients = two.compute_gradients(batch, state, 0.5, seed)[1]
            found.append(np.concatenate([array.ravel() for array in gradients.values()]))
    np.testing.assert_array_equal(found[0], found[1])
    assert (found[0] != found[2]).any()


def test_one_sequence_uses_one_worker(network, batch):
    single = replace(
        batch,
        features=batch.features[:, :1],
        targets=batch.targets[:, :1],
        tune_starts=batch.tune_starts[:, :1],
    )
    (one, _), (two, _) = gradients_of(network, single, 1), gradients_of(network, single, 2)
    assert two.loss == one.loss


def test_the_end_of_a_worker_is_reported(network, batch):
    with DataParallel(network, 2) as two:
        (worker,) = worker_processes()
        worker.kill()
        worker.join()
        with pytest.raises(GradientWorkerError, match="a worker process ended before its work"):
            two.compute_gradients(batch, network.initial_state(B))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_worker_ignores_interrupts(network, batch):
    with DataParallel(network, 2) as two:
        before = two.compute_gradients(batch, network.initial_state(B))[0].loss
        (worker,) = worker_processes()
        os.kill(worker.pid, signal.SIGINT)
        assert two.compute_gradients(batch, network.initial_state(B))[0].loss == before


def test_an_exception_within_a_batch_ends_the_workers_without_a_message(
    network, batch, monkeypatch, capfd
):
    def broken(network, share):
        raise KeyboardInterrupt

    monkeypatch.setattr(data_parallel, "compute_gradients", broken)  # in this process only
    with pytest.raises(KeyboardInterrupt), DataParallel(network, 2) as two:
        two.compute_gradients(batch, network.initial_state(B))
    assert not worker_processes()
    assert capfd.readouterr().err == ""


def test_no_worker_is_left(network):
    with DataParallel(network, 2):
        pass
    assert not worker_processes()


def test_a_count_of_zero_is_refused(network):
    with pytest.raises(ValueError, match="crews must be at least 1, not 0"):
        DataParallel(network, 0)


def test_shared_parameters_hold_what_was_copied(network):
    shared = SharedParameters(SIZES)
    shared.copy_from(network.parameters)
    for name, array in shared.views().items():
        np.testing.assert_array_equal(array, network.parameters[name])
