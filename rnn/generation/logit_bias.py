"""Steering: a taste laid over what a network offers, so that all that is drawn is still valid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import LOWEST_PITCH
from rnn.codecs.codec import Codec, TokenReader
from rnn.generation.composer import KEY_COUNT, SamplingParams
from rnn.model.lstm import Array

MAX_BIAS_NATS = 60.0
"""No leaning takes more nats than this from a token: what is valid stays possible."""


def bias_logits(logits: Array, codec: Codec, reader: TokenReader, taste: SamplingParams) -> Array:
    """Logits as a taste would have them.

    Parameters
    ----------
    logits : ndarray, shape (choices,)
        -inf for what may not come; at least one choice other than END may.
    reader : Reader
        Where the next token comes.

    Returns
    -------
    ndarray, shape (choices,)
        What may not come still may not. Something may: a locked scale is opened where it would
        leave nothing.
    """
    logits = logits.copy()
    if not taste.may_end:
        logits[codec.end_token] = -np.inf
    if taste.density:
        hurry = _density_bias(reader.token_beats(), reader.awaits_length, taste.density)  # (V,)
        logits[: codec.outputs] += taste.temperature * hurry
    keys = logits[codec.key_choices]  # (88,), a view
    pitches = np.arange(LOWEST_PITCH, LOWEST_PITCH + KEY_COUNT)
    if taste.centre is not None:
        away = 0.5 * ((pitches - taste.centre) / taste.spread) ** 2
        keys -= (taste.temperature * np.minimum(away, MAX_BIAS_NATS)).astype(np.float32)
    if taste.scale:
        _bias_to_scale(logits, keys, ~np.isin(pitches % 12, list(taste.scale)), taste)
    return logits


def _density_bias(beats: Array, in_note: bool, density: float) -> Array:
    """Nats for each token: short lengths gain what long ones lose, a gap only ever loses."""
    spans = np.where(beats > 0, beats, 1.0)
    octaves = np.log2(spans / 0.5) if in_note else np.log2(1.0 + spans)
    return (-density * octaves * (beats > 0)).astype(np.float32)


def _bias_to_scale(
    logits: Array, keys: Array, outside: NDArray[np.bool_], taste: SamplingParams
) -> None:
    if np.isfinite(taste.strictness):
        keys[outside] -= min(MAX_BIAS_NATS, taste.strictness) * taste.temperature
        return
    kept = keys.copy()
    keys[outside] = -np.inf
    if not np.isfinite(logits).any():
        keys[:] = kept
