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
from rnn.analysis.attribution import MAX_ATTRIBUTED_NOTES, Attribution, StepRecord, attribute_note
from rnn.codecs.codec import MIN_TRANSPOSE_SEMITONES, TRANSPOSITION_COUNT, Codec, TokenReader
from rnn.generation.lookahead import Lookahead, apply_transpositions
from rnn.generation.unit_intervention import InterventionSet, UnitIntervention
from rnn.model.checkpoint import Checkpoint
from rnn.model.losses import log_softmax
from rnn.model.lstm import Array
from rnn.model.network import Network
from rnn.model.state import NetworkState

UNTRANSPOSED_ROW = -MIN_TRANSPOSE_SEMITONES
"""The lane of shift 0."""
MAX_STEP_RECORDS = 8 * MAX_ATTRIBUTED_NOTES
"""Steps remembered to explain a note by; even spelled out, a note rarely takes more than six."""


@dataclass(frozen=True, slots=True, eq=False)
class KeyEnsembleSnapshot:
    """All a follower remembers."""

    state: NetworkState
    reader: TokenReader
    rows: NDArray[np.int32]
    logits: Array
    bits: NDArray[np.float64]
    transpositions: NDArray[np.int32]
    step_records: tuple[StepRecord, ...]
    unmodified_state: NetworkState | None
    unmodified_logits: Array


class KeyEnsemble:
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
        self._interventions = InterventionSet((), self.layers, self.units)
        self.begin_tune(Meter())

    def begin_tune(self, meter: Meter) -> None:
        """Forget everything; a tune of that meter begins."""
        self._transpositions = np.arange(
            TRANSPOSITION_COUNT, dtype=np.int32
        )  # of each lane, as rows
        self._state = self.network.initial_state(TRANSPOSITION_COUNT)
        self._unmodified_state = self._state.copy() if self._interventions else None
        self._cost_bits = np.zeros(TRANSPOSITION_COUNT)  # what the music so far took, in each lane
        self._step_records: deque[StepRecord] = deque(maxlen=MAX_STEP_RECORDS)
        self.reader = self.codec.new_reader()
        self._step_network()
        for token in self.codec.meter_tokens(meter):
            self.push(int(token))
        self._cost_bits[:] = 0.0  # a meter is no evidence for a key

    def push(self, token: int) -> Note | None:
        """Take the next token; returns the note it completes, if it does."""
        self._cost_bits -= self._log_probabilities[:, token] / np.log(2)  # (lanes,)
        self._record_step(token)
        note = self.reader.push(token)
        if not self.reader.ended:
            self._step_network()
        return note

    def keep_likeliest_key(self) -> None:
        """Go on in the likeliest lane alone."""
        lane = self.likeliest_index
        if len(self._transpositions) == 1:
            return
        pick = slice(lane, lane + 1)
        self._state = self._state.select_sequence(lane)
        if self._unmodified_state is not None:
            self._unmodified_state = self._unmodified_state.select_sequence(lane)
            self._unmodified_logits = self._unmodified_logits[pick].copy()
        self._rows = self._rows[pick].copy()
        self._logits, self._cost_bits = self._logits[pick].copy(), self._cost_bits[pick].copy()
        self._log_probabilities = self._log_probabilities[pick].copy()
        self._transpositions = self._transpositions[pick].copy()

    def fork_likeliest_key(self) -> KeyEnsemble:
        """Another follower in the likeliest lane, to look ahead with."""
        other = object.__new__(KeyEnsemble)
        other.network, other.codec, other._interventions = (
            self.network,
            self.codec,
            self._interventions,
        )
        other.layers, other.units = self.layers, self.units
        lane = self.likeliest_index
        pick = slice(lane, lane + 1)
        other._state, other.reader = self._state.select_sequence(lane), self.reader.copy()
        other._unmodified_state = (
            None if self._unmodified_state is None else self._unmodified_state.select_sequence(lane)
        )
        other._rows, other._transpositions = self._rows[pick], self._transpositions[pick]
        other._logits, other._log_probabilities = self._logits[pick], self._log_probabilities[pick]
        other._unmodified_logits, other._mask = self._unmodified_logits[pick], self._mask
        other._cost_bits = self._cost_bits[pick].copy()
        other._step_records = deque(maxlen=0)
        return other

    def lookahead(self) -> Lookahead:
        """The likeliest lane, to look ahead with along several ways at once."""
        lane = self.likeliest_index
        hand = self._interventions or None
        shift, logs = int(self._transpositions[lane]), self._log_probabilities[lane : lane + 1]
        state, reader = self._state.select_sequence(lane), self.reader.copy()
        return Lookahead(self.network, self.codec, hand, shift, state, [reader], logs)

    def set_interventions(self, touches: Sequence[UnitIntervention]) -> None:
        """Put fingers on units, in place of those that were; from the next token on.

        As long as there are any, a twin follows the same music untouched, to measure against.

        Raises
        ------
        ValueError
            If there is no such unit.
        """
        self._interventions = InterventionSet(touches, self.layers, self.units)
        if not self._interventions:
            self._unmodified_state = None
        elif self._unmodified_state is None:
            self._unmodified_state = self._state.copy()
            self._unmodified_logits = self._logits.copy()

    def explain_last_note(self) -> Attribution | None:
        """Why the last finished note; None before the first."""
        note = self.reader.note_index - 1
        if note < 0 or not any(moment.note == note for moment in self._step_records):
            return None
        shift = int(self._transpositions[self.likeliest_index])
        return attribute_note(self.network, self._records_since(note), note, shift)

    @property
    def likeliest_index(self) -> int:
        """The lane to which the music is the least surprise; shift 0 if none is better."""
        if len(self._transpositions) == 1:
            return 0
        best = int(np.argmin(self._cost_bits))
        home = np.flatnonzero(self._transpositions == UNTRANSPOSED_ROW)
        return (
            int(home[0])
            if len(home) and self._cost_bits[home[0]] <= self._cost_bits[best]
            else best
        )

    @property
    def has_interventions(self) -> bool:
        """Whether there are fingers on units."""
        return bool(self._interventions)

    @property
    def log_probabilities(self) -> Array:
        """Log probabilities of the next token in the likeliest lane, nats, shape (V,)."""
        return self._log_probabilities[self.likeliest_index]

    @property
    def unmodified_log_probabilities(self) -> Array | None:
        """The same as if it had never been touched; None if it is not."""
        if self._unmodified_state is None:
            return None
        return log_softmax(self._unmodified_logits[self.likeliest_index], self._mask)

    @property
    def activations(self) -> Array:
        """Gates, cell and hidden state in the likeliest lane, shape (layers, 6, H)."""
        lane, state = self.likeliest_index, self._state
        i, f, o, g = np.moveaxis(state.gates[:, lane].reshape(self.layers, 4, self.units), 1, 0)
        return np.stack([i, f, g, o, state.c[:, lane], state.h[:, lane]], axis=1)

    def snapshot(self) -> KeyEnsembleSnapshot:
        """All that is remembered, to come back to."""
        return KeyEnsembleSnapshot(
            self._state.copy(),
            self.reader.copy(),
            self._rows,
            self._logits,
            self._cost_bits.copy(),
            self._transpositions,
            tuple(self._step_records),
            None if self._unmodified_state is None else self._unmodified_state.copy(),
            self._unmodified_logits,
        )

    def restore(self, place: KeyEnsembleSnapshot) -> None:
        """Come back to a place; fingers stay where they are."""
        self._state, self.reader = place.state.copy(), place.reader.copy()
        self._rows, self._logits = place.rows, place.logits
        self._cost_bits, self._transpositions = place.bits.copy(), place.transpositions
        self._step_records = deque(place.step_records, maxlen=MAX_STEP_RECORDS)
        self._unmodified_state, self._unmodified_logits = None, self._logits
        if self._interventions:  # a place from before the touch was untouched
            self._unmodified_state = (place.unmodified_state or place.state).copy()
            self._unmodified_logits = place.unmodified_logits
        self._update_probabilities()

    def _step_network(self) -> None:
        rows = np.tile(self.reader.features(), (len(self._transpositions), 1))  # (lanes, width)
        self._rows = apply_transpositions(rows, self.codec, self._transpositions[:, None])
        self._logits = self.network.step(self._rows, self._state, self._interventions or None)
        self._unmodified_logits = self._logits
        if self._unmodified_state is not None:
            self._unmodified_logits = self.network.step(
                self._rows, self._unmodified_state
            )  # (lanes, V)
        self._update_probabilities()

    def _update_probabilities(self) -> None:
        """What may come next, and how likely it is in each lane."""
        self._mask = self.reader.mask()  # (V,)
        if self._mask.any():  # nothing may, after the end
            self._log_probabilities = log_softmax(self._logits, self._mask)  # (lanes, V)

    def _record_step(self, token: int) -> None:
        if self._step_records.maxlen == 0:
            return
        self._step_records.append(
            StepRecord(
                self._rows,
                self.reader.row_sources(),
                self._state.gates.copy(),
                self._state.c.copy(),
                self._logits,
                self._mask,
                self._transpositions,
                self._interventions.unit_gains(self.layers, self.units)
                if self._interventions
                else None,
                token,
                self.reader.note_index,
            )
        )

    def _records_since(self, note: int) -> list[StepRecord]:
        """The steps to explain a note by, one before them included."""
        moments = list(self._step_records)
        first = next(
            k for k, moment in enumerate(moments) if moment.note >= note - MAX_ATTRIBUTED_NOTES
        )
        return moments[max(0, first - 1) :]
