"""Sampling: one token from a row of logits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rnn.model.lstm import Array


def sample_token(
    logits: Array, generator: np.random.Generator, temperature: float = 1.0, top_p: float = 1.0
) -> int:
    """Draw a token.

    Parameters
    ----------
    logits : ndarray, shape (V,)
        -inf for tokens that may not be drawn; at least one is finite.
    temperature : float
        Divides the logits.
    top_p : float
        Nucleus sampling (Holtzman 2020): only the likeliest tokens that together hold this share.

    Raises
    ------
    ValueError
        If no token may be drawn.
    """
    probabilities = token_probabilities(logits, temperature)
    order = np.argsort(-probabilities, kind="stable")
    total = np.cumsum(probabilities[order])
    nucleus = order[: int(np.searchsorted(total, top_p * total[-1])) + 1]
    at = generator.random() * total[len(nucleus) - 1]
    return int(nucleus[np.searchsorted(total[: len(nucleus) - 1], at, side="right")])


def token_probabilities(logits: Array, temperature: float = 1.0) -> Array:
    """Softmax of logits over a temperature, in float64, shape (V,)."""
    best = logits.max()
    if not np.isfinite(best):
        raise ValueError("no token may be drawn: every logit is -inf or nan")
    raised = np.exp((logits.astype(np.float64) - best) / temperature)
    return raised / raised.sum()


def mix_log_probabilities(logs: Sequence[Array], weights: NDArray[np.float64]) -> Array:
    """Log of the weighted mean of several distributions, each given as logs of shape (..., V)."""
    if len(logs) == 1:
        return logs[0]
    mean = np.zeros(logs[0].shape)
    for weight, one in zip(weights, logs, strict=True):
        mean += weight * np.exp(one)  # (..., V)
    with np.errstate(divide="ignore"):
        return np.log(mean).astype(np.float32)
