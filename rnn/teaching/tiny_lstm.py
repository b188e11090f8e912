"""A small LSTM that learns one tune, and its predictions with and without memory.

The network is `rnn.model.network` with one layer of a few units (Hochreiter & Schmidhuber 1997;
forget gates by Gers et al. 2000). It is trained by back-propagation through the whole tune.

References
----------
Hochreiter, S. & Schmidhuber, J. (1997). Long short-term memory. Neural Computation 9, 1735-1780.
Gers, F. A., Schmidhuber, J. & Cummins, F. (2000). Learning to forget: continual prediction with
LSTM. Neural Computation 12, 2451-2471.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from rnn.model.arrays import Array
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes
from rnn.teaching.sequence_training import softmax, train_on_sequence
from rnn.training.optimiser import Adam

CELL_COUNT = 12  # number of LSTM units H
LEARNING_RATE = 0.03  # learning rate of Adam


@dataclass(frozen=True, slots=True, eq=False)
class MemoryStep:
    """Activations of the network at one note.

    Parameters
    ----------
    pitch_index : int
        Index of the note's pitch in `TinyLstmLearner.pitches`.
    input_gate, forget_gate, output_gate, candidate : ndarray of float32, shape (H,)
        Gates, 0 (closed) to 1 (open), and the value offered to each cell, -1..1.
    cell_before, cell_after, hidden : ndarray of float32, shape (H,)
        Cell state before and after the step, and hidden state after it.
    probabilities : ndarray of float32, shape (V,)
        Probability of each pitch to come next.
    """

    pitch_index: int
    input_gate: Array
    forget_gate: Array
    output_gate: Array
    candidate: Array
    cell_before: Array
    cell_after: Array
    hidden: Array
    probabilities: Array

    @property
    def predicted_index(self) -> int:
        """Index of the likeliest pitch."""
        return int(self.probabilities.argmax())


class TinyLstmLearner:
    """A small LSTM (Hochreiter & Schmidhuber 1997; Gers et al. 2000) and the tune it learns.

    Parameters
    ----------
    pitches : sequence of int
        MIDI numbers of the tune's notes; at least two.
    seed : int
        Seed of the initial weights.

    Raises
    ------
    ValueError
        If there are fewer than two notes.
    """

    def __init__(self, pitches: Sequence[int], seed: int = 0) -> None:
        if len(pitches) < 2:
            raise ValueError(f"a tune to learn has at least 2 notes, not {len(pitches)}")
        self.pitches = tuple(sorted(set(pitches)))  # V different pitches
        indices = np.array([self.pitches.index(pitch) for pitch in pitches], np.int32)
        self._input_indices, self._target_indices = indices[:-1], indices[1:]
        count = len(self.pitches)
        sizes = NetworkSizes(count, count, count, CELL_COUNT, 1)
        self.network = Network.initial(sizes, np.random.default_rng(seed))
        self._adam = Adam(self.network.parameters)

    def learn(self) -> float:
        """Train on the whole tune once; returns the error before, bits a note."""
        features, targets = self._input_indices[:, None, None], self._target_indices[:, None]
        nats = train_on_sequence(self.network, self._adam, LEARNING_RATE, features, targets)
        return nats / len(targets) / float(np.log(2.0))

    def trace_steps(self, memory: bool = True, cut: Collection[int] = ()) -> list[MemoryStep]:
        """Run over every note but the last; the state is emptied before each, or those in `cut`."""
        state, steps = self.network.initial_state(), list[MemoryStep]()
        for number, pitch_index in enumerate(self._input_indices):
            if not memory or number in cut:
                state = self.network.initial_state()
            before = state.c[0, 0].copy()
            logits = self.network.step(np.array([[pitch_index]], np.int32), state)[0]
            gates = state.gates[0, 0].reshape(4, CELL_COUNT).copy()
            after = state.c[0, 0].copy(), state.h[0, 0].copy()
            steps.append(MemoryStep(int(pitch_index), *gates, before, *after, softmax(logits)))
        return steps

    def count_correct(self, steps: Sequence[MemoryStep]) -> int:
        """Count the steps that predict the tune's next note; `steps` as from `trace_steps`."""
        predicted = [step.predicted_index for step in steps]
        return int((np.array(predicted) == self._target_indices).sum())
