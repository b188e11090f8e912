from __future__ import annotations

import numpy as np
import pytest

from rnn import lstm

T, B, D, H = 5, 3, 4, 6


@pytest.fixture
def generator():
    return np.random.default_rng(3)


def a_layer(generator):
    layer = lstm.initial_layer(D, H, generator)
    layer.bias += generator.normal(0, 0.3, layer.bias.shape).astype(np.float32)
    return layer


def reference(layer, x, h, c):
    """The cell, as the equations say it."""

    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    z = x @ layer.input + h @ layer.hidden + layer.bias
    i, f, o = (sigmoid(z[:, k * H : (k + 1) * H]) for k in range(3))
    c = f * c + i * np.tanh(z[:, 3 * H :])
    return o * np.tanh(c), c


def test_forward_follows_the_equations(generator):
    layer = a_layer(generator)
    inputs = generator.normal(size=(T, B, D)).astype(np.float32)
    h = c = np.zeros((B, H), np.float32)
    outputs, cell, _ = lstm.forward(layer, inputs, h, c)
    for t in range(T):
        h, c = reference(layer, inputs[t], h, c)
        np.testing.assert_allclose(outputs[t], h, atol=1e-5)
    np.testing.assert_allclose(cell, c, atol=1e-5)


def test_step_equals_forward(generator):
    layer = a_layer(generator)
    inputs = generator.normal(size=(T, B, D)).astype(np.float32)
    h, c = np.zeros((B, H), np.float32), np.zeros((B, H), np.float32)
    outputs, cell, _ = lstm.forward(layer, inputs, h, c)
    gates, work = np.empty((B, 4 * H), np.float32), np.empty((B, 4 * H), np.float32)
    for t in range(T):
        lstm.step(layer, inputs[t], h, c, gates, work)
        np.testing.assert_allclose(h, outputs[t], atol=1e-6)
    np.testing.assert_allclose(c, cell, atol=1e-6)


def test_forward_forgets_where_a_sequence_begins_anew(generator):
    layer = a_layer(generator)
    inputs = generator.normal(size=(T, B, D)).astype(np.float32)
    zero = np.zeros((B, H), np.float32)
    keep = np.ones((T, B, 1), np.float32)
    keep[2] = 0
    outputs, _, _ = lstm.forward(layer, inputs, zero, zero, keep)
    afresh, _, _ = lstm.forward(layer, inputs[2:], zero, zero)
    np.testing.assert_allclose(outputs[2:], afresh, atol=1e-6)


@pytest.mark.parametrize("part", ["input", "hidden", "bias", "inputs"])
@pytest.mark.parametrize("anew", [False, True])
def test_gradients_agree_with_finite_differences(generator, part, anew):
    layer = a_layer(generator)
    for name in ("input", "hidden", "bias"):
        setattr(layer, name, getattr(layer, name).astype(np.float64))
    inputs = generator.normal(size=(T, B, D))
    weights = generator.normal(size=(T, B, H))
    h, c = generator.normal(size=(2, B, H))
    keep = np.ones((T, B, 1))
    keep[3, 1] = 0 if anew else 1

    def loss():
        outputs, _, tape = lstm.forward(layer, inputs, h, c, keep)
        return float((outputs * weights).sum()), tape

    d_inputs, gradients = lstm.backward(layer, loss()[1], weights.copy())
    array = inputs if part == "inputs" else getattr(layer, part)
    gradient = d_inputs if part == "inputs" else getattr(gradients, part)
    for _ in range(12):
        at = tuple(int(generator.integers(size)) for size in array.shape)
        kept, nudge = array[at], 1e-2
        array[at] = kept + nudge
        above = loss()[0]
        array[at] = kept - nudge
        below = loss()[0]
        array[at] = kept
        assert gradient[at] == pytest.approx((above - below) / (2 * nudge), rel=0.02, abs=2e-3)


def test_forget_gates_start_open(generator):
    layer = lstm.initial_layer(D, H, generator)
    assert (layer.bias[H : 2 * H] == 1).all()
    assert layer.bias.sum() == H
