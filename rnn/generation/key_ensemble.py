"""The key ensemble: one network that follows music in several transpositions at once.

The network was trained with a transposition of -6..5 semitones as an input. The ensemble gives it
the same tokens under all twelve. The one of the least surprise is the likeliest key: its
distribution is the ensemble's, and it alone is kept once the network writes.

Shapes: K transpositions, F active input rows, H units, V tokens.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import Meter, Note
from rnn.analysis.attribution import MAX_ATTRIBUTED_NOTES, Attribution, StepRecord, attribute_note
from rnn.codecs.codec import MIN_TRANSPOSE_SEMITONES, TRANSPOSITION_COUNT, TokenReader
from rnn.generation.lookahead import Lookahead, apply_transpositions
from rnn.generation.unit_intervention import InterventionSet, UnitIntervention
from rnn.model.arrays import Array
from rnn.model.checkpoint import Checkpoint
from rnn.model.losses import log_softmax
from rnn.model.state import NetworkState

UNTRANSPOSED_ROW = -MIN_TRANSPOSE_SEMITONES  # row of a transposition of 0 semitones
MAX_STEP_RECORDS = 8 * MAX_ATTRIBUTED_NOTES
"""Steps kept for attribution; even spelled out, a note rarely takes more than six."""


@dataclass(slots=True, eq=False)
class TranspositionStates:
    """A network's state under each of K transpositions, after the same tokens.

    The unmodified state is that of the same network without interventions; None if there are none.
    """

    transpositions: NDArray[np.int32]  # (K,), as rows
    state: NetworkState  # K sequences
    cost_bits: NDArray[np.float64]  # (K,), surprise of the music so far
    rows: NDArray[np.int32]  # (K, F), input of the last step
    logits: Array  # (K, V)
    log_probabilities: Array  # (K, V), of the next token
    unmodified_state: NetworkState | None
    unmodified_logits: Array  # (K, V)

    def copy(self) -> TranspositionStates:
        """A copy that shares the arrays that are never changed in place."""
        unmodified = self.unmodified_state
        return replace(
            self,
            state=self.state.copy(),
            cost_bits=self.cost_bits.copy(),
            unmodified_state=None if unmodified is None else unmodified.copy(),
        )

    def select(self, index: int) -> TranspositionStates:
        """An independent copy of one transposition's, K = 1."""

        def selected(value: Any) -> Any:
            if isinstance(value, NetworkState):
                return value.select_sequence(index)
            return None if value is None else value[index : index + 1].copy()

        return TranspositionStates(*(selected(getattr(self, each.name)) for each in fields(self)))


@dataclass(frozen=True, slots=True, eq=False)
class KeyEnsembleSnapshot:
    """Everything a key ensemble remembers."""

    states: TranspositionStates
    reader: TokenReader
    step_records: tuple[StepRecord, ...]
    plain_reader: TokenReader | None = None  # of a `PlainKeyEnsemble`


class KeyEnsemble:
    """A checkpoint's network at a position in the music, that of its `reader`."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.network, self.codec = checkpoint.network, checkpoint.codec
        self.layers, self.units = self.network.sizes.layers, self.network.sizes.units
        self.interventions = InterventionSet((), self.layers, self.units)
        self.begin_tune(Meter())

    def begin_tune(self, meter: Meter) -> None:
        """Forget everything, and begin a tune of that meter."""
        rows = np.arange(TRANSPOSITION_COUNT, dtype=np.int32)
        state = self.network.initial_state(TRANSPOSITION_COUNT)
        unmodified = state.copy() if self.interventions else None
        bits, unset = np.zeros(TRANSPOSITION_COUNT), np.zeros((TRANSPOSITION_COUNT, 0), np.float32)
        self._states = TranspositionStates(
            rows, state, bits, unset, unset, unset, unmodified, unset
        )
        self.step_records: deque[StepRecord] = deque(maxlen=MAX_STEP_RECORDS)
        """The last steps, for attribution."""
        self._reader = self.codec.new_reader()
        self._step_network()
        for token in self.codec.meter_tokens(meter):
            self.push(int(token))
        self._states.cost_bits[:] = 0.0  # a meter is no evidence for a key

    def push(self, token: int) -> Note | None:
        """Follow the next token; returns the note that it completes, if any."""
        self._states.cost_bits -= self._states.log_probabilities[:, token] / np.log(2)  # (K,)
        self._record_step(token)
        note = self._reader.push(token)
        if not self._reader.ended:
            self._step_network()
        return note

    def keep_likeliest_key(self) -> None:
        """Go on in the likeliest transposition alone."""
        if len(self._states.transpositions) > 1:
            self._keep_index(self.likeliest_index)

    @property
    def reader(self) -> TokenReader:
        """Reader at the position in the music, by whose masks tokens are chosen."""
        return self._reader

    @property
    def likeliest_transposition(self) -> int:
        """The likeliest transposition, as a row."""
        return int(self._states.transpositions[self.likeliest_index])

    def keep_transposition(self, row: int) -> None:
        """Go on in one of the transpositions alone."""
        self._keep_index(int(np.flatnonzero(self._states.transpositions == row)[0]))

    def _keep_index(self, index: int) -> None:
        """Go on in a transposition by its index, and free the records of the others."""
        row = int(self._states.transpositions[index])
        self._states = self._states.select(index)
        records = (record.select(row) for record in self.step_records)
        self.step_records = deque(records, maxlen=self.step_records.maxlen)

    def fork_likeliest_key(self) -> KeyEnsemble:
        """An independent ensemble of the likeliest transposition, without records."""
        fork = copy(self)
        fork._states, fork._reader = self._states.select(self.likeliest_index), self._reader.copy()
        fork.step_records = deque(maxlen=0)
        return fork

    def lookahead(self) -> Lookahead:
        """The likeliest transposition, to look ahead along several branches."""
        index, states = self.likeliest_index, self._states
        return Lookahead(
            self.network,
            self.codec,
            self.interventions or None,
            int(states.transpositions[index]),
            states.state.select_sequence(index),
            [self._reader.copy()],
            states.log_probabilities[index : index + 1],
        )

    def set_interventions(self, interventions: Sequence[UnitIntervention]) -> None:
        """Replace all interventions, from the next token on; raises ValueError for no such unit."""
        self.interventions = InterventionSet(interventions, self.layers, self.units)
        if not self.interventions:
            self._states.unmodified_state = None
        elif self._states.unmodified_state is None:
            self._states.unmodified_state = self._states.state.copy()
            self._states.unmodified_logits = self._states.logits

    def explain_last_note(self) -> Attribution | None:
        """The attribution of the last finished note; None before the first."""
        note, records = self._reader.note_index - 1, list(self.step_records)
        if note < 0 or not any(record.note == note for record in records):
            return None
        oldest = note - MAX_ATTRIBUTED_NOTES
        first = next(k for k, record in enumerate(records) if record.note >= oldest)
        transposition = int(self._states.transpositions[self.likeliest_index])
        return attribute_note(self.network, records[max(0, first - 1) :], note, transposition)

    @property
    def likeliest_index(self) -> int:
        """Index of the transposition of the least surprise; 0 semitones wins a tie."""
        transpositions, bits = self._states.transpositions, self._states.cost_bits
        best = int(np.argmin(bits))
        home = np.flatnonzero(transpositions == UNTRANSPOSED_ROW)
        return int(home[0]) if len(home) and bits[home[0]] <= bits[best] else best

    @property
    def log_probabilities(self) -> Array:
        """Log probabilities of the next token in the likeliest transposition, nats, shape (V,)."""
        return self._states.log_probabilities[self.likeliest_index]

    @property
    def unmodified_log_probabilities(self) -> Array:
        """`log_probabilities` of the same network without interventions, shape (V,)."""
        if self._states.unmodified_state is None:
            return self.log_probabilities
        return log_softmax(self._states.unmodified_logits[self.likeliest_index], self._mask)

    @property
    def activations(self) -> Array:
        """Gates, cell and hidden state in the likeliest transposition, shape (layers, 6, H)."""
        index, state = self.likeliest_index, self._states.state
        gates = state.gates[:, index].reshape(self.layers, 4, self.units)  # (layers, 4, H)
        i, f, o, g = np.moveaxis(gates, 1, 0)
        return np.stack([i, f, g, o, state.c[:, index], state.h[:, index]], axis=1)

    def snapshot(self) -> KeyEnsembleSnapshot:
        """A copy of everything remembered, for `restore`."""
        records = tuple(self.step_records)
        return KeyEnsembleSnapshot(self._states.copy(), self._reader.copy(), records)

    def restore(self, snapshot: KeyEnsembleSnapshot) -> None:
        """Return to a snapshot; the interventions stay as they are."""
        states = self._states = snapshot.states.copy()
        self._reader = snapshot.reader.copy()
        self.step_records = deque(snapshot.step_records, maxlen=MAX_STEP_RECORDS)
        self._mask = self._reader.mask()
        if not self.interventions:
            states.unmodified_state, states.unmodified_logits = None, states.logits
        elif states.unmodified_state is None:  # the snapshot is older than the interventions
            states.unmodified_state = states.state.copy()

    def _step_network(self) -> None:
        states, step = self._states, self.network.step
        rows = np.tile(self._reader.features(), (len(states.transpositions), 1))  # (K, F)
        states.rows = apply_transpositions(rows, self.codec, states.transpositions[:, None])
        states.logits = step(states.rows, states.state, self.interventions or None)  # (K, V)
        states.unmodified_logits = states.logits
        if states.unmodified_state is not None:
            states.unmodified_logits = step(states.rows, states.unmodified_state)
        self._mask = self._reader.mask()  # (V,)
        states.log_probabilities = log_softmax(states.logits, self._mask)  # (K, V)

    def _record_step(self, token: int) -> None:
        if self.step_records.maxlen == 0:
            return
        states, reader, interventions = self._states, self._reader, self.interventions
        record = StepRecord(
            rows=states.rows,
            row_sources=reader.row_sources(),
            gates=states.state.gates.copy(),
            cell=states.state.c.copy(),
            logits=states.logits,
            mask=self._mask,
            transpositions=states.transpositions,
            unit_gains=interventions.unit_gains() if interventions else None,
            token=token,
            note=reader.note_index,
        )
        self.step_records.append(record)
