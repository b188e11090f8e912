from __future__ import annotations

import numpy as np
import pytest

from rnn.model import inference, lstm
from rnn.model.arrays import CACHE_LINE_BYTES
from rnn.model.buffers import LayerBuffers
from rnn.model.lstm import LstmLayer
from rnn.model.state import LayerStepBuffers

T, B, D, H = 5, 3, 4, 6


@pytest.fixture
def generator():
    return np.random.default_rng(3)


@pytest.fixture
def layer(generator):
    layer = LstmLayer.initial(D, H, generator)
    layer.bias += generator.normal(0, 0.3, layer.bias.shape).astype(np.float32)
    return layer


def test_live_steps_equal_the_sequence(generator, layer):
    inputs = generator.normal(size=(T, B, D)).astype(np.float32)
    h, c = np.zeros((2, B, H), np.float32)
    sequence = LayerBuffers.allocate(T, B, H)
    lstm.project_inputs(layer, inputs, sequence)
    lstm.run_recurrence(layer, sequence, h, c)
    weights = inference.InferenceLayer.from_layer(layer)
    gates, joint = np.empty((B, 4 * H), np.float32), np.empty((B, D + H), np.float32)
    below = np.empty((B, D), np.float32)
    buffers = LayerStepBuffers.from_views(below, joint, h, c, gates)
    for t in range(T):
        below[...] = inputs[t]
        inference.step_layer(weights, buffers)
        np.testing.assert_allclose(h, sequence.outputs[t], atol=1e-6)
        in_sequence = sequence.gates[t].swapaxes(0, 1).reshape(B, 4 * H)
        np.testing.assert_allclose(gates, in_sequence, atol=1e-6)
    np.testing.assert_allclose(c, sequence.cells[-1], atol=1e-6)


def test_live_weights_are_aligned_and_the_sigmoids_halved(layer):
    own = inference.InferenceLayer.from_layer(layer)
    assert own.weights.ctypes.data % CACHE_LINE_BYTES == 0
    np.testing.assert_array_equal(own.weights[:D, : 3 * H], layer.input[:, : 3 * H] / 2)
    np.testing.assert_array_equal(own.weights[D:, 3 * H :], layer.hidden[:, 3 * H :])
