"""Softmax: from logits to log probabilities, and to a loss with its gradient.

Shapes: T steps, B sequences, V tokens.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rnn.model.gemm import Array


def log_softmax(logits: Array, mask: NDArray[np.bool_] | None = None) -> Array:
    """Log probabilities over the last axis; what `mask` rules out gets -inf."""
    if mask is not None:
        logits = np.where(mask, logits, -np.inf).astype(np.float32)
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def cross_entropy(logits: Array, targets: NDArray[np.int32]) -> tuple[float, Array]:
    """Summed cross entropy in nats, and its gradient by the logits.

    Parameters
    ----------
    logits : ndarray, shape (T, B, V)
    targets : ndarray of int, shape (T, B)
        Negative where nothing is asked.
    """
    outputs = logits.shape[-1]
    flat, wanted = logits.reshape(-1, outputs), targets.reshape(-1)  # (T * B, V), (T * B,)
    asked = np.flatnonzero(wanted >= 0)
    gradient = flat - flat.max(axis=1, keepdims=True)
    picked = gradient[asked, wanted[asked]].astype(np.float64)
    np.exp(gradient, out=gradient)
    total = gradient.sum(axis=1, keepdims=True)  # (T * B, 1)
    loss = float(np.log(total[asked, 0].astype(np.float64)).sum() - picked.sum())
    gradient *= (wanted >= 0)[:, None] / total
    gradient[asked, wanted[asked]] -= 1.0
    return loss, gradient.reshape(logits.shape)
