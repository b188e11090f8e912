"""Sampling of a token from logits, and mixtures of distributions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rnn.model.lstm import Array


def sample_token(
    logits: Array, generator: np.random.Generator, temperature: float = 1.0, top_p: float = 1.0
) -> int:
    """Draw a token by nucleus sampling.

    Parameters
    ----------
    logits : ndarray, shape (V,)
        -inf for impossible tokens; at least one is finite.
    generator : numpy.random.Generator
    temperature : float
        Divisor of the logits.
    top_p : float
        Only the likeliest tokens that together have this probability are drawn.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If no token is possible.

    References
    ----------
    Holtzman et al., "The Curious Case of Neural Text Degeneration", ICLR 2020.
    """
    probabilities = token_probabilities(logits, temperature)
    order = np.argsort(-probabilities, kind="stable")
    total = np.cumsum(probabilities[order])
    nucleus = order[: int(np.searchsorted(total, top_p * total[-1])) + 1]
    drawn = generator.random() * total[len(nucleus) - 1]
    return int(nucleus[np.searchsorted(total[: len(nucleus) - 1], drawn, side="right")])


def token_probabilities(logits: Array, temperature: float = 1.0) -> NDArray[np.float64]:
    """Softmax of logits over a temperature, shape (V,)."""
    best = logits.max()
    if not np.isfinite(best):
        raise ValueError("no token may be drawn: every logit is -inf or nan")
    raised = np.exp((logits.astype(np.float64) - best) / temperature)
    return raised / raised.sum()


def mix_log_probabilities(logs: Sequence[Array], weights: NDArray[np.float64]) -> Array:
    """Logarithm of the weighted mean of distributions, each given as logs of shape (..., V)."""
    if len(logs) == 1:
        return logs[0]
    mean = np.zeros(logs[0].shape)
    for weight, each in zip(weights, logs, strict=True):
        mean += weight * np.exp(each)  # (..., V)
    with np.errstate(divide="ignore"):
        return np.log(mean).astype(np.float32)
