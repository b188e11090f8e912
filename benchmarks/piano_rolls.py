"""Piano rolls as tokens, and their exact negative log likelihoods, for `tables.py`.

A frame (its sounding keys of 88) is spelled as its notes in a fixed order, and END. The sum over
those tokens, each renormalised over the valid ones, is the exact negative log likelihood of the
frame in nats. Inputs and masks depend on earlier notes only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rnn.codecs.codec import MIN_TRANSPOSE_SEMITONES, TRANSPOSITION_COUNT
from rnn.model.losses import log_softmax
from rnn.model.network import Network
from rnn.training.dataset import EncodedTune

KEYS, LOWEST = 88, 21
END, START = KEYS, KEYS + 1
PERIODS_FRAMES = (4, 8, 16, 32)
"""Periods with rows for the place in them, frames."""
MATCH_LENGTH_CLASSES = 8
"""Classes of match length: none, 1, up to 3, 7, 15, 31, 63, and more tokens."""
CHUNK_TOKENS = 512
"""Tokens scored at a time."""


class Order(Enum):
    """Order of the notes of a frame."""

    UP = "up"
    DOWN = "down"
    BOTH = "both"


class Spelling:
    """Frames as tokens, 0..87 for the keys and 88 for END, with the interface training needs.

    Beside the last token, the input has the notes of the last frame and of this one so far, their
    number, and the next note of the last frame (mostly the same voice). It also has the place in
    periods of 4, 8, 16 and 32 frames, the transposition, and an echo: the token after the longest
    earlier match of the tokens so far, and the length of the match.

    Parameters
    ----------
    order : Order
        UP from the lowest note, DOWN from the highest.
    most : int
        Notes of a frame in the input.
    echo : bool
        Whether the input has the echo.
    """

    outputs = KEYS + 1
    token_count_depends_on_key = False

    def __init__(self, order: Order, most: int, echo: bool = True) -> None:
        self._down = order is Order.DOWN
        self._most = most
        self._has_echo = echo
        self._last = 1  # row 0 is a filler; then the last token, END and START among them
        self._before = self._last + START + 1  # notes of the frame before
        self._now = self._before + KEYS  # notes of this frame so far
        self._voice = self._now + KEYS
        self._count = self._voice + KEYS
        self._echo = self._count + most + 1  # a key or END
        self._run = self._echo + END + 1  # tokens it agreed for, by powers of two
        self._shift = self._run + MATCH_LENGTH_CLASSES
        self._place = self._shift + TRANSPOSITION_COUNT
        self.width = 6 + 2 * most + len(PERIODS_FRAMES)
        self.inputs = self._place + sum(PERIODS_FRAMES)

    def encode(self, roll: NDArray[np.bool_]) -> EncodedTune:
        """Encode one piece, shape (frames, 88); its frames count as its notes."""
        frames = [np.flatnonzero(frame)[:: -1 if self._down else 1].tolist() for frame in roll]
        tokens = np.array([token for notes in frames for token in (*notes, END)], np.int32)
        found_echoes = echoes(tokens) if self._has_echo else [(END, 0)] * len(tokens)
        features: list[list[int]] = []
        last, before = START, []
        for place, notes in enumerate(frames):
            for count, token in enumerate([*notes, END]):
                rows = self._features(last, before, notes[:count], place)
                features.append(rows + self._echo_rows(*found_echoes[len(features)]))
                last = token
            before = notes
        masks = np.packbits(self.masks(tokens), axis=1)
        keys = np.flatnonzero(roll.any(axis=0)) + LOWEST
        lowest, highest = (int(keys[0]), int(keys[-1])) if len(keys) else (60, 60)
        return EncodedTune(tokens, np.array(features, np.int16), masks, lowest, highest, len(roll))

    def decode(self, tokens: NDArray[np.int32]) -> NDArray[np.bool_]:
        """The frames of some tokens, shape (frames, 88)."""
        frame = np.cumsum(tokens == END) - (tokens == END)  # of each token, END its last
        roll = np.zeros((int((tokens == END).sum()), KEYS), bool)
        keys = tokens != END
        roll[frame[keys], tokens[keys]] = True
        return roll

    def masks(self, tokens: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Valid tokens in the place of each, (n, 89): END, or a later note."""
        last = np.append(END, tokens[:-1])[:, None]  # END: a frame begins
        keys = np.arange(KEYS)
        later = keys < last if self._down else keys > last
        return np.concatenate([later | (last == END), np.ones((len(tokens), 1), bool)], axis=1)

    def transpose_tokens(
        self, tokens: NDArray[np.int32], features: NDArray[np.int16], semitones: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Transpose a piece that stays within the keys, with the row of the transposition."""
        keys = np.clip(np.arange(KEYS) + semitones, 0, KEYS - 1)
        rows = np.arange(self.inputs, dtype=np.int32)
        for first in (self._last, self._before, self._now, self._voice, self._echo):
            rows[first : first + KEYS] = first + keys
        rows[self._shift - MIN_TRANSPOSE_SEMITONES] += semitones
        return np.append(keys, END).astype(np.int32)[tokens], rows[features]

    def _features(self, last: int, before: list[int], so_far: list[int], place: int) -> list[int]:
        count = len(so_far)
        rows = [self._last + last, self._shift - MIN_TRANSPOSE_SEMITONES]
        rows.append(self._voice + before[count] if count < len(before) else 0)
        rows.append(self._count + min(count, self._most))
        for first, notes in ((self._before, before), (self._now, so_far)):
            active = [first + note for note in notes[: self._most]]
            rows += active + [0] * (self._most - len(active))
        first = self._place
        for period in PERIODS_FRAMES:
            rows.append(first + place % period)
            first += period
        return rows

    def _echo_rows(self, token: int, agreed: int) -> list[int]:
        return [
            self._echo + token if agreed else 0,
            self._run + min(MATCH_LENGTH_CLASSES - 1, agreed.bit_length()),
        ]


def echoes(tokens: NDArray[np.int32]) -> list[tuple[int, int]]:
    """For each place, the token after the longest earlier match, and the length of the match.

    Of equally long matches the latest counts. If the length is 0, the token has no meaning.
    """
    agreed = np.zeros(len(tokens), int)  # before each place, with the tokens before this one
    found = [(END, 0)] * min(2, len(tokens))
    for place in range(2, len(tokens)):
        last = place - 1
        same = tokens[:last] == tokens[last]
        agreed[1:place] = np.where(same, agreed[:last] + 1, 0)
        best = last - int(np.argmax(agreed[last:0:-1]))
        found.append((int(tokens[best]), int(agreed[best])))
    return found


@dataclass(frozen=True, slots=True)
class Rolls:
    """A data set: its name, and its pieces by split, (frames, 88) each."""

    name: str
    train: list[NDArray[np.bool_]]
    valid: list[NDArray[np.bool_]]
    test: list[NDArray[np.bool_]]

    @classmethod
    def read(cls, path: Path) -> Rolls:
        """Read a file of the classic splits."""
        with np.load(path) as data:
            return cls(path.stem, *(cls._pieces(data, s) for s in ("train", "valid", "test")))

    @staticmethod
    def _pieces(data: np.lib.npyio.NpzFile, split: str) -> list[NDArray[np.bool_]]:
        rows = np.unpackbits(data[split], axis=1)[:, :KEYS].astype(bool)
        return np.split(rows, np.cumsum(data[f"{split}_lengths"])[:-1])


@dataclass(frozen=True, slots=True)
class Scored:
    """Negative log likelihood of each frame, nats, by piece."""

    pieces: list[NDArray[np.float64]]

    @property
    def micro(self) -> float:
        """The mean over all frames."""
        return float(np.concatenate(self.pieces).mean())

    @property
    def without_first(self) -> float:
        """The mean without each piece's first frame, as in the code of Bai (2018)."""
        return float(np.concatenate([piece[1:] for piece in self.pieces]).mean())

    @property
    def macro(self) -> float:
        """The mean of the means of the pieces."""
        return float(np.mean([piece.mean() for piece in self.pieces]))

    @classmethod
    def mixed(cls, parts: Sequence[Scored]) -> Scored:
        """An even mixture of the probabilities of models, frame by frame."""
        return cls([mixed(np.stack(nats)) for nats in zip(*(p.pieces for p in parts), strict=True)])


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of one model or mixture on the validation and the test pieces."""

    valid: Scored
    test: Scored

    @classmethod
    def mixed(cls, parts: Sequence[Scores]) -> Scores:
        """An even mixture of models."""
        return cls(Scored.mixed([p.valid for p in parts]), Scored.mixed([p.test for p in parts]))


def mixed(nats: NDArray[np.float64]) -> NDArray[np.float64]:
    """Nats of an even mixture, (frames,), from the nats of each model, (models, frames)."""
    return np.log(len(nats)) - np.logaddexp.reduce(-nats, axis=0)


def frame_nats(
    network: Network, spelling: Spelling, piece: EncodedTune, shifts: Sequence[int] = (0,)
) -> NDArray[np.float64]:
    """Negative log likelihood of each frame, nats, (frames,).

    Parameters
    ----------
    shifts : sequence of int
        Transpositions, semitones. The probabilities of several are mixed evenly.

    Raises
    ------
    ValueError
        If a transposition leaves the keyboard. Omitting it would reveal the range of the piece.
    """
    least, most = piece.lowest + min(shifts), piece.highest + max(shifts)
    if least < LOWEST or most >= LOWEST + KEYS:
        raise ValueError(f"moved, a piece would go from {least} to {most}: beyond the keys")
    transposed = [
        spelling.transpose_tokens(piece.tokens, piece.features, shift) for shift in shifts
    ]
    state, chunks = network.initial_state(len(shifts)), []
    for at in range(0, len(piece.tokens), CHUNK_TOKENS):
        part = slice(at, at + CHUNK_TOKENS)
        features = np.stack([features[part] for _, features in transposed], axis=1)
        chunks.append(network.forward(features, state)[0].copy())
    logits = np.concatenate(chunks)  # (n, shifts, 89)
    nats = []
    ends = np.flatnonzero(piece.tokens == END)
    for lane, (tokens, _) in enumerate(transposed):
        logs = log_softmax(logits[:, lane], spelling.masks(tokens))
        each = -np.take_along_axis(logs, tokens[:, None], 1)[:, 0].astype(np.float64)
        nats.append(np.add.reduceat(each, np.append(0, ends[:-1] + 1)))
    return mixed(np.stack(nats))
