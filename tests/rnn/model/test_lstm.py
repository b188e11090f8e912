from __future__ import annotations

import numpy as np
import pytest

from rnn.model import lstm

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
    tape = lstm.forward(layer, inputs, h, c)
    for t in range(T):
        h, c = reference(layer, inputs[t], h, c)
        np.testing.assert_allclose(tape.outputs[t], h, atol=1e-5)
    np.testing.assert_allclose(tape.cells[-1], c, atol=1e-5)


def test_forward_forgets_where_a_sequence_begins_anew(generator):
    layer = a_layer(generator)
    inputs = generator.normal(size=(T, B, D)).astype(np.float32)
    zero = np.zeros((B, H), np.float32)
    fresh = np.zeros((T, B), bool)
    fresh[2] = True
    outputs = lstm.forward(layer, inputs, zero, zero, fresh).outputs
    afresh = lstm.forward(layer, inputs[2:], zero, zero).outputs
    np.testing.assert_allclose(outputs[2:], afresh, atol=1e-6)


def test_a_tape_used_again_gives_the_same_bits(generator):
    layer = a_layer(generator)
    h, c = generator.normal(size=(2, B, H)).astype(np.float32)
    fresh = generator.random((T, B)) < 0.3
    used = lstm.LayerBuffers.allocate(T, B, H)
    for _ in range(3):
        inputs = generator.normal(size=(T, B, D)).astype(np.float32)
        d_outputs = generator.normal(size=(T, B, H)).astype(np.float32)
        new = lstm.forward(layer, inputs, h, c, fresh)
        used = lstm.forward(layer, inputs, h, c, fresh, used)
        np.testing.assert_array_equal(used.outputs, new.outputs)
        d_used, again = lstm.backward(layer, inputs, used, d_outputs)
        d_new, once = lstm.backward(layer, inputs, new, d_outputs)
        np.testing.assert_array_equal(d_used, d_new)
        np.testing.assert_array_equal(again.hidden, once.hidden)


@pytest.mark.parametrize("part", ["input", "hidden", "bias", "inputs"])
@pytest.mark.parametrize("anew", [False, True])
def test_gradients_agree_with_finite_differences(generator, part, anew):
    layer = a_layer(generator)
    for name in ("input", "hidden", "bias"):
        setattr(layer, name, getattr(layer, name).astype(np.float64))
    inputs = generator.normal(size=(T, B, D))
    weights = generator.normal(size=(T, B, H))
    h, c = generator.normal(size=(2, B, H))
    fresh = np.zeros((T, B), bool)
    fresh[3, 1] = anew

    def loss():
        tape = lstm.forward(layer, inputs, h, c, fresh)
        return float((tape.outputs * weights).sum()), tape

    d_inputs, gradients = lstm.backward(layer, inputs, loss()[1], weights)
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
    layer = lstm.initial_layer(D, H, generator)
    assert (layer.bias[H : 2 * H] == 1).all()
    assert layer.bias.sum() == H


def test_looking_tokens_up_is_taking_in_their_embedding(generator):
    layer = a_layer(generator)
    embedding = generator.normal(size=(9, D)).astype(np.float32)
    tokens = generator.integers(0, 9, (T, B)).astype(np.int32)
    looked, taken = lstm.LayerBuffers.allocate(T, B, H), lstm.LayerBuffers.allocate(T, B, H)
    lstm.project_tokens(layer, embedding, tokens, looked)
    lstm.project_inputs(layer, embedding[tokens], taken)
    np.testing.assert_allclose(looked.gates, taken.gates, atol=1e-6)


def test_what_was_looked_up_has_the_gradients_of_what_was_taken_in(generator):
    layer = a_layer(generator)
    embedding = generator.normal(size=(9, D)).astype(np.float32)
    tokens = generator.integers(0, 7, (T, B)).astype(np.int32)  # two that never come
    tape = lstm.LayerBuffers.allocate(T, B, H)
    tape.dz[...] = generator.normal(size=tape.dz.shape)
    looked, taken = lstm.allocate_gradients(layer), lstm.allocate_gradients(layer)
    d_embedding, d_inputs = np.empty_like(embedding), np.empty((T, B, D), np.float32)
    lstm.project_tokens_backward(layer, embedding, tokens, tape, looked, d_embedding)
    lstm.project_inputs_backward(layer, embedding[tokens], tape, taken, d_inputs)
    summed = np.zeros_like(embedding)
    np.add.at(summed, tokens, d_inputs)
    np.testing.assert_allclose(looked.input, taken.input, atol=1e-5)
    np.testing.assert_allclose(d_embedding, summed, atol=1e-5)


def test_rows_are_added_up_by_what_they_name(generator):
    named = generator.integers(0, 9, (40, 3))
    named[named == 4] = 5  # one that nobody names, and some named twice
    rows, sums = generator.normal(size=(40, D)), np.full((9, D), np.nan)
    lstm.scatter_add_rows(named, rows, sums)
    expected = np.zeros((9, D))
    np.add.at(expected, named, rows[:, None])
    np.testing.assert_allclose(sums, expected, atol=1e-12)
