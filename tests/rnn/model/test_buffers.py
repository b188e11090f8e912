from __future__ import annotations

import numpy as np
import pytest

from rnn.model.buffers import NetworkBuffers


def test_a_sequence_longer_than_memory_is_refused(network):
    for steps in (10**7, 10**9):  # beyond this machine; beyond any address space
        features = np.broadcast_to(np.zeros((1, 1, 1), np.int32), (steps, 64, 1))
        with pytest.raises(MemoryError, match=f"{steps} steps of 64 sequences") as raised:
            network.forward(features, network.initial_state(64))
        assert "\n" not in str(raised.value)


def test_dropout_keeps_the_mean_and_needs_a_generator(network, generator, features_of):
    features = features_of(steps=2)
    with pytest.raises(ValueError, match="generator"):
        network.forward(features, network.initial_state(3), dropout=0.5)
    _, buffers = network.forward(features, network.initial_state(3), None, 0.5, generator)
    factors = np.concatenate([drop.ravel() for drop in buffers.dropout_masks])
    assert 0.8 < factors.mean() < 1.2
    assert set(np.unique(factors)) == {0.0, 2.0}


def test_dropout_counts_towards_the_memory_of_this_machine(
    network, generator, features_of, monkeypatch
):
    features = features_of()
    _, buffers = network.forward(features, network.initial_state(3))
    enough = buffers.memory_bytes
    monkeypatch.setattr("rnn.model.buffers.physical_memory_bytes", lambda: enough)
    network.forward(features, network.initial_state(3))
    with pytest.raises(MemoryError, match="sequences take"):
        network.forward(features, network.initial_state(3), None, 0.5, generator)


def test_layers_share_one_gradient_buffer(sizes):
    buffers = NetworkBuffers.allocate(sizes, 4, 3, np.float32)
    assert buffers.layers[0].dz is buffers.layers[1].dz
    assert [x.shape for x in buffers.dropout_masks] == [(4, 3, 5), (4, 3, 6), (4, 3, 6)]


def test_memory_counts_only_the_arrays_in_use(network, generator, features_of):
    features = features_of()
    _, buffers = network.forward(features, network.initial_state(3))
    plain = buffers.memory_bytes
    network.forward(features, network.initial_state(3), None, 0.5, generator)
    masks = [*buffers.dropout_masks, *buffers.dropout_outputs]
    assert buffers.memory_bytes == plain + sum(mask.nbytes for mask in masks)
