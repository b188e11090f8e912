"""Datasets: tunes encoded as arrays, and batches of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import HIGHEST_PITCH, LOWEST_PITCH, Tune, quantise_tune
from rnn.codecs.codec import MIN_TRANSPOSE_SEMITONES, TRANSPOSITION_COUNT, SequenceCodec

GROWTH_SAMPLE_TUNES = 40  # tunes transposed to estimate how many tokens transposition adds


@dataclass(frozen=True, slots=True)
class EncodedTune:
    """A tune encoded in its own key.

    Parameters
    ----------
    tokens : ndarray of int32, shape (n,)
    features : ndarray of int16, shape (n, width)
        Active input rows before each token.
    masks : ndarray of uint8, shape (n, ceil(V / 8))
        Valid tokens at each place, packed bits.
    lowest, highest : int
        Lowest and highest pitch, MIDI numbers.
    notes : int
        Notes of the tune, less those the codec cannot hold; unisons count separately.
    """

    tokens: NDArray[np.int32]
    features: NDArray[np.int16]
    masks: NDArray[np.uint8]
    lowest: int
    highest: int
    notes: int


@dataclass(frozen=True, slots=True)
class Batch:
    """T steps of B sequences side by side."""

    features: NDArray[np.int32]  # (T, B, width), active input rows
    targets: NDArray[np.int32]  # (T, B), tokens to predict; -1 for none
    tune_starts: NDArray[np.bool_]  # (T, B), True where a tune begins
    notes: int  # mean number of notes in a batch of the epoch


def encode_tune(codec: SequenceCodec, tune: Tune) -> EncodedTune:
    """Encode one tune.

    Parameters
    ----------
    codec : SequenceCodec
    tune : Tune

    Returns
    -------
    EncodedTune

    Raises
    ------
    ValueError
        If it has no notes.
    """
    if not tune.notes:
        raise ValueError(f"tune {tune.name!r} has no notes")
    fitted = codec.fit_tune(tune)
    tokens = codec.encode(fitted)
    reader = codec.new_reader()
    features = np.empty((len(tokens), codec.width), np.int16)
    masks = np.empty((len(tokens), (codec.outputs + 7) // 8), np.uint8)
    for place, token in enumerate(tokens.tolist()):
        features[place], masks[place] = reader.features(), np.packbits(reader.mask())
        reader.push(token)
    if not codec.is_pitched:  # as if it filled the keys: it can move nowhere
        return EncodedTune(tokens, features, masks, LOWEST_PITCH, HIGHEST_PITCH, len(fitted.notes))
    omitted = len(quantise_tune(tune).notes) - len(fitted.notes)
    pitches, notes = [note.pitch for note in fitted.notes], len(tune.notes) - omitted
    return EncodedTune(tokens, features, masks, min(pitches), max(pitches), notes)


def encode_tunes(codec: SequenceCodec, tunes: Iterable[Tune]) -> list[EncodedTune]:
    """Encode the tunes that have notes.

    Parameters
    ----------
    codec : SequenceCodec
    tunes : iterable of Tune

    Returns
    -------
    list of EncodedTune
    """
    return [encode_tune(codec, tune) for tune in tunes if tune.notes]


def valid_transpositions(tune: EncodedTune) -> range:
    """Transpositions that keep a tune on the 88 keys, semitones; only 0 if there are no two."""
    least = max(MIN_TRANSPOSE_SEMITONES, LOWEST_PITCH - tune.lowest)
    most = min(MIN_TRANSPOSE_SEMITONES + TRANSPOSITION_COUNT - 1, HIGHEST_PITCH - tune.highest)
    return range(least, most + 1) if least < most else range(1)


class EpochBatcher:
    """Arranges tunes, each in a random key, in batches of `steps` and up to `lanes` sequences."""

    def __init__(
        self, codec: SequenceCodec, tunes: Sequence[EncodedTune], lanes: int = 64, steps: int = 64
    ) -> None:
        if not tunes:
            raise ValueError("no tunes to train on")
        self._codec, self._tunes = codec, tunes
        # in a codec with several tokens a key, other keys may take more
        total = round(sum(len(tune.tokens) for tune in tunes) * self._transposition_growth())
        self.lanes = max(1, min(lanes, total // steps))
        self.steps = steps
        self.batches_per_epoch = math.ceil(math.ceil(total / self.lanes) / steps)

    def _transposition_growth(self) -> float:
        """Mean number of tokens of a tune over all keys, relative to its own key."""
        own = transposed = 0
        for tune in self._tunes[:: max(1, len(self._tunes) // GROWTH_SAMPLE_TUNES)]:
            for semitones in valid_transpositions(tune):
                tokens, _ = self._codec.transpose_tokens(tune.tokens, tune.features, semitones)
                own += len(tune.tokens)
                transposed += len(tokens)
        return transposed / own

    def iterate_epoch(self, generator: np.random.Generator) -> Iterator[Batch]:
        """Yield the batches of one pass over all tunes, in random order and random keys."""
        order = generator.permutation(len(self._tunes))
        tunes = [self._transposed(self._tunes[k], generator) for k in order]
        starts = np.concatenate([np.arange(len(tokens)) == 0 for tokens, _ in tunes])
        targets = self._arrange(np.concatenate([tokens for tokens, _ in tunes]), -1)
        features = self._arrange(np.concatenate([features for _, features in tunes]), 0)
        starts = self._arrange(starts, False)
        starts[0] = True
        notes = round(sum(tune.notes for tune in self._tunes) / self.batches_per_epoch)
        for at in range(0, len(targets), self.steps):
            part = slice(at, at + self.steps)
            yield Batch(features[part], targets[part], starts[part], notes)

    def _transposed(
        self, tune: EncodedTune, generator: np.random.Generator
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Tokens and features of a tune in a random key."""
        valid = valid_transpositions(tune)
        semitones = int(generator.integers(valid[0], valid[-1] + 1)) if len(valid) > 1 else 0
        if semitones == 0:
            return tune.tokens, tune.features.astype(np.int32)
        return self._codec.transpose_tokens(tune.tokens, tune.features, semitones)

    def _arrange(self, stream: NDArray, filler: int | bool) -> NDArray:
        """Arrange a stream, (n, ...), as sequences side by side, (steps of the epoch, B, ...)."""
        size = self.lanes * self.batches_per_epoch * self.steps
        padded = np.full((size, *stream.shape[1:]), filler, stream.dtype)
        padded[: len(stream)] = stream[:size]  # the last tune of an epoch may be cut
        sequences = padded.reshape(self.lanes, -1, *stream.shape[1:])
        return np.ascontiguousarray(np.swapaxes(sequences, 0, 1))
