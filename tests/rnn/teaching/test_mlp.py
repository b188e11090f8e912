from __future__ import annotations

import numpy as np
import pytest

from rnn.teaching.mlp import TinyMlp
from rnn.teaching.perceptron import XOR_SONGS


def test_gradients_equal_finite_differences():
    network = TinyMlp(3, seed=2)
    gradients = network.gradients(XOR_SONGS)
    for name, array in network.parameters.items():
        for place in np.ndindex(array.shape):
            value, errors, weights = array[place], [], []
            for step in (1e-3, -1e-3):
                array[place] = value + np.float32(step)
                weights.append(float(array[place]))
                errors.append(network.error(XOR_SONGS))
            array[place] = value
            derivative = (errors[0] - errors[1]) / (weights[0] - weights[1])
            assert gradients[name][place] == pytest.approx(derivative, abs=1e-5)


def test_two_hidden_neurons_separate_the_xor_songs_from_nine_of_ten_seeds():
    separated = 0
    for seed in range(10):
        network = TinyMlp(2, seed=seed)
        while network.steps < 900 and network.error(XOR_SONGS) > 0.2:
            network.learn(XOR_SONGS)
        separated += network.count_mistakes(XOR_SONGS) == 0
    assert separated >= 9


def test_one_hidden_neuron_is_no_better_than_none():
    network = TinyMlp(1, seed=0)
    for _ in range(400):
        network.learn(XOR_SONGS)
        assert network.count_mistakes(XOR_SONGS) > 0


def test_a_hidden_layer_without_neurons_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        TinyMlp(0)
