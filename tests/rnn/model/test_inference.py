from __future__ import annotations

import numpy as np
import pytest

from rnn.model import inference as live
from rnn.model import lstm
from rnn.model.aligned_memory import CACHE_LINE_BYTES
from rnn.model.state import LayerStepBuffers

T, B, D, H = 5, 3, 4, 6


@pytest.fixture
def generator():
    return np.random.default_rng(3)


@pytest.fixture
def layer(generator):
    layer = lstm.initial_layer(D, H, generator)
    layer.bias += generator.normal(0, 0.3, layer.bias.shape).astype(np.float32)
    return layer


def test_step_equals_forward(generator, layer):
    inputs = generator.normal(size=(T, B, D)).astype(np.float32)
    h, c = np.zeros((2, B, H), np.float32)
    tape = lstm.forward(layer, inputs, h, c)
    weights = live.InferenceLayer.from_layer(layer)
    gates, joint = np.empty((B, 4 * H), np.float32), np.empty((B, D + H), np.float32)
    below = np.empty((B, D), np.float32)
    place = LayerStepBuffers.from_views(below, joint, h, c, gates)
    for t in range(T):
        below[...] = inputs[t]
        live.step_layer(weights, place)
        np.testing.assert_allclose(h, tape.outputs[t], atol=1e-6)
        in_sequence = tape.gates[t].swapaxes(0, 1).reshape(B, 4 * H)
        np.testing.assert_allclose(gates, in_sequence, atol=1e-6)
    np.testing.assert_allclose(c, tape.cells[-1], atol=1e-6)


def test_live_weights_begin_at_a_cache_line_and_are_halved(layer):
    own = live.InferenceLayer.from_layer(layer)
    assert own.weights.ctypes.data % CACHE_LINE_BYTES == 0
    np.testing.assert_array_equal(own.weights[:D, : 3 * H], layer.input[:, : 3 * H] / 2)
    np.testing.assert_array_equal(own.weights[D:, 3 * H :], layer.hidden[:, 3 * H :])
