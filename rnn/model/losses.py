"""Softmax: log probabilities, and the cross entropy with its gradient."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rnn.model.arrays import Array


def log_softmax(logits: Array, mask: NDArray[np.bool_] | None = None) -> Array:
    """Log probabilities over the last axis.

    Parameters
    ----------
    logits : ndarray of float32, shape (..., V)
    mask : ndarray of bool, shape (..., V), optional
        False for tokens excluded, which get -inf.

    Returns
    -------
    ndarray of float32, shape (..., V)
        Natural logarithms; nan for a row without any valid token.
    """
    if mask is not None:
        logits = np.where(mask, logits, -np.inf).astype(np.float32)
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def cross_entropy(logits: Array, targets: NDArray[np.int32]) -> tuple[float, Array]:
    """Summed cross entropy, and its gradient.

    Parameters
    ----------
    logits : ndarray of float32, shape (T, B, V)
    targets : ndarray of int32, shape (T, B)
        Negative where there is no target.

    Returns
    -------
    loss : float
        Nats.
    d_logits : ndarray of float32, shape (T, B, V)
    """
    flat, targets = logits.reshape(-1, logits.shape[-1]), targets.reshape(-1)  # (N, V), (N,)
    asked = np.flatnonzero(targets >= 0)
    gradient = flat - flat.max(axis=1, keepdims=True)
    picked = gradient[asked, targets[asked]].astype(np.float64)
    np.exp(gradient, out=gradient)
    total = gradient.sum(axis=1, keepdims=True)  # (N, 1)
    loss = float(np.log(total[asked, 0].astype(np.float64)).sum() - picked.sum())
    gradient *= (targets >= 0)[:, None] / total
    gradient[asked, targets[asked]] -= 1.0
    return loss, gradient.reshape(logits.shape)
