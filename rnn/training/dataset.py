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
    heard : int
        Number of first tokens that are context: neither learned nor scored, nor their notes
        counted. Only in a codec whose tunes take as many tokens in any key.
    weight : float
        Share of its gradient and its score; below 0 the tune is unlearned.
    """

    tokens: NDArray[np.int32]
    features: NDArray[np.int16]
    masks: NDArray[np.uint8]
    lowest: int
    highest: int
    notes: int
    heard: int = 0
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Batch:
    """T steps of B sequences side by side."""

    features: NDArray[np.int32]  # (T, B, width), active input rows
    targets: NDArray[np.int32]  # (T, B), tokens to predict; -1 for none
    tune_starts: NDArray[np.bool_]  # (T, B), True where a tune begins
    notes: int  # mean number of notes in a batch of the epoch
    weights: NDArray[np.float32] | None = None  # (T, B), of the targets; None if no tune has one


_Window = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_], NDArray[np.float32]]


def encode_tune(codec: SequenceCodec, tune: Tune, with_masks: bool = True) -> EncodedTune:
    """Encode one tune.

    Parameters
    ----------
    codec : SequenceCodec
    tune : Tune
    with_masks : bool
        Without masks a tune can be learned, but not scored.

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
    tokens = codec.encode(tune)
    reader, written = codec.new_reader(), []  # notes as they are written
    features = np.empty((len(tokens), codec.width), np.int16)
    masks = np.empty((len(tokens) * with_masks, (codec.outputs + 7) // 8), np.uint8)
    for place, token in enumerate(tokens.tolist()):
        features[place] = reader.features()
        if with_masks:
            masks[place] = np.packbits(reader.mask())
        if (note := reader.advance(token)) is not None:
            written.append(note)
    if not codec.is_pitched:  # as if it filled the keys: it can move nowhere
        return EncodedTune(tokens, features, masks, LOWEST_PITCH, HIGHEST_PITCH, len(written))
    notes = len(tune.notes)
    if not codec.holds_chords:
        notes -= len(quantise_tune(tune).notes) - len(written)
    pitches = [note.pitch for note in written]
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
    """Arranges tunes, each in a random key, in batches.

    Parameters
    ----------
    codec : SequenceCodec
    tunes : sequence of EncodedTune
        At least one.
    lanes : int
        Most sequences side by side.
    steps : int
        Tokens of a sequence in a batch.

    Raises
    ------
    ValueError
        If there are no tunes.
    """

    def __init__(
        self, codec: SequenceCodec, tunes: Sequence[EncodedTune], lanes: int = 64, steps: int = 64
    ) -> None:
        if not tunes:
            raise ValueError("no tunes to train on")
        self._codec, self._tunes = codec, tunes
        self._is_weighted = any(tune.weight != 1 for tune in tunes)
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
        """Yield the batches of one pass over all tunes, in random order and random keys.

        The tunes follow one another in one stream, which is cut into a sequence for each lane. A
        tune is fetched when its first token is needed.
        """
        order = generator.permutation(len(self._tunes)).tolist()
        keys = [self._random_key(self._tunes[k], generator) for k in order]
        ends = np.cumsum([self._length(k, key) for k, key in zip(order, keys, strict=True)])
        size, notes = self.batches_per_epoch * self.steps, self._notes_per_batch()
        lanes = []
        for lane in range(self.lanes):
            first = int(np.searchsorted(ends, lane * size, side="right"))
            skipped = lane * size - (int(ends[first - 1]) if first else 0)
            rest = zip(order[first:], keys[first:], strict=True)
            lanes.append(self._windows(rest, skipped))
        for _ in range(self.batches_per_epoch):
            windows = [next(lane) for lane in lanes]  # B times (T,), (T, width), (T,), (T,)
            parts = (np.stack(part, axis=1) for part in zip(*windows, strict=True))  # (T, B, ...)
            targets, features, starts, weights = parts
            yield Batch(features, targets, starts, notes, weights if self._is_weighted else None)

    def _notes_per_batch(self) -> int:
        return round(sum(tune.notes for tune in self._tunes) / self.batches_per_epoch)

    def _random_key(self, tune: EncodedTune, generator: np.random.Generator) -> int:
        """A random transposition of a tune, semitones."""
        valid = valid_transpositions(tune)
        return int(generator.integers(valid[0], valid[-1] + 1)) if len(valid) > 1 else 0

    def _length(self, place: int, semitones: int) -> int:
        """Number of tokens of a tune in a key."""
        tune = self._tunes[place]
        if semitones == 0 or not self._codec.token_count_depends_on_key:
            return len(tune.tokens)
        return len(self._codec.transpose_tokens(tune.tokens, tune.features, semitones)[0])

    def _windows(self, tunes: Iterator[tuple[int, int]], skipped: int) -> Iterator[_Window]:
        """Yield tokens, features, starts and weights of `steps` tokens, then filler for ever.

        The first `skipped` tokens of the first tune are left out.
        """
        width, at, is_first = self._codec.width, 0, True
        tokens, features, starts, weights = self._empty_window(width)
        starts[0] = True  # a lane begins without what was before
        for place, semitones in tunes:
            tune = self._tunes[place]
            own = tune.tokens, tune.features
            if semitones:
                own = self._codec.transpose_tokens(tune.tokens, tune.features, semitones)
            done = skipped if is_first else 0
            is_first = False
            while done < len(own[0]):
                count = min(self.steps - at, len(own[0]) - done)
                tokens[at : at + count] = own[0][done : done + count]
                tokens[at : at + max(0, min(count, tune.heard - done))] = -1
                features[at : at + count] = own[1][done : done + count]
                starts[at] |= done == 0
                weights[at : at + count] = tune.weight
                at, done = at + count, done + count
                if at == self.steps:
                    yield tokens, features, starts, weights
                    tokens, features, starts, weights = self._empty_window(width)
                    at = 0
        while True:
            yield tokens, features, starts, weights
            tokens, features, starts, weights = self._empty_window(width)

    def _empty_window(self, width: int) -> _Window:
        """Filler: no targets, features of row 0."""
        return (
            np.full(self.steps, -1, np.int32),
            np.zeros((self.steps, width), np.int32),
            np.zeros(self.steps, np.bool_),
            np.ones(self.steps, np.float32),
        )
