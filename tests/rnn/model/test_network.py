from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from rnn.model.losses import cross_entropy
from rnn.model.network import Network


@pytest.fixture(params=[False, True], ids=["last layer read", "all layers read"])
def network(sizes, generator, request):
    return Network.initial(replace(sizes, sums_layers=request.param), generator)


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("active", [1, 2])
def test_live_steps_equal_the_sequence(network, batch, active, features_of):
    features = features_of(batch=batch, active=active)
    logits, _ = network.forward(features, network.initial_state(batch))
    state = network.initial_state(batch)
    for t in range(len(features)):
        np.testing.assert_allclose(network.step(features[t], state), logits[t], atol=1e-5)


def test_live_steps_use_the_weights_of_the_last_training_step(network, features_of):
    features = features_of()
    network.step(features[0], network.initial_state(3))
    network.forward(features, network.initial_state(3))
    network.parameters["lstm1.hidden"] += 0.1
    network.parameters["embedding"] *= 2
    logits = network.step(features[0], network.initial_state(3))
    again = Network(network.sizes, network.parameters)
    np.testing.assert_array_equal(logits, again.step(features[0], again.initial_state(3)))


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("active", [1, 2])
def test_the_next_step_keeps_earlier_logits(network, batch, active, features_of):
    state, table = network.initial_state(batch), network.parameters["embedding"].copy()
    features = features_of(3, batch, active)
    first = network.step(features[0], state)
    kept = first.copy()
    for rows in features[1:]:
        network.step(rows, state)
    np.testing.assert_array_equal(first, kept)
    again = network.step(features[0], network.initial_state(batch))
    np.testing.assert_array_equal(again, kept)  # nor did a step change what it looks up
    np.testing.assert_array_equal(network.parameters["embedding"], table)


def test_live_steps_leak_no_memory(network, features_of):
    features, state = features_of(steps=1)[0], network.initial_state(3)

    def taken_by(steps):
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(steps):
            network.step(features, state)
        return tracemalloc.get_traced_memory()[0] - before

    tracemalloc.start()
    taken_by(20)
    taken = taken_by(10_000)
    tracemalloc.stop()
    assert taken < 2000


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_gradients_with_dropout_and_restarts(network, generator, share, features_of, sizes):
    network = Network(
        network.sizes, {k: v.astype(np.float64) for k, v in network.parameters.items()}
    )
    features, targets = features_of(), generator.integers(0, sizes.outputs, (6, 3))
    fresh = np.zeros((6, 3), bool)
    fresh[3, 1] = fresh[4, 0] = True

    def loss():
        dice = np.random.default_rng(5)
        logits, buffers = network.forward(features, network.initial_state(3), fresh, share, dice)
        return cross_entropy(logits, targets), buffers

    (_, d_logits), buffers = loss()
    gradients = network.backward(d_logits, buffers)
    for name in ("lstm0.hidden", "lstm1.input", "lstm1.bias", "readout.weight"):
        array, gradient = network.parameters[name], gradients[name].copy()
        at = tuple(int(generator.integers(size)) for size in array.shape)
        kept = array[at]
        array[at] = kept + 1e-4
        above = loss()[0][0]
        array[at] = kept - 1e-4
        below = loss()[0][0]
        array[at] = kept
        assert gradient[at] == pytest.approx((above - below) / 2e-4, rel=1e-3, abs=1e-6)


def test_a_repeated_row_counts_twice(network):
    twice = np.array([[[4, 4]]], np.int32)
    logits, _ = network.forward(twice, network.initial_state())
    np.testing.assert_allclose(
        network.step(twice[0], network.initial_state()), logits[0], atol=1e-6
    )


@pytest.mark.parametrize("active", [1, 2])
@pytest.mark.parametrize(
    "name", ["embedding", "lstm0.input", "lstm0.hidden", "lstm1.input", "readout.weight"]
)
def test_gradients_agree_with_finite_differences(
    network, generator, name, active, features_of, sizes
):
    network = Network(
        network.sizes, {k: v.astype(np.float64) for k, v in network.parameters.items()}
    )
    features = features_of(steps=8, active=active)
    targets = generator.integers(-1, sizes.outputs, features.shape[:2]).astype(np.int32)

    def loss():
        logits, buffers = network.forward(features, network.initial_state(3))
        return cross_entropy(logits, targets), buffers

    (_, d_logits), buffers = loss()
    assert buffers.uses_token_table == (active == 1)
    gradient = network.backward(d_logits, buffers)[name]
    array = network.parameters[name]
    rows = np.unique(features) if name == "embedding" else np.arange(array.shape[0])
    for _ in range(10):
        at = (int(generator.choice(rows)), int(generator.integers(array.shape[1])))
        kept, nudge = array[at], 1e-4
        array[at] = kept + nudge
        above = loss()[0][0]
        array[at] = kept - nudge
        below = loss()[0][0]
        array[at] = kept
        assert gradient[at] == pytest.approx((above - below) / (2 * nudge), rel=1e-4, abs=1e-7)


def test_parameters_of_another_shape_are_refused(network, sizes):
    parameters = dict(network.parameters)
    parameters["readout.bias"] = np.zeros(3, np.float32)
    with pytest.raises(ValueError, match=r"readout.bias has shape \(3,\), not \(7,\)"):
        Network(sizes, parameters)
