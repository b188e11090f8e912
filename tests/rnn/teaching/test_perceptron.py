from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn.teaching.mlp import TinyMlp
from rnn.teaching.perceptron import COIN_TOSS_BITS, XOR_SONGS, LabelledSong, Neuron, separable_songs

weights = st.tuples(*[st.floats(-30, 30)] * 3)


def test_a_guess_is_the_squashed_sum_of_its_products():
    guess = Neuron((2.0, -1.0, 0.5)).predict((1.0, 0.5, -1.0))
    assert guess.products == (2.0, -0.5, -0.5)
    assert guess.total == 1.0
    assert guess.output == pytest.approx(1 / (1 + np.exp(-1.0)))


def test_a_song_is_liked_or_not():
    with pytest.raises(ValueError, match="0 or 1, not 2"):
        LabelledSong((0, 0, 0), 2)


@settings(deadline=None)
@given(weights)
def test_one_neuron_never_gets_below_a_tossed_coin_on_the_crossed_songs(w):
    assert Neuron(w).error(XOR_SONGS) >= COIN_TOSS_BITS - 1e-12


@settings(deadline=None)
@given(weights)
def test_one_neuron_always_mistakes_one_of_the_crossed_songs(w):
    assert Neuron(w).count_mistakes(XOR_SONGS) >= 1


@settings(deadline=None)
@given(weights, st.sampled_from(separable_songs()))
def test_a_nudge_goes_down_the_error_of_its_song(w, song):
    neuron = Neuron(np.clip(w, -4, 4))
    step = 1e-6
    slopes = []
    for axis in np.eye(3) * step:
        there, back = Neuron(neuron.weights + axis), Neuron(neuron.weights - axis)
        slopes.append((there.error([song]) - back.error([song])) / (2 * step))
    nudge = neuron.learn_song(song, rate=0.3)
    assert nudge.weight_changes == pytest.approx(-0.3 * np.log(2) * np.array(slopes), abs=1e-6)


def test_one_neuron_learns_a_listeners_taste():
    songs = separable_songs()
    neuron = Neuron((0.9, -0.6, 0.7))
    for _ in range(16):
        for song in songs:
            neuron.learn_song(song, 0.15)
    assert neuron.count_mistakes(songs) == 0


def test_two_layers_slope_as_finite_differences_say():
    layers = TinyMlp(3, seed=2)
    gradients = layers.gradients(XOR_SONGS)
    for name, array in layers.parameters.items():
        for place in np.ndindex(array.shape):
            kept, errors, weights = array[place], [], []
            for step in (1e-3, -1e-3):
                array[place] = kept + np.float32(step)
                weights.append(float(array[place]))
                errors.append(layers.error(XOR_SONGS))
            array[place] = kept
            slope = (errors[0] - errors[1]) / (weights[0] - weights[1])
            assert gradients[name][place] == pytest.approx(slope, abs=1e-5)


def test_two_hidden_neurons_part_the_crossed_songs_from_nine_of_ten_seeds():
    parted = 0
    for seed in range(10):
        layers = TinyMlp(2, seed=seed)
        while layers.steps < 900 and layers.error(XOR_SONGS) > 0.2:
            layers.learn(XOR_SONGS)
        parted += layers.count_mistakes(XOR_SONGS) == 0
    assert parted >= 9


def test_one_hidden_neuron_is_no_better_than_none():
    layers = TinyMlp(1, seed=0)
    for _ in range(400):
        layers.learn(XOR_SONGS)
        assert layers.count_mistakes(XOR_SONGS) > 0


def test_a_layer_has_a_neuron():
    with pytest.raises(ValueError, match="at least 1"):
        TinyMlp(0)
