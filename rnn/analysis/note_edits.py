"""Edits of single notes, by the promised change of a unit's hidden state.

The gradient of the hidden state by the network's inputs gives the effect of every other pitch and
length of a note, to first order.

Reference: Ebrahimi et al., "HotFlip: White-Box Adversarial Examples for Text Classification", 2018.

Shapes: T steps, F active input rows, E embedding, H units.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import LOWEST_PITCH, Note
from rnn.analysis.attribution import layer_backward
from rnn.analysis.trace import NetworkTrace, SlicedWork
from rnn.codecs.codec import Codec, TokenReader
from rnn.model.arrays import Array
from rnn.model.network import Network

MAX_EDITS_PER_NOTE = 3  # edits of one note that are returned
NOTES_PER_SLICE = 2  # notes whose edits are scored in one slice


@dataclass(frozen=True, slots=True)
class NoteEdit:
    """A change of one note.

    Parameters
    ----------
    gain : float
        Change of the hidden state that the gradient promises.
    note_index : int
        In the notes of the trace.
    note : Note
        The changed note, of the same onset.
    """

    gain: float
    note_index: int
    note: Note


def input_gradient(
    network: Network, trace: NetworkTrace, layer: int, unit: int, step: int
) -> Array:
    """Gradient of a unit's hidden state at a step by the inputs until then, (step + 1, E)."""
    dx = np.zeros((step + 1, network.sizes.units), np.float32)
    dx[step, unit] = 1.0
    for k in range(layer, -1, -1):
        gates, cells = trace.gates[: step + 1, k], trace.c[: step + 1, k]
        dx = layer_backward(network.layers[k], gates, cells, np.zeros_like(cells[0]), dx)
    return dx


@dataclass(frozen=True, slots=True)
class NoteEditSearch:
    """Finds the edits of a tune that move a unit's hidden state at its end."""

    network: Network
    codec: Codec
    layer: int
    unit: int
    polarity: int
    pitches: Sequence[int]
    lengths: Sequence[float]  # empty if lengths are to be kept

    def find_edits(self, trace: NetworkTrace) -> SlicedWork[list[NoteEdit]]:
        """The edits of greatest gain of each note, all in order of gain."""
        edits: list[NoteEdit] = []
        end = trace.note_end_steps[-1]
        dx = input_gradient(self.network, trace, self.layer, self.unit, end) * self.polarity
        yield
        for index in range(len(trace.notes)):
            edits += _by_gain(self._edits_of_note(trace, index, dx))[:MAX_EDITS_PER_NOTE]
            if index % NOTES_PER_SLICE == NOTES_PER_SLICE - 1:
                yield
        return _by_gain(edits)

    def _edits_of_note(self, trace: NetworkTrace, index: int, dx: Array) -> Iterator[NoteEdit]:
        note = trace.notes[index]
        key_step, length_step = _key_and_length_steps(trace, index)
        spellings = self.codec.key_tree.spellings
        by_pitch = [
            (spellings[pitch - LOWEST_PITCH][0], replace(note, pitch=pitch))
            for pitch in self.pitches
            if pitch != note.pitch
        ]
        yield from self._score_edits(trace, index, key_step, by_pitch, dx)
        reader = trace.readers[length_step]
        by_length = [
            (int(self.codec.spell_length(reader, beats)[0]), replace(note, duration=beats))
            for beats in self.lengths
            if beats != note.duration
        ]
        yield from self._score_edits(trace, index, length_step, by_length, dx)

    def _score_edits(
        self, trace: NetworkTrace, index: int, step: int, edits: list[tuple[int, Note]], dx: Array
    ) -> Iterator[NoteEdit]:
        """First-order gains of other tokens at a step, without the impossible ones."""
        reader = trace.readers[step]
        mask = reader.mask()
        possible = [(token, note) for token, note in edits if mask[token]]
        if not possible:
            return
        rows = np.stack([_features_after(reader, token) for token, _ in possible])  # (n, F)
        embedding = self.network.parameters["embedding"]
        inputs = embedding[rows].sum(axis=1)  # (n, F, E) -> (n, E)
        gains = (inputs - embedding[trace.rows[step + 1]].sum(axis=0)) @ dx[step + 1]  # (n,)
        for gain, (_, note) in zip(gains.tolist(), possible, strict=True):
            yield NoteEdit(gain, index, note)


def _by_gain(edits: Iterator[NoteEdit] | list[NoteEdit]) -> list[NoteEdit]:
    return sorted(edits, key=attrgetter("gain"), reverse=True)


def _features_after(reader: TokenReader, token: int) -> NDArray[np.int32]:
    """Active input rows after a token, shape (F,)."""
    reader = reader.copy()
    reader.push(token)
    return reader.features()


def _key_and_length_steps(trace: NetworkTrace, index: int) -> tuple[int, int]:
    """The steps of a note's key token and of its first length token."""
    start = trace.note_end_steps[index - 1] if index else 0
    for step in range(start, trace.note_end_steps[index]):
        if trace.readers[step].awaits_length:
            key_step = step - 1
            while trace.readers[step].awaits_detail:
                step += 1
            return key_step, step
    raise ValueError(f"note {index} is spelled without a length of its own")
