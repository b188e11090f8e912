from __future__ import annotations

import numpy as np
import pytest

from rnn.model import lstm
from rnn.model.buffers import LayerBuffers
from rnn.model.lstm import LstmLayer

T, B, D, H = 5, 3, 4, 6


@pytest.fixture
def generator():
    return np.random.default_rng(3)


def a_layer(generator):
    layer = LstmLayer.initial(D, H, generator)
    layer.bias += generator.normal(0, 0.3, layer.bias.shape).astype(np.float32)
    return layer


def zeros_like(layer):
    return LstmLayer(*map(np.zeros_like, (layer.input, layer.hidden, layer.bias)))


def run_forward(layer, inputs, h, c, fresh=None, buffers=None):
    if buffers is None:
        buffers = LayerBuffers.allocate(*inputs.shape[:2], H, layer.hidden.dtype)
    lstm.project_inputs(layer, inputs, buffers)
    lstm.run_recurrence(layer, buffers, h, c, fresh)
    return buffers


def run_backward(layer, inputs, buffers, d_outputs):
    gradients, d_inputs = zeros_like(layer), np.empty_like(inputs)
    lstm.run_recurrence_backward(layer, buffers, d_outputs, gradients)
    lstm.project_inputs_backward(layer, inputs, buffers, gradients, d_inputs)
    return d_inputs, gradients


def reference(layer, x, h, c):
    """One step, from the equations of the cell."""

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
    buffers = run_forward(layer, inputs, h, c)
    for t in range(T):
        h, c = reference(layer, inputs[t], h, c)
        np.testing.assert_allclose(buffers.outputs[t], h, atol=1e-5)
    np.testing.assert_allclose(buffers.cells[-1], c, atol=1e-5)


def test_a_restarted_sequence_starts_from_a_zero_state(generator):
    layer = a_layer(generator)
    inputs = generator.normal(size=(T, B, D)).astype(np.float32)
    zero = np.zeros((B, H), np.float32)
    fresh = np.zeros((T, B), bool)
    fresh[2] = True
    outputs = run_forward(layer, inputs, zero, zero, fresh).outputs
    restarted = run_forward(layer, inputs[2:], zero, zero).outputs
    np.testing.assert_allclose(outputs[2:], restarted, atol=1e-6)


def test_reused_buffers_give_the_same_bits(generator):
    layer = a_layer(generator)
    h, c = generator.normal(size=(2, B, H)).astype(np.float32)
    fresh = generator.random((T, B)) < 0.3
    used = LayerBuffers.allocate(T, B, H)
    for _ in range(3):
        inputs = generator.normal(size=(T, B, D)).astype(np.float32)
        d_outputs = generator.normal(size=(T, B, H)).astype(np.float32)
        new = run_forward(layer, inputs, h, c, fresh)
        used = run_forward(layer, inputs, h, c, fresh, used)
        np.testing.assert_array_equal(used.outputs, new.outputs)
        d_used, again = run_backward(layer, inputs, used, d_outputs)
        d_new, once = run_backward(layer, inputs, new, d_outputs)
        np.testing.assert_array_equal(d_used, d_new)
        np.testing.assert_array_equal(again.hidden, once.hidden)


@pytest.mark.parametrize("part", ["input", "hidden", "bias", "inputs"])
@pytest.mark.parametrize("restarts", [False, True])
def test_gradients_agree_with_finite_differences(generator, part, restarts):
    layer = a_layer(generator)
    for name in ("input", "hidden", "bias"):
        setattr(layer, name, getattr(layer, name).astype(np.float64))
    inputs = generator.normal(size=(T, B, D))
    weights = generator.normal(size=(T, B, H))
    h, c = generator.normal(size=(2, B, H))
    fresh = np.zeros((T, B), bool)
    fresh[3, 1] = restarts

    def loss():
        buffers = run_forward(layer, inputs, h, c, fresh)
        return float((buffers.outputs * weights).sum()), buffers

    d_inputs, gradients = run_backward(layer, inputs, loss()[1], weights)
    array = inputs if part == "inputs" else getattr(layer, part)
    gradient = d_inputs if part == "inputs" else getattr(gradients, part)
    for _ in range(12):
        at = tuple(int(generator.integers(size)) for size in array.shape)
        kept, nudge = array[at], 1e-4
        array[at] = kept + nudge
        above = loss()[0]
        array[at] = kept - nudge
        below = loss()[0]
        array[at] = kept
        assert gradient[at] == pytest.approx((above - below) / (2 * nudge), rel=1e-4, abs=1e-7)


def test_forget_gates_start_open(generator):
    layer = LstmLayer.initial(D, H, generator)
    assert (layer.bias[H : 2 * H] == 1).all()
    assert layer.bias.sum() == H


def test_projecting_tokens_equals_projecting_their_embedding(generator):
    layer = a_layer(generator)
    embedding = generator.normal(size=(9, D)).astype(np.float32)
    tokens = generator.integers(0, 9, (T, B)).astype(np.int32)
    by_token, by_input = LayerBuffers.allocate(T, B, H), LayerBuffers.allocate(T, B, H)
    lstm.project_tokens(layer, embedding, tokens, by_token)
    lstm.project_inputs(layer, embedding[tokens], by_input)
    np.testing.assert_allclose(by_token.gates, by_input.gates, atol=1e-6)


def test_projected_tokens_have_the_gradients_of_projected_inputs(generator):
    layer = a_layer(generator)
    embedding = generator.normal(size=(9, D)).astype(np.float32)
    tokens = generator.integers(0, 7, (T, B)).astype(np.int32)  # two tokens absent
    buffers = LayerBuffers.allocate(T, B, H)
    buffers.dz[...] = generator.normal(size=buffers.dz.shape)
    by_token, by_input = zeros_like(layer), zeros_like(layer)
    d_embedding, d_inputs = np.empty_like(embedding), np.empty((T, B, D), np.float32)
    lstm.project_tokens_backward(layer, embedding, tokens, buffers, by_token, d_embedding)
    lstm.project_inputs_backward(layer, embedding[tokens], buffers, by_input, d_inputs)
    summed = np.zeros_like(embedding)
    np.add.at(summed, tokens, d_inputs)
    np.testing.assert_allclose(by_token.input, by_input.input, atol=1e-5)
    np.testing.assert_allclose(d_embedding, summed, atol=1e-5)


def test_rows_are_summed_by_index(generator):
    indices = generator.integers(0, 9, (40, 3))
    indices[indices == 4] = 5  # one index absent, some repeated
    rows, sums = generator.normal(size=(40, D)), np.full((9, D), np.nan)
    lstm.scatter_add_rows(indices, rows, sums)
    expected = np.zeros((9, D))
    np.add.at(expected, indices, rows[:, None])
    np.testing.assert_allclose(sums, expected, atol=1e-12)


def test_the_backward_pass_without_gradients_computes_the_same_dz(generator):
    layer = a_layer(generator)
    inputs = generator.normal(size=(T, 1, D)).astype(np.float32)
    d_outputs = generator.normal(size=(T, 1, H)).astype(np.float32)
    zero = np.zeros((1, H), np.float32)
    buffers = run_forward(layer, inputs, zero, zero)
    run_backward(layer, inputs, buffers, d_outputs)
    whole = buffers.dz.copy()
    lstm.run_recurrence_backward(layer, buffers, d_outputs)
    np.testing.assert_allclose(buffers.dz, whole, atol=1e-6)


def test_a_unit_gain_scales_the_gradient_through_that_unit(generator):
    layer = a_layer(generator)
    inputs = generator.normal(size=(T, 1, D)).astype(np.float32)
    d_outputs = np.zeros((T, 1, H), np.float32)
    d_outputs[-1] = 1.0
    zero = np.zeros((1, H), np.float32)
    buffers = run_forward(layer, inputs, zero, zero)
    lstm.run_recurrence_backward(layer, buffers, d_outputs)
    plain = buffers.dz[-1, 0].reshape(4, H).copy()
    gains = np.ones(H, np.float32)
    gains[2] = 0.25
    lstm.run_recurrence_backward(layer, buffers, d_outputs, None, [None] * (T - 1) + [gains])
    scaled = buffers.dz[-1, 0].reshape(4, H)
    np.testing.assert_allclose(scaled[:, 2], plain[:, 2] / 4, rtol=1e-5)
    others = np.arange(H) != 2
    np.testing.assert_array_equal(scaled[:, others], plain[:, others])
