"""Evaluation: bits per note of a network, and its units' activation by pitch class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnn.codecs.codec import SequenceCodec
from rnn.model.arrays import Array
from rnn.model.losses import log_softmax
from rnn.model.network import Network
from rnn.training.dataset import EncodedTune
from rnn.training.ranks import Ranks

TUNES_PER_BATCH = 64  # tunes side by side


@dataclass(frozen=True, slots=True)
class EvaluationScore:
    """Bits of all tokens of some tunes, and the number of notes and tunes."""

    bits: float  # every token charged: meter, gaps, lengths, pitches, END
    notes: int
    tunes: int

    @classmethod
    def of(cls, bits: float, tunes: Sequence[EncodedTune]) -> EvaluationScore:
        """The score of tunes that took `bits` together."""
        return cls(bits, sum(tune.notes for tune in tunes), len(tunes))

    @property
    def bits_per_note(self) -> float:
        """Mean bits per note; nan without notes."""
        return self.bits / self.notes if self.notes else float("nan")


def score_tunes(
    network: Network, tunes: Sequence[EncodedTune], lanes: int = 64, steps: int = 128
) -> EvaluationScore:
    """Score tunes in their own key, probabilities renormalised over the valid tokens.

    Parameters
    ----------
    network : Network
    tunes : sequence of EncodedTune
    lanes, steps : int
        Tunes side by side, and steps computed at a time.

    Returns
    -------
    EvaluationScore
    """
    ordered = sorted(tunes, key=lambda tune: len(tune.tokens))
    groups = (ordered[at : at + lanes] for at in range(0, len(ordered), lanes))
    return EvaluationScore.of(sum(_score_batch(network, each, steps) for each in groups), tunes)


def score_tunes_together(
    network: Network, tunes: Sequence[EncodedTune], ranks: Ranks
) -> EvaluationScore:
    """Score tunes as `score_tunes` does, divided among ranks; call it on all of them.

    Parameters
    ----------
    network : Network
        The same on all ranks.
    tunes : sequence of EncodedTune
    ranks : Ranks

    Returns
    -------
    EvaluationScore
        The same on all ranks.
    """
    own = tunes[ranks.index :: ranks.count]
    (bits,) = ranks.sum(score_tunes(network, own).bits if own else 0.0)
    return EvaluationScore.of(float(bits), tunes)


def _pad_features(tunes: Sequence[EncodedTune]) -> NDArray[np.int32]:
    """Features of tunes side by side, (longest, tunes, width), 0 after their end."""
    longest = max(len(tune.tokens) for tune in tunes)
    features = np.zeros((longest, len(tunes), tunes[0].features.shape[1]), np.int32)
    for lane, tune in enumerate(tunes):
        features[: len(tune.tokens), lane] = tune.features
    return features


def _score_batch(network: Network, tunes: Sequence[EncodedTune], steps: int) -> float:
    """Bits of all tokens of tunes side by side."""
    features = _pad_features(tunes)
    state = network.initial_state(len(tunes))
    bits = 0.0
    for at in range(0, len(features), steps):
        logits, _ = network.forward(features[at : at + steps], state)  # (T, B, V)
        for lane, tune in enumerate(tunes):
            tokens = tune.tokens[at : at + steps]
            if len(tokens):
                masks = unpack_masks(tune.masks[at : at + steps], logits.shape[-1])
                logs = log_softmax(logits[: len(tokens), lane], masks)  # (n, V)
                charged = np.take_along_axis(logs, tokens[:, None], 1)[max(0, tune.heard - at) :]
                nats = -tune.weight * float(charged.sum())
                bits += nats / float(np.log(2))
    return bits


def unpack_masks(masks: NDArray[np.uint8], outputs: int) -> NDArray[np.bool_]:
    """Unpack the masks of an `EncodedTune`.

    Parameters
    ----------
    masks : ndarray of uint8, shape (n, ceil(V / 8))
    outputs : int
        V.

    Returns
    -------
    ndarray of bool, shape (n, V)
    """
    return np.unpackbits(masks, axis=1, count=outputs).astype(bool)


def pitch_class_preference(
    network: Network, tunes: Sequence[EncodedTune], codec: SequenceCodec
) -> Array:
    """Mean activation of each unit after notes of each pitch class.

    Parameters
    ----------
    network : Network
    tunes : sequence of EncodedTune
    codec : SequenceCodec

    Returns
    -------
    ndarray of float32, shape (layers, 12, H)
        Mean hidden state after the token that determines the pitch class, less the unit's overall
        mean, in the unit's standard deviations; 0 for a class without notes. A drummer's classes
        are the parts of the kit.
    """
    sizes = network.sizes
    total = np.zeros((sizes.layers, 12, sizes.units))
    square = np.zeros((sizes.layers, sizes.units))
    count = np.zeros(12)
    for at in range(0, len(tunes), TUNES_PER_BATCH):
        group = tunes[at : at + TUNES_PER_BATCH]
        features = _pad_features(group)
        pitch_class = np.full(features.shape[:2], -1)
        for lane, tune in enumerate(group):  # the state after step t has seen token t - 1
            pitch_class[1 : len(tune.tokens), lane] = codec.pitch_classes(tune.tokens[:-1])
        state = network.initial_state(len(group))
        for t in range(len(features)):
            network.step(features[t], state)
            pitched = np.flatnonzero(pitch_class[t] >= 0)
            np.add.at(count, pitch_class[t][pitched], 1)
            for layer in range(sizes.layers):
                np.add.at(total[layer], pitch_class[t][pitched], state.h[layer][pitched])
                square[layer] += (state.h[layer][pitched] ** 2).sum(axis=0)
    every = max(1.0, count.sum())
    mean = total.sum(axis=1) / every  # (layers, H)
    deviation = np.sqrt(np.maximum(square / every - mean**2, 1e-8))
    by_class = total / np.maximum(count, 1)[None, :, None]
    preference = (by_class - mean[:, None]) / deviation[:, None]
    preference[:, count == 0] = 0.0
    return preference.astype(np.float32)
