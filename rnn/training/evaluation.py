"""Scores: how many bits a network needs for a note."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnn.codecs.codec import Codec
from rnn.model.losses import log_softmax
from rnn.model.lstm import Array
from rnn.model.network import Network
from rnn.training.dataset import EncodedTune


@dataclass(frozen=True, slots=True)
class EvaluationScore:
    """Bits of all tokens, and what they spell.

    Parameters
    ----------
    bits : float
        Every token charged: meter, gaps, lengths, pitches, END.
    notes, tunes : int
    """

    bits: float
    notes: int
    tunes: int

    @property
    def bits_per_note(self) -> float:
        """The mean; nan without notes."""
        return self.bits / self.notes if self.notes else float("nan")


def score_tunes(
    network: Network, tunes: Sequence[EncodedTune], lanes: int = 64, steps: int = 128
) -> EvaluationScore:
    """Score tunes as they stand (shift 0), the probabilities renormalised over valid tokens."""
    ordered = sorted(tunes, key=lambda tune: len(tune.tokens))
    bits = 0.0
    for at in range(0, len(ordered), lanes):
        bits += _score_batch(network, ordered[at : at + lanes], steps)
    return EvaluationScore(bits, sum(tune.notes for tune in tunes), len(tunes))


def _score_batch(network: Network, tunes: Sequence[EncodedTune], steps: int) -> float:
    longest = max(len(tune.tokens) for tune in tunes)
    width = tunes[0].features.shape[1]
    features = np.zeros((longest, len(tunes), width), np.int32)
    targets = np.full((longest, len(tunes)), -1, np.int32)
    for lane, tune in enumerate(tunes):
        features[: len(tune.tokens), lane] = tune.features
        targets[: len(tune.tokens), lane] = tune.tokens
    state = network.initial_state(len(tunes))
    bits = 0.0
    for at in range(0, longest, steps):
        logits, _ = network.forward(features[at : at + steps], state)  # (T, B, V)
        for lane, tune in enumerate(tunes):
            part = tune.tokens[at : at + steps]
            if len(part):
                masks = unpack_masks(tune.masks[at : at + steps], logits.shape[-1])
                bits += _token_bits(logits[: len(part), lane], part, masks)
    return bits


def unpack_masks(masks: NDArray[np.uint8], outputs: int) -> NDArray[np.bool_]:
    """Packed masks as booleans, shape (n, outputs)."""
    return np.unpackbits(masks, axis=1, count=outputs).astype(bool)


def _token_bits(logits: Array, tokens: NDArray[np.int32], masks: NDArray[np.bool_]) -> float:
    logs = log_softmax(logits, masks)  # (n, V)
    return -float(np.take_along_axis(logs, tokens[:, None], 1).sum()) / float(np.log(2))


def pitch_class_preference(
    network: Network, tunes: Sequence[EncodedTune], codec: Codec, lanes: int = 64
) -> Array:
    """How each unit stands after notes of each pitch class.

    Returns
    -------
    ndarray, shape (layers, 12, H)
        Mean hidden state once a pitch of that class is settled, less the unit's mean over all, in
        the unit's standard deviations.
    """
    sizes = network.sizes
    total = np.zeros((sizes.layers, 12, sizes.units))
    square = np.zeros((sizes.layers, sizes.units))
    count = np.zeros(12)
    for at in range(0, len(tunes), lanes):
        group = tunes[at : at + lanes]
        longest = max(len(tune.tokens) for tune in group)
        features = np.zeros((longest, len(group), group[0].features.shape[1]), np.int32)
        pitch_class = np.full((longest, len(group)), -1)
        for lane, tune in enumerate(group):
            features[: len(tune.tokens), lane] = tune.features
            # the features after a token show it: state t has seen token t - 1
            seen = tune.tokens[:-1]
            pitch_class[1 : len(tune.tokens), lane] = codec.pitch_classes(seen)
        state = network.initial_state(len(group))
        for t in range(longest):
            network.step(features[t], state)
            heard = np.flatnonzero(pitch_class[t] >= 0)
            np.add.at(count, pitch_class[t][heard], 1)
            for layer in range(sizes.layers):
                np.add.at(total[layer], pitch_class[t][heard], state.h[layer][heard])
                square[layer] += (state.h[layer][heard] ** 2).sum(axis=0)
    every = max(1.0, count.sum())
    mean = total.sum(axis=1) / every  # (layers, H)
    spread = np.sqrt(np.maximum(square / every - mean**2, 1e-8))
    by_class = total / np.maximum(count, 1)[None, :, None]
    return ((by_class - mean[:, None]) / spread[:, None]).astype(np.float32)
