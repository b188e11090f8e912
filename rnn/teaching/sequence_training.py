"""One training step of a network on one whole sequence, and the softmax over its outputs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rnn.model.arrays import Array
from rnn.model.losses import cross_entropy
from rnn.model.network import Network
from rnn.training.optimiser import Adam, clip_gradients

MAX_GRADIENT_NORM = 1.0  # joint norm to which the gradients are clipped


def train_on_sequence(
    network: Network,
    adam: Adam,
    rate: float,
    features: NDArray[np.int32],
    targets: NDArray[np.int32],
    masks: NDArray[np.bool_] | None = None,
) -> float:
    """Take one Adam step on features (T, 1, F), targets (T, 1) and allowed tokens (T, V).

    The network begins the sequence with an empty state. Returns the cross entropy of the whole
    sequence before the step, nats.
    """
    logits, buffers = network.forward(features, network.initial_state())
    if masks is not None:
        logits = np.where(masks[:, None], logits, -np.inf)
    nats, d_logits = cross_entropy(logits, targets)
    d_logits /= np.float32(len(targets))
    gradients = network.backward(d_logits, buffers)
    clip_gradients(gradients, MAX_GRADIENT_NORM)
    adam.update(gradients, rate)
    return nats


def softmax(logits: Array) -> Array:
    """Probabilities over the last axis, of the same shape and dtype."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)
