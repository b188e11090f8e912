"""Traces: a network that hears a whole tune, every step of it recorded.

The work is done in slices of a few milliseconds, so that a picture can be drawn in between.

Shapes: T steps, F active input rows, H units.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import Note, Tune
from rnn.codecs.codec import Codec, TokenReader
from rnn.model.arrays import Array
from rnn.model.losses import log_softmax
from rnn.model.network import Network

STEPS_PER_SLICE = 12  # steps computed in one slice

T = TypeVar("T")
SlicedWork = Generator[None, None, T]  # work in slices of a few milliseconds each, and its result


@dataclass(frozen=True, slots=True, eq=False)
class NetworkTrace:
    """A network that heard a tune from its start, from an empty state.

    Parameters
    ----------
    tune : Tune
    tokens : ndarray of int32, shape (T - 1,)
    rows : ndarray of int32, shape (T, F)
        Active input rows: before each token, and after the last.
    readers : tuple of TokenReader
        Before each token.
    h, c : ndarray, shape (T, layers, H)
        Hidden states and cells after each step.
    gates : ndarray, shape (T, layers, 4H)
    log_likelihoods : ndarray, shape (T - 1,)
        Log probability of each token, nats.
    notes : tuple of Note
        Those of the tune, as the codec orders them.
    note_end_steps : tuple of int
        For each of the notes the step whose input completes it.
    """

    tune: Tune
    tokens: NDArray[np.int32]
    rows: NDArray[np.int32]
    readers: tuple[TokenReader, ...]
    h: Array
    c: Array
    gates: Array
    log_likelihoods: Array
    notes: tuple[Note, ...]
    note_end_steps: tuple[int, ...]

    def unit_activations(self, layer: int, unit: int) -> Array:
        """Hidden state of a unit after each note, shape (notes,), -1..1."""
        return self.h[list(self.note_end_steps), layer, unit]


def trace_tune(network: Network, codec: Codec, tune: Tune) -> NetworkTrace:
    """`trace_tune_in_slices`, all slices at once."""
    return run_all_slices(trace_tune_in_slices(network, codec, tune))


def trace_tune_in_slices(
    network: Network, codec: Codec, tune: Tune, before: NetworkTrace | None = None
) -> SlicedWork[NetworkTrace]:
    """Have a network hear a tune, a few steps at a time.

    Parameters
    ----------
    network : Network
    codec : Codec
    tune : Tune
    before : NetworkTrace, optional
        Of the same network and a tune with the same beginning, which is not computed again.

    Returns
    -------
    generator
        Yields None after each slice, and returns the `NetworkTrace`.

    Raises
    ------
    ValueError
        If the tune has no notes, or the codec cannot spell it.
    """
    if not tune.notes:
        raise ValueError("a tune without notes cannot be heard")
    tokens = codec.encode(tune)
    tokens = tokens[:-1] if tokens[-1] == codec.end_token else tokens
    recorder = _TraceRecorder(network, codec, len(tokens) + 1)
    same = 0 if before is None else _common_prefix_length(before.tokens, tokens)
    if same:
        recorder.copy_prefix(before, same)
    for place in range(same, len(tokens)):
        recorder.record_token(place, int(tokens[place]))
        if (place - same) % STEPS_PER_SLICE == STEPS_PER_SLICE - 1:
            yield
    if len(recorder.ends) != len(tune.notes):
        raise ValueError(f"of {len(tune.notes)} notes only {len(recorder.ends)} can be spelled")
    recorder.step_network(len(tokens))
    notes, ends = tuple(codec.order_notes(tune)), tuple(recorder.ends)
    readers, arrays = tuple(recorder.readers), recorder.arrays
    return NetworkTrace(tune, tokens, recorder.rows, readers, *arrays, notes, ends)


def run_all_slices(slices: SlicedWork[T]) -> T:
    """The result of sliced work, all slices done at once."""
    while True:
        try:
            next(slices)
        except StopIteration as end:
            return end.value


class _TraceRecorder:
    """Records the live steps of one sequence."""

    def __init__(self, network: Network, codec: Codec, steps: int) -> None:
        layers, units = network.sizes.layers, network.sizes.units
        self._network, self._state = network, network.initial_state()
        self._reader = codec.new_reader()
        self.readers: list[TokenReader] = []
        self.ends: list[int] = []
        self.rows = np.zeros((steps, codec.width), np.int32)
        self.h, self.c = np.zeros((2, steps, layers, units), np.float32)
        self.gates = np.zeros((steps, layers, 4 * units), np.float32)
        self.log_likelihoods = np.zeros(steps - 1, np.float32)
        self.arrays = self.h, self.c, self.gates, self.log_likelihoods

    def copy_prefix(self, before: NetworkTrace, same: int) -> None:
        """Continue another trace after its first `same` tokens."""
        theirs = before.rows, before.h, before.c, before.gates, before.log_likelihoods
        for own, other in zip((self.rows, *self.arrays), theirs, strict=True):
            own[:same] = other[:same]
        self._state.h[:, 0], self._state.c[:, 0] = self.h[same - 1], self.c[same - 1]
        self.readers = list(before.readers[:same])
        self.ends = [end for end in before.note_end_steps if end <= same]
        self._reader = before.readers[same - 1].copy()
        self._reader.push(int(before.tokens[same - 1]))

    def record_token(self, step: int, token: int) -> None:
        """Compute one step, and read the token that follows it."""
        mask = self._reader.mask()
        self.log_likelihoods[step] = log_softmax(self.step_network(step), mask)[token]
        self.readers.append(self._reader.copy())
        if self._reader.push(token) is not None:
            self.ends.append(step + 1)

    def step_network(self, step: int) -> Array:
        """Compute one step; returns the logits, shape (V,)."""
        self.rows[step] = self._reader.features()
        logits = self._network.step(self.rows[step : step + 1], self._state)[0]
        self.h[step], self.c[step] = self._state.h[:, 0], self._state.c[:, 0]
        self.gates[step] = self._state.gates[:, 0]
        return logits


def _common_prefix_length(first: NDArray[np.int32], second: NDArray[np.int32]) -> int:
    short = min(len(first), len(second))
    differs = np.flatnonzero(first[:short] != second[:short])
    return int(differs[0]) if len(differs) else short
