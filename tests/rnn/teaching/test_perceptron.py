from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn.teaching.perceptron import COIN_TOSS_BITS, XOR_SONGS, LabelledSong, Neuron, separable_songs

weights = st.tuples(*[st.floats(-30, 30)] * 3)


def test_a_guess_is_the_logistic_of_the_sum_of_products():
    guess = Neuron((2.0, -1.0, 0.5)).predict((1.0, 0.5, -1.0))
    assert guess.products == (2.0, -0.5, -0.5)
    assert guess.total == 1.0
    assert guess.output == pytest.approx(1 / (1 + np.exp(-1.0)))


def test_a_song_is_liked_or_not():
    with pytest.raises(ValueError, match="0 or 1, not 2"):
        LabelledSong((0, 0, 0), 2)


@settings(deadline=None)
@given(weights)
def test_no_weights_get_below_a_coin_toss_on_the_xor_songs(w):
    assert Neuron(w).error(XOR_SONGS) >= COIN_TOSS_BITS - 1e-12


@settings(deadline=None)
@given(weights)
def test_any_weights_mistake_one_of_the_xor_songs(w):
    assert Neuron(w).count_mistakes(XOR_SONGS) >= 1


@settings(deadline=None)
@given(weights, st.sampled_from(separable_songs()))
def test_an_update_is_a_step_down_the_gradient_of_the_songs_error(w, song):
    neuron = Neuron(np.clip(w, -4, 4))
    step = 1e-6
    derivatives = []
    for axis in np.eye(3) * step:
        above, below = Neuron(neuron.weights + axis), Neuron(neuron.weights - axis)
        derivatives.append((above.error([song]) - below.error([song])) / (2 * step))
    update = neuron.learn_song(song, rate=0.3)
    assert update.weight_changes == pytest.approx(
        -0.3 * np.log(2) * np.array(derivatives), abs=1e-6
    )


def test_one_neuron_learns_a_listeners_taste():
    songs = separable_songs()
    neuron = Neuron((0.9, -0.6, 0.7))
    for _ in range(16):
        for song in songs:
            neuron.learn_song(song, 0.3)
    assert neuron.count_mistakes(songs) == 0
    assert all(neuron.is_correct(song) for song in songs)
