"""Toys: a small network with memory learns one tune, and the same network with its memory cut.

The network is the project's own LSTM (`rnn.model.network`), one layer of a few cells, trained on a
single tune at a time by back-propagation through all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from midi_data import songs
from midi_data.notes import Note
from rnn.model.losses import cross_entropy
from rnn.model.lstm import Array
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes
from rnn.model.state import NetworkState
from rnn.training.optimiser import Adam, clip_gradients

CELL_COUNT = 12
LEARNING_RATE = 0.03
"""Step of Adam."""
_MAX_GRADIENT_NORM = 1.0


def frere_jacques_notes() -> tuple[Note, ...]:
    """The round, French and of the eighteenth century at the latest: 32 notes from middle C."""
    return songs.frere_jacques().notes


@dataclass(frozen=True, slots=True, eq=False)
class MemoryStep:
    """What the network did about one note.

    Parameters
    ----------
    heard : int
        Place of the note's pitch among `TinyLstmLearner.pitches`.
    kept, written, said : ndarray, shape (H,)
        How far each cell's gates let through, 0..1: forget, input and output gate.
    new : ndarray, shape (H,)
        What might be written, -1..1.
    before, after : ndarray, shape (H,)
        What each cell held.
    spoken : ndarray, shape (H,)
        Hidden state, -1..1: what the cells let out.
    chances : ndarray, shape (V,)
        Of each pitch being next.
    """

    pitch_index: int
    forget_gate: Array
    input_gate: Array
    output_gate: Array
    candidate: Array
    cell_before: Array
    cell_after: Array
    hidden: Array
    probabilities: Array

    @property
    def predicted_index(self) -> int:
        """Place of the likeliest pitch."""
        return int(self.probabilities.argmax())


class TinyLstmLearner:
    """A network and the tune it learns.

    Parameters
    ----------
    pitches : sequence of int
        The tune, MIDI numbers; at least two.
    seed : int
        Of the first weights.

    Attributes
    ----------
    pitches : tuple of int
        Those there are in the tune, from the lowest: what the network can hear and say, V.
    network : Network
    """

    def __init__(self, pitches: Sequence[int], seed: int = 0) -> None:
        if len(pitches) < 2:
            raise ValueError(f"a tune to learn has at least 2 notes, not {len(pitches)}")
        self.pitches = tuple(sorted(set(pitches)))
        places = [self.pitches.index(pitch) for pitch in pitches]
        self._input_indices = np.array(places[:-1], np.int32)
        self._target_indices = np.array(places[1:], np.int32)
        count = len(self.pitches)
        sizes = NetworkSizes(
            inputs=count, outputs=count, embedding=count, units=CELL_COUNT, layers=1
        )
        self.network = Network.initial(sizes, np.random.default_rng(seed))
        self._adam = Adam(self.network.parameters)

    def learn(self) -> float:
        """Hear the tune once and learn from it; the error before, bits a note."""
        logits, tape = self.network.forward(
            self._input_indices[:, None, None], self.network.initial_state()
        )
        loss, slopes = cross_entropy(logits, self._target_indices[:, None])
        gradients = self.network.backward(slopes / np.float32(len(self._target_indices)), tape)
        clip_gradients(gradients, _MAX_GRADIENT_NORM)
        self._adam.update(gradients, LEARNING_RATE)
        return loss / len(self._target_indices) / float(np.log(2.0))

    def trace_steps(self, memory: bool = True) -> list[MemoryStep]:
        """What it does as it hears the tune; without memory all is forgotten before each note."""
        state, moments = self.network.initial_state(), []
        for heard in self._input_indices:
            if not memory:
                state = self.network.initial_state()
            moments.append(self._trace_step(int(heard), state))
        return moments

    def count_correct(self, moments: Sequence[MemoryStep]) -> int:
        """How many of these guesses are the tune's next note."""
        return sum(
            m.predicted_index == int(n) for m, n in zip(moments, self._target_indices, strict=True)
        )

    def _trace_step(self, heard: int, state: NetworkState) -> MemoryStep:
        before = state.c[0, 0].copy()
        logits = self.network.step(np.array([[heard]], np.int32), state)[0]
        chances = np.exp(logits - logits.max())
        written, kept, said, new = state.gates[0, 0].reshape(4, CELL_COUNT).copy()
        return MemoryStep(
            heard,
            kept,
            written,
            said,
            new,
            before,
            state.c[0, 0].copy(),
            state.h[0, 0].copy(),
            chances / chances.sum(),
        )
