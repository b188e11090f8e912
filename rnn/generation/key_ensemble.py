"""Followers: one trained network that follows music token by token, in several keys at once.

A follower keeps twelve lanes, one for each shift -6..5 its network was trained to be told of: in
each lane the same tokens, taken to be the style's own music moved by so many semitones. The lane
that finds them likeliest knows the key best; it is the one that speaks, and the only one left once
the network writes by itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import Meter, Note
from rnn.analysis.attribution import NOTES, Attribution, Moment, explain
from rnn.codecs.codec import LOWEST_SHIFT, SHIFTS, Codec, Reader
from rnn.generation.lookahead import Fan, told
from rnn.generation.unit_intervention import Hand, Touch
from rnn.model.checkpoint import Checkpoint
from rnn.model.losses import log_softmax
from rnn.model.lstm import Array
from rnn.model.network import Network
from rnn.model.state import State

HOME = -LOWEST_SHIFT
"""The lane of shift 0."""
MEMORY = 8 * NOTES
"""Steps remembered to explain a note by; even spelled out, a note rarely takes more than six."""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """All a follower remembers."""

    state: State
    reader: Reader
    rows: NDArray[np.int32]
    logits: Array
    bits: NDArray[np.float64]
    shifts: NDArray[np.int32]
    moments: tuple[Moment, ...]
    twin: State | None
    twin_logits: Array


class Follower:
    """A network at a place in the music.

    Parameters
    ----------
    checkpoint : Checkpoint
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.network: Network = checkpoint.network
        self.codec: Codec = checkpoint.codec
        self.layers = self.network.sizes.layers
        self.units = self.network.sizes.units
        self._hand = Hand((), self.layers, self.units)
        self.begin(Meter())

    def begin(self, meter: Meter) -> None:
        """Forget everything; a tune of that meter begins."""
        self._shifts = np.arange(SHIFTS, dtype=np.int32)  # of each lane, as rows
        self._state = self.network.state(SHIFTS)
        self._twin = self._state.copy() if self._hand else None
        self._bits = np.zeros(SHIFTS)  # what the music so far took, in each lane
        self._moments: deque[Moment] = deque(maxlen=MEMORY)
        self.reader = self.codec.reader()
        self._think()
        for token in self.codec.opening(meter):
            self.push(int(token))
        self._bits[:] = 0.0  # a meter is no evidence for a key

    def push(self, token: int) -> Note | None:
        """Take the next token; returns the note it completes, if it does."""
        self._bits -= self._logs[:, token] / np.log(2)  # (lanes,)
        self._remember(token)
        note = self.reader.push(token)
        if not self.reader.ended:
            self._think()
        return note

    def gather(self) -> None:
        """Go on in the likeliest lane alone."""
        lane = self.lane
        if len(self._shifts) == 1:
            return
        pick = slice(lane, lane + 1)
        self._state = self._state.lane(lane)
        if self._twin is not None:
            self._twin = self._twin.lane(lane)
            self._twin_logits = self._twin_logits[pick].copy()
        self._rows = self._rows[pick].copy()
        self._logits, self._bits = self._logits[pick].copy(), self._bits[pick].copy()
        self._logs = self._logs[pick].copy()
        self._shifts = self._shifts[pick].copy()

    def solo(self) -> Follower:
        """Another follower in the likeliest lane, to look ahead with."""
        other = object.__new__(Follower)
        other.network, other.codec, other._hand = self.network, self.codec, self._hand
        other.layers, other.units = self.layers, self.units
        lane = self.lane
        pick = slice(lane, lane + 1)
        other._state, other.reader = self._state.lane(lane), self.reader.copy()
        other._twin = None if self._twin is None else self._twin.lane(lane)
        other._rows, other._shifts = self._rows[pick], self._shifts[pick]
        other._logits, other._logs = self._logits[pick], self._logs[pick]
        other._twin_logits, other._mask = self._twin_logits[pick], self._mask
        other._bits = self._bits[pick].copy()
        other._moments = deque(maxlen=0)
        return other

    def fan(self) -> Fan:
        """The likeliest lane, to look ahead with along several ways at once."""
        lane = self.lane
        hand = self._hand or None
        shift, logs = int(self._shifts[lane]), self._logs[lane : lane + 1]
        state, reader = self._state.lane(lane), self.reader.copy()
        return Fan(self.network, self.codec, hand, shift, state, [reader], logs)

    def touch(self, touches: Sequence[Touch]) -> None:
        """Put fingers on units, in place of those that were; from the next token on.

        As long as there are any, a twin follows the same music untouched, to measure against.

        Raises
        ------
        ValueError
            If there is no such unit.
        """
        self._hand = Hand(touches, self.layers, self.units)
        if not self._hand:
            self._twin = None
        elif self._twin is None:
            self._twin = self._state.copy()
            self._twin_logits = self._logits.copy()

    def explain(self) -> Attribution | None:
        """Why the last finished note; None before the first."""
        note = self.reader.note - 1
        if note < 0 or not any(moment.note == note for moment in self._moments):
            return None
        shift = int(self._shifts[self.lane])
        return explain(self.network, self._moments_since(note), note, shift)

    @property
    def lane(self) -> int:
        """The lane to which the music is the least surprise; shift 0 if none is better."""
        if len(self._shifts) == 1:
            return 0
        best = int(np.argmin(self._bits))
        home = np.flatnonzero(self._shifts == HOME)
        return int(home[0]) if len(home) and self._bits[home[0]] <= self._bits[best] else best

    @property
    def touched(self) -> bool:
        """Whether there are fingers on units."""
        return bool(self._hand)

    @property
    def log_shares(self) -> Array:
        """Log probabilities of the next token in the likeliest lane, nats, shape (V,)."""
        return self._logs[self.lane]

    @property
    def log_shares_untouched(self) -> Array | None:
        """The same as if it had never been touched; None if it is not."""
        if self._twin is None:
            return None
        return log_softmax(self._twin_logits[self.lane], self._mask)

    @property
    def activations(self) -> Array:
        """Gates, cell and hidden state in the likeliest lane, shape (layers, 6, H)."""
        lane, state = self.lane, self._state
        i, f, o, g = np.moveaxis(state.gates[:, lane].reshape(self.layers, 4, self.units), 1, 0)
        return np.stack([i, f, g, o, state.c[:, lane], state.h[:, lane]], axis=1)

    def place(self) -> Place:
        """All that is remembered, to come back to."""
        return Place(
            self._state.copy(),
            self.reader.copy(),
            self._rows,
            self._logits,
            self._bits.copy(),
            self._shifts,
            tuple(self._moments),
            None if self._twin is None else self._twin.copy(),
            self._twin_logits,
        )

    def come_back(self, place: Place) -> None:
        """Come back to a place; fingers stay where they are."""
        self._state, self.reader = place.state.copy(), place.reader.copy()
        self._rows, self._logits = place.rows, place.logits
        self._bits, self._shifts = place.bits.copy(), place.shifts
        self._moments = deque(place.moments, maxlen=MEMORY)
        self._twin, self._twin_logits = None, self._logits
        if self._hand:  # a place from before the touch was untouched
            self._twin = (place.twin or place.state).copy()
            self._twin_logits = place.twin_logits
        self._weigh()

    def _think(self) -> None:
        rows = np.tile(self.reader.features(), (len(self._shifts), 1))  # (lanes, width)
        self._rows = told(rows, self.codec, self._shifts[:, None])
        self._logits = self.network.step(self._rows, self._state, self._hand or None)
        self._twin_logits = self._logits
        if self._twin is not None:
            self._twin_logits = self.network.step(self._rows, self._twin)  # (lanes, V)
        self._weigh()

    def _weigh(self) -> None:
        """What may come next, and how likely it is in each lane."""
        self._mask = self.reader.mask()  # (V,)
        if self._mask.any():  # nothing may, after the end
            self._logs = log_softmax(self._logits, self._mask)  # (lanes, V)

    def _remember(self, token: int) -> None:
        if self._moments.maxlen == 0:
            return
        self._moments.append(
            Moment(
                self._rows,
                self.reader.sources(),
                self._state.gates.copy(),
                self._state.c.copy(),
                self._logits,
                self._mask,
                self._shifts,
                self._hand.slopes(self.layers, self.units) if self._hand else None,
                token,
                self.reader.note,
            )
        )

    def _moments_since(self, note: int) -> list[Moment]:
        """The steps to explain a note by, one before them included."""
        moments = list(self._moments)
        first = next(k for k, moment in enumerate(moments) if moment.note >= note - NOTES)
        return moments[max(0, first - 1) :]
