from __future__ import annotations

import numpy as np

from rnn.model.state import NetworkState


def test_a_selected_sequence_continues_as_in_its_batch(network, features_of):
    features = features_of()
    state = network.initial_state(3)
    for t in range(3):
        network.step(features[t], state)
    alone = state.select_sequence(1)
    together = network.step(features[3], state)
    np.testing.assert_allclose(network.step(features[3, 1:2], alone), together[1:2], atol=1e-6)


def test_a_copy_is_independent():
    state = NetworkState.zeros(2, 1, 6)
    other = state.copy()
    other.h[...] = 1.0
    assert not state.h.any()


def test_sequences_may_be_selected_repeatedly():
    state = NetworkState.zeros(1, 3, 2)
    state.h[0, :, 0] = (1.0, 2.0, 3.0)
    assert state.select_sequences([2, 0, 2]).h[0, :, 0].tolist() == [3.0, 1.0, 3.0]


def test_of_one_sequence_the_step_buffers_are_views_of_the_state():
    state = NetworkState.zeros(2, 1, 6)
    assert np.shares_memory(state.step_buffers[1].joint, state.h)
    assert state.step_buffers[1].below is None
