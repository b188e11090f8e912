"""Hops: what else each note of a tune could be, and by how much that promises to move a unit.

The gradient of what the unit says, by everything the network was shown, tells of each other pitch
and length a note could have how much it would help, to first order (HotFlip, Ebrahimi et al. 2018).

Shapes: T steps, F active input rows, E embedding, H units.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import LOWEST_PITCH, Note
from rnn.analysis.attribution import layer_backward
from rnn.analysis.trace import NetworkTrace, SlicedWork
from rnn.codecs.codec import Codec, TokenReader
from rnn.model.lstm import Array
from rnn.model.network import Network

MAX_EDITS_PER_NOTE = 3
"""Of the hops of one note no more than this are told of."""
NOTES_PER_SLICE = 2
"""Notes whose hops are weighed in one slice."""


@dataclass(frozen=True, slots=True)
class NoteEdit:
    """One note changed.

    Parameters
    ----------
    gain : float
        What it promises.
    place : int
        Which note.
    note : Note
        What it would be; its onset is as it was.
    """

    gain: float
    note_index: int
    note: Note


def input_gradient(
    network: Network, heard: NetworkTrace, layer: int, unit: int, step: int
) -> Array:
    """Gradient of what a unit says at a step by what the network was shown until then.

    Returns
    -------
    ndarray of float32, shape (step + 1, E)
        By the sum of the active rows of the embedding at each step.
    """
    dx = np.zeros((step + 1, network.sizes.units), np.float32)
    dx[step, unit] = 1.0
    for k in range(layer, -1, -1):
        part = slice(0, step + 1)
        nothing = np.zeros_like(heard.c[0, k])  # remembered before the first
        dx = layer_backward(network.layers[k], heard.gates[part, k], heard.c[part, k], nothing, dx)
    return dx


class NoteEditSearch:
    """Looks for hops that move one unit of a network at the end of a tune.

    Parameters
    ----------
    network : Network
    codec : Codec
    layer, unit : int
    polarity : int
        1 to raise what the unit says, -1 to lower it.
    pitches : sequence of int
        MIDI numbers to choose from.
    lengths : sequence of float
        Beats to choose from; none to leave lengths as they are.
    """

    def __init__(
        self,
        network: Network,
        codec: Codec,
        layer: int,
        unit: int,
        polarity: int,
        pitches: Sequence[int],
        lengths: Sequence[float],
    ) -> None:
        self._network, self._codec = network, codec
        self._layer, self._unit, self._polarity = layer, unit, polarity
        self._pitches, self._lengths = pitches, lengths

    def find_edits(self, heard: NetworkTrace) -> SlicedWork[list[NoteEdit]]:
        """Hops, the most promising first."""
        hops = list[NoteEdit]()
        dx = input_gradient(self._network, heard, self._layer, self._unit, heard.note_end_steps[-1])
        dx *= self._polarity
        yield
        for place in range(len(heard.tune.notes)):
            hops += sorted(self._edits_of_note(heard, place, dx), key=_negative_gain)[
                :MAX_EDITS_PER_NOTE
            ]
            if place % NOTES_PER_SLICE == NOTES_PER_SLICE - 1:
                yield
        return sorted(hops, key=_negative_gain)

    def _edits_of_note(self, heard: NetworkTrace, place: int, dx: Array) -> Iterator[NoteEdit]:
        """What else a note could be, and by how much that promises to help."""
        note = heard.tune.notes[place]
        key, length = _key_and_length_steps(heard, place)
        spellings = self._codec.key_tree.spellings
        others = [
            (spellings[pitch - LOWEST_PITCH][0], replace(note, pitch=pitch))
            for pitch in self._pitches
            if pitch != note.pitch
        ]
        yield from self._score_edits(heard, place, key, others, dx)
        others = [
            (int(self._codec.spell_length(heard.readers[length], beats)[0]), hop)
            for beats in self._lengths
            if beats != note.duration and (hop := replace(note, duration=beats))
        ]
        yield from self._score_edits(heard, place, length, others, dx)

    def _score_edits(
        self,
        heard: NetworkTrace,
        place: int,
        step: int,
        others: Sequence[tuple[int, Note]],
        dx: Array,
    ) -> Iterator[NoteEdit]:
        """What other tokens at a step promise, first order; those that may not stand there not."""
        reader = heard.readers[step]
        mask = reader.mask()
        fit = [(token, note) for token, note in others if mask[token]]
        if not fit:
            return
        rows = [_features_after(reader, token) for token, _ in fit]  # each (F,)
        embedding = self._network.parameters["embedding"]
        shown = embedding[np.stack(rows)].sum(axis=1)  # (n, F, E) -> (n, E)
        gains = (shown - embedding[heard.rows[step + 1]].sum(axis=0)) @ dx[step + 1]
        for gain, (_, note) in zip(gains.tolist(), fit, strict=True):
            yield NoteEdit(gain, place, note)


def _negative_gain(hop: NoteEdit) -> float:
    return -hop.gain


def _features_after(reader: TokenReader, token: int) -> NDArray[np.int32]:
    """What the network is shown once a token has come."""
    reader = reader.copy()
    reader.push(token)
    return reader.features()


def _key_and_length_steps(heard: NetworkTrace, place: int) -> tuple[int, int]:
    """The steps at which a note's key and the first of its length are said."""
    start = heard.note_end_steps[place - 1] if place else 0
    for step in range(start, heard.note_end_steps[place]):
        if heard.readers[step].awaits_length:
            return step - 1, step
    raise ValueError(f"note {place} is spelled without a length of its own")
