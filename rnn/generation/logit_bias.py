"""Logit bias: preferences of scale, register and density that keep every token valid."""

from __future__ import annotations

import numpy as np

from midi_data.notes import LOWEST_PITCH
from rnn.codecs.codec import Codec, TokenReader
from rnn.generation.composer import KEY_COUNT, SamplingParams
from rnn.model.lstm import Array

MAX_BIAS_NATS = 60.0  # largest finite bias, nats: a valid token stays possible


def bias_logits(logits: Array, codec: Codec, reader: TokenReader, params: SamplingParams) -> Array:
    """Logits with the preferences of `params` added, shape (choices,).

    Impossible choices (-inf) stay so. At least one choice other than the end must be possible,
    and one stays so: a locked scale is opened where it would leave none.
    """
    logits = logits.copy()
    if not params.may_end:
        logits[codec.end_token] = -np.inf
    if params.density:
        bias = _density_bias(reader.token_beats(), reader.awaits_length, params.density)  # (V,)
        logits[: codec.outputs] += params.temperature * bias
    keys = logits[codec.key_choices]  # (88,), a view
    pitches = np.arange(LOWEST_PITCH, LOWEST_PITCH + KEY_COUNT)
    if params.centre is not None:
        nats = 0.5 * ((pitches - params.centre) / params.spread) ** 2
        keys -= (params.temperature * np.minimum(nats, MAX_BIAS_NATS)).astype(np.float32)
    if params.scale:
        outside = ~np.isin(pitches % 12, list(params.scale))
        if np.isfinite(params.strictness):
            keys[outside] -= min(MAX_BIAS_NATS, params.strictness) * params.temperature
        elif np.isfinite(logits).sum() > np.isfinite(keys[outside]).sum():
            keys[outside] = -np.inf
    return logits


def _density_bias(beats: Array, in_note: bool, density: float) -> Array:
    """Nats for each token: short lengths gain the loss of long ones; a gap only loses."""
    spans = np.where(beats > 0, beats, 1.0)
    octaves = np.log2(spans / 0.5) if in_note else np.log2(1.0 + spans)
    return (-density * octaves * (beats > 0)).astype(np.float32)
