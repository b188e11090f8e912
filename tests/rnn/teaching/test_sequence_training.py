from __future__ import annotations

import numpy as np
import pytest

from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes
from rnn.teaching.sequence_training import softmax, train_on_sequence
from rnn.training.optimiser import Adam

TOKENS = np.array([0, 1, 2, 1, 0, 3], np.int32)
FEATURES, TARGETS = TOKENS[:-1, None, None], TOKENS[1:, None]


def make_network() -> Network:
    sizes = NetworkSizes(inputs=4, outputs=4, embedding=4, units=8, layers=1)
    return Network.initial(sizes, np.random.default_rng(1))


def test_training_lowers_the_error_of_the_sequence():
    network = make_network()
    adam = Adam(network.parameters)
    errors = [train_on_sequence(network, adam, 0.05, FEATURES, TARGETS) for _ in range(40)]
    assert errors[-1] < 0.2 * errors[0]


def test_the_error_is_that_of_the_probabilities_before_the_step():
    network = make_network()
    state = network.initial_state()
    logits = np.stack([network.step(row, state)[0] for row in FEATURES])
    likelihoods = softmax(logits)[np.arange(len(TARGETS)), TARGETS[:, 0]]
    nats = train_on_sequence(network, Adam(network.parameters), 0.05, FEATURES, TARGETS)
    assert nats == pytest.approx(-np.log(likelihoods).sum(), rel=1e-4)


def test_with_only_the_target_allowed_nothing_is_learned():
    network = make_network()
    masks = np.eye(4, dtype=bool)[TARGETS[:, 0]]
    before = network.parameters["readout.weight"].copy()
    nats = train_on_sequence(network, Adam(network.parameters), 0.05, FEATURES, TARGETS, masks)
    assert nats == 0.0
    assert np.array_equal(network.parameters["readout.weight"], before)


def test_softmax_sums_to_one_whatever_the_size_of_the_logits():
    assert softmax(np.array([[1e4, 1e4], [-1e4, -np.inf]], np.float32)).tolist() == [
        [0.5, 0.5],
        [1, 0],
    ]
