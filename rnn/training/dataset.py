"""Sequences: tunes as the numbers a network is trained and scored on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import HIGHEST_PITCH, LOWEST_PITCH, Tune, quantise_tune
from rnn.codecs.codec import MIN_TRANSPOSE_SEMITONES, TRANSPOSITION_COUNT, Codec


@dataclass(frozen=True, slots=True)
class EncodedTune:
    """One tune, encoded as it stands (shift 0).

    Parameters
    ----------
    tokens : ndarray of int32, shape (n,)
    features : ndarray of int16, shape (n, width)
        What the network is shown before each token.
    masks : ndarray of uint8, shape (n, ceil(V / 8))
        Which tokens may come there, packed.
    lowest, highest : int
        MIDI numbers.
    notes : int
        Of the tune, those left out that a codec cannot hold; unisons count each.
    """

    tokens: NDArray[np.int32]
    features: NDArray[np.int16]
    masks: NDArray[np.uint8]
    lowest: int
    highest: int
    notes: int


@dataclass(frozen=True, slots=True)
class Batch:
    """A stretch of an epoch: T steps of B sequences side by side.

    Parameters
    ----------
    features : ndarray of int32, shape (T, B, width)
    targets : ndarray of int32, shape (T, B)
        -1 where there is nothing to predict.
    fresh : ndarray of bool, shape (T, B)
        Where a tune begins.
    notes : int
    """

    features: NDArray[np.int32]
    targets: NDArray[np.int32]
    tune_starts: NDArray[np.bool_]
    notes: int


def encode_tune(codec: Codec, tune: Tune) -> EncodedTune:
    """Encode one tune.

    Raises
    ------
    ValueError
        If it has no notes.
    """
    if not tune.notes:
        raise ValueError(f"tune {tune.name!r} has no notes")
    spelled = codec.fit_tune(tune)
    left_out = len(quantise_tune(tune).notes) - len(spelled.notes)  # what the codec cannot hold
    tokens = codec.encode(spelled)
    reader = codec.new_reader()
    features = np.empty((len(tokens), codec.width), np.int16)
    masks = np.empty((len(tokens), (codec.outputs + 7) // 8), np.uint8)
    for place, token in enumerate(tokens.tolist()):
        features[place] = reader.features()
        masks[place] = np.packbits(reader.mask())
        reader.push(token)
    pitches = [note.pitch for note in spelled.notes]
    count = len(tune.notes) - left_out
    return EncodedTune(tokens, features, masks, min(pitches), max(pitches), count)


def _transposition_growth(codec: Codec, tunes: Sequence[EncodedTune], some: int = 40) -> float:
    """Tokens of a tune in all keys, on average, by those it has in its own."""
    chosen = tunes[:: max(1, len(tunes) // some)]
    own = moved = 0
    for tune in chosen:
        for shift in _valid_transpositions(tune):
            own += len(tune.tokens)
            moved += len(codec.transpose_tokens(tune.tokens, tune.features, shift)[0])
    return moved / own


def _valid_transpositions(tune: EncodedTune) -> range:
    """Semitones a tune may be moved by; at least 0."""
    least = max(MIN_TRANSPOSE_SEMITONES, LOWEST_PITCH - tune.lowest)
    most = min(MIN_TRANSPOSE_SEMITONES + TRANSPOSITION_COUNT - 1, HIGHEST_PITCH - tune.highest)
    return range(least, most + 1) if least < most else range(1)


def encode_tunes(codec: Codec, tunes: Iterable[Tune]) -> list[EncodedTune]:
    """Encode the tunes that have notes."""
    return [encode_tune(codec, tune) for tune in tunes if tune.notes]


class EpochBatcher:
    """Deals tunes, each in a random key, into batches.

    Parameters
    ----------
    codec : Codec
    tunes : sequence of EncodedTune
    lanes, steps : int
        B and T of the batches.
    shifts : bool
        Whether tunes are transposed, by -6..5 semitones, the shift being told to the network.
    """

    def __init__(
        self,
        codec: Codec,
        tunes: Sequence[EncodedTune],
        lanes: int = 64,
        steps: int = 64,
        shifts: bool = True,
    ) -> None:
        if not tunes:
            raise ValueError("no tunes to train on")
        self._tunes = tunes
        total = sum(len(tune.tokens) for tune in tunes)
        if shifts:  # where a key takes several tokens, other keys may take more
            total = round(total * _transposition_growth(codec, tunes))
        self.lanes = max(1, min(lanes, total // steps))
        self.steps = steps
        self.batches_per_epoch = math.ceil(math.ceil(total / self.lanes) / steps)
        self._transposes = shifts
        self._codec = codec

    def iterate_epoch(self, generator: np.random.Generator) -> Iterator[Batch]:
        """One pass over all tunes, in a new order and new keys."""
        order = generator.permutation(len(self._tunes))
        dealt = [self._transposed(self._tunes[k], generator) for k in order]
        tokens = np.concatenate([tokens for tokens, _ in dealt])
        features = np.concatenate([features for _, features in dealt])
        starts = np.zeros(len(tokens), bool)
        starts[np.cumsum([0] + [len(row) for row, _ in dealt[:-1]])] = True
        notes = sum(tune.notes for tune in self._tunes) / self.batches_per_epoch
        length = self.batches_per_epoch * self.steps
        lanes_of = self._lane_arranger(length)
        tokens, features, starts = (
            lanes_of(tokens, -1),
            lanes_of(features, 0),
            lanes_of(starts, False),
        )
        starts[0] = True
        for at in range(0, length, self.steps):
            part = slice(at, at + self.steps)
            yield Batch(features[part], tokens[part], starts[part], round(notes))

    def _transposed(
        self, tune: EncodedTune, generator: np.random.Generator
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        shifts = _valid_transpositions(tune)
        several = self._transposes and len(shifts) > 1
        shift = int(generator.integers(shifts[0], shifts[-1] + 1)) if several else 0
        if shift == 0:
            return tune.tokens, tune.features.astype(np.int32)
        return self._codec.transpose_tokens(tune.tokens, tune.features, shift)

    def _lane_arranger(self, length: int):
        def arranged(stream: NDArray, filler: int | bool) -> NDArray:
            room = np.full((self.lanes * length, *stream.shape[1:]), filler, stream.dtype)
            room[: len(stream)] = stream[: len(room)]  # an epoch's last tune may be cut
            room = room.reshape(self.lanes, length, *stream.shape[1:])
            return np.ascontiguousarray(np.swapaxes(room, 0, 1))  # (length, lanes, ...)

        return arranged
