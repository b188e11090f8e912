from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from rnn.model.losses import cross_entropy, log_softmax
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes

SIZES = NetworkSizes(inputs=20, outputs=7, embedding=5, units=6, layers=2)


@pytest.fixture
def generator():
    return np.random.default_rng(1)


@pytest.fixture
def network(generator):
    return Network.initial(SIZES, generator)


def features_of(generator, steps=6, batch=3, active=2):
    return generator.integers(0, SIZES.inputs, (steps, batch, active)).astype(np.int32)


@pytest.mark.parametrize("lanes", [1, 3])
@pytest.mark.parametrize("active", [1, 2])
def test_live_steps_equal_the_sequence(network, generator, lanes, active):
    features = features_of(generator, batch=lanes, active=active)
    logits, _ = network.forward(features, network.initial_state(lanes))
    state = network.initial_state(lanes)
    for t in range(len(features)):
        np.testing.assert_allclose(network.step(features[t], state), logits[t], atol=1e-5)


def test_live_steps_take_the_weights_training_left(network, generator):
    features = features_of(generator)
    network.step(features[0], network.initial_state(3))
    network.forward(features, network.initial_state(3))
    network.parameters["lstm1.hidden"] += 0.1
    network.parameters["embedding"] *= 2
    logits = network.step(features[0], network.initial_state(3))
    again = Network(SIZES, network.parameters)
    np.testing.assert_array_equal(logits, again.step(features[0], again.initial_state(3)))


@pytest.mark.parametrize("lanes", [1, 3])
@pytest.mark.parametrize("active", [1, 2])
def test_the_next_step_leaves_logits_alone(network, generator, lanes, active):
    state, table = network.initial_state(lanes), network.parameters["embedding"].copy()
    features = features_of(generator, 3, lanes, active)
    first = network.step(features[0], state)
    kept = first.copy()
    for rows in features[1:]:
        network.step(rows, state)
    np.testing.assert_array_equal(first, kept)
    again = network.step(features[0], network.initial_state(lanes))
    np.testing.assert_array_equal(again, kept)  # nor did a step change what it looks up
    np.testing.assert_array_equal(network.parameters["embedding"], table)


def test_live_steps_leave_no_memory_behind(network, generator):
    features, state = features_of(generator, steps=1)[0], network.initial_state(3)

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


def test_a_sequence_longer_than_memory_is_refused(network):
    for steps in (10**7, 10**9):  # more than a machine has; more than a system promises
        features = np.broadcast_to(np.zeros((1, 1, 1), np.int32), (steps, 64, 1))
        with pytest.raises(MemoryError, match=f"{steps} steps of 64 sequences") as raised:
            network.forward(features, network.initial_state(64))
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_gradients_with_dropout_and_new_beginnings(network, generator, share):
    network = Network(SIZES, {k: v.astype(np.float64) for k, v in network.parameters.items()})
    features, targets = features_of(generator), generator.integers(0, SIZES.outputs, (6, 3))
    fresh = np.zeros((6, 3), bool)
    fresh[3, 1] = fresh[4, 0] = True

    def loss():
        dice = np.random.default_rng(5)
        logits, tape = network.forward(features, network.initial_state(3), fresh, share, dice)
        return cross_entropy(logits, targets), tape

    (_, d_logits), tape = loss()
    gradients = network.backward(d_logits, tape)
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


def test_a_lane_goes_on_alone_as_it_did_among_others(network, generator):
    features = features_of(generator)
    state = network.initial_state(3)
    for t in range(3):
        network.step(features[t], state)
    alone = state.select_sequence(1)
    together = network.step(features[3], state)
    np.testing.assert_allclose(network.step(features[3, 1:2], alone), together[1:2], atol=1e-6)


def test_a_row_named_twice_counts_twice(network):
    twice = np.array([[[4, 4]]], np.int32)
    logits, _ = network.forward(twice, network.initial_state())
    np.testing.assert_allclose(
        network.step(twice[0], network.initial_state()), logits[0], atol=1e-6
    )


@pytest.mark.parametrize("active", [1, 2])
@pytest.mark.parametrize(
    "name", ["embedding", "lstm0.input", "lstm0.hidden", "lstm1.input", "readout.weight"]
)
def test_gradients_agree_with_finite_differences(network, generator, name, active):
    network = Network(SIZES, {k: v.astype(np.float64) for k, v in network.parameters.items()})
    features = features_of(generator, steps=8, active=active)
    targets = generator.integers(-1, SIZES.outputs, features.shape[:2]).astype(np.int32)

    def loss():
        logits, tape = network.forward(features, network.initial_state(3))
        return cross_entropy(logits, targets), tape

    (_, d_logits), tape = loss()
    assert tape.uses_token_table == (active == 1)
    gradient = network.backward(d_logits, tape)[name]
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


def test_dropout_leaves_the_mean_alone_and_needs_a_generator(network, generator):
    features = features_of(generator, steps=2)
    with pytest.raises(ValueError, match="generator"):
        network.forward(features, network.initial_state(3), dropout=0.5)
    _, tape = network.forward(features, network.initial_state(3), None, 0.5, generator)
    kept = np.concatenate([drop.ravel() for drop in tape.dropout_masks])
    assert 0.8 < kept.mean() < 1.2
    assert set(np.unique(kept)) == {0.0, 2.0}


def test_cross_entropy_asks_nothing_where_there_is_no_target():
    logits = np.zeros((1, 2, 4), np.float32)
    loss, gradient = cross_entropy(logits, np.array([[2, -1]], np.int32))
    assert loss == pytest.approx(np.log(4))
    assert (gradient[0, 1] == 0).all()


def test_log_softmax_rules_out_what_the_mask_does():
    logs = log_softmax(np.zeros(4, np.float32), np.array([True, False, True, False]))
    np.testing.assert_allclose(np.exp(logs), [0.5, 0, 0.5, 0])


def test_parameters_of_another_shape_are_refused(network):
    parameters = dict(network.parameters)
    parameters["readout.bias"] = np.zeros(3, np.float32)
    with pytest.raises(ValueError, match=r"readout.bias has shape \(3,\), not \(7,\)"):
        Network(SIZES, parameters)


def test_sizes_below_one_are_refused():
    with pytest.raises(ValueError, match="units must be at least 1"):
        NetworkSizes(inputs=3, outputs=3, units=0)
