"""Sampling of a token from logits: preferences of music, nucleus, and mixtures of networks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import LOWEST_PITCH
from rnn.codecs.codec import Codec, TokenReader
from rnn.generation.composer import KEY_COUNT
from rnn.generation.leanings import leaning_nats, length_leaning
from rnn.model.arrays import Array
from rnn.model.sampling_params import SamplingParams

MIDDLE_C = 60  # MIDI number of the key that no register favours
MAX_BIAS_NATS = 60.0  # largest finite bias, nats: a valid token stays possible


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


def bias_logits(logits: Array, codec: Codec, reader: TokenReader, params: SamplingParams) -> Array:
    """Logits with the preferences of `params` added.

    Parameters
    ----------
    logits : ndarray of float32, shape (choices,)
        Impossible choices (-inf) stay so. At least one other than the end must be possible, and
        one stays so: a locked scale is opened where it would leave none.
    codec : Codec
    reader : TokenReader
        At the place of the choice.
    params : SamplingParams

    Returns
    -------
    ndarray of float32, shape (choices,)
    """
    logits = logits.copy()
    if not params.may_end:
        logits[codec.end_token] = -np.inf
    else:
        logits[codec.end_token] += params.temperature * params.end_nats
    if params.density:
        bias = _density_bias(reader.token_beats(), reader.awaits_length, params.density)  # (V,)
        logits[: codec.outputs] += params.temperature * bias
    if reader.awaits_length and (lengths := length_leaning(reader, params)) is not None:
        logits[: codec.outputs] += params.temperature * lengths
    keys = logits[codec.key_choices]  # (88,), a view
    if params.key_temperature != 1 and np.isfinite(keys).any():
        keys[:] = _sharpen(keys, params.key_temperature)
    pitches = np.arange(LOWEST_PITCH, LOWEST_PITCH + KEY_COUNT)
    if params.centre is not None:
        nats = 0.5 * ((pitches - params.centre) / params.spread) ** 2
        keys -= (params.temperature * np.minimum(nats, MAX_BIAS_NATS)).astype(np.float32)
    if params.register:
        octaves = ((pitches - MIDDLE_C) / 12).astype(np.float32)
        keys += params.temperature * params.register * octaves
    if reader.awaits_key and (nats := leaning_nats(reader, params)) is not None:
        keys += params.temperature * nats
    if params.scale:
        outside = ~np.isin(pitches % 12, list(params.scale))
        if np.isfinite(params.strictness):
            keys[outside] -= min(MAX_BIAS_NATS, params.strictness) * params.temperature
        elif np.isfinite(logits).sum() > np.isfinite(keys[outside]).sum():
            keys[outside] = -np.inf
    return logits


def _sharpen(keys: Array, temperature: float) -> Array:
    """Logits of the keys over a temperature, with as much probability together as before."""
    best = keys.max()
    sharper = (keys - best) / temperature
    return sharper + best + np.log(np.exp(keys - best).sum() / np.exp(sharper).sum())


def _density_bias(beats: Array, in_note: bool, density: float) -> Array:
    """Nats for each token: short lengths gain the loss of long ones; a gap only loses."""
    spans = np.where(beats > 0, beats, 1.0)
    octaves = np.log2(spans / 0.5) if in_note else np.log2(1.0 + spans)
    return (-density * octaves * (beats > 0)).astype(np.float32)
