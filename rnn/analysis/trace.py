"""A network hearing a whole tune, every step of it written down.

All is done in slices of a few milliseconds, so that somebody may watch.

Shapes: T steps, F active input rows, H units.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import Tune
from rnn.codecs.codec import Codec, TokenReader
from rnn.model.losses import log_softmax
from rnn.model.lstm import Array
from rnn.model.network import Network
from rnn.model.state import NetworkState

STEPS_PER_SLICE = 12
"""Steps that are heard in one slice."""

T = TypeVar("T")
SlicedWork = Generator[None, None, T]
"""Work done in slices, each of a few milliseconds, and what comes of it."""


@dataclass(frozen=True, slots=True, eq=False)
class NetworkTrace:
    """A network hearing a tune from its start, nothing remembered.

    Parameters
    ----------
    tune : Tune
    tokens : ndarray of int32, shape (T - 1,)
    rows : ndarray of int32, shape (T, F)
        What it was shown: before each token, and after the last.
    readers : tuple of Reader
        Before each token.
    h, c : ndarray, shape (T, layers, H)
        Hidden states and cells after each step.
    gates : ndarray, shape (T, layers, 4H)
    log_likelihoods : ndarray, shape (T - 1,)
        Log probability of each token, nats.
    ends : tuple of int
        For each note the step that shows its end.
    """

    tune: Tune
    tokens: NDArray[np.int32]
    rows: NDArray[np.int32]
    readers: tuple[TokenReader, ...]
    h: Array
    c: Array
    gates: Array
    log_likelihoods: Array
    note_end_steps: tuple[int, ...]

    def unit_activations(self, layer: int, unit: int) -> Array:
        """What a unit said after each note, shape (notes,), -1..1."""
        return self.h[list(self.note_end_steps), layer, unit]


def trace_tune(
    network: Network, codec: Codec, tune: Tune, before: NetworkTrace | None = None
) -> NetworkTrace:
    """Have a network hear a tune.

    Parameters
    ----------
    before : Heard, optional
        The same network hearing a tune with the same beginning, which is not heard again.

    Raises
    ------
    ValueError
        If the tune has no notes, or the codec cannot spell it.
    """
    return run_all_slices(trace_tune_in_slices(network, codec, tune, before))


def trace_tune_in_slices(
    network: Network, codec: Codec, tune: Tune, before: NetworkTrace | None = None
) -> SlicedWork[NetworkTrace]:
    """`trace_tune`, a few steps at a time."""
    if not tune.notes:
        raise ValueError("a tune without notes cannot be heard")
    tokens = codec.encode(tune)
    tokens = tokens[:-1] if tokens[-1] == codec.end_token else tokens
    same = 0 if before is None else _common_prefix_length(before.tokens, tokens)
    record = _TraceRecorder(network, len(tokens) + 1, codec.width)
    reader, readers, ends = codec.new_reader(), [], []
    if before is not None and same:
        reader = record.copy_prefix(before, same)
        readers = list(before.readers[:same])
        ends = [end for end in before.note_end_steps if end <= same]
    for place in range(same, len(tokens)):
        token = int(tokens[place])
        record.record_step(place, reader.features(), reader.mask(), token)
        readers.append(reader.copy())
        if reader.push(token) is not None:
            ends.append(place + 1)
        if (place - same) % STEPS_PER_SLICE == STEPS_PER_SLICE - 1:
            yield
    if len(ends) != len(tune.notes):
        raise ValueError(f"of {len(tune.notes)} notes only {len(ends)} can be spelled")
    record.record_step(len(tokens), reader.features())
    kept = record.rows, tuple(readers), record.h, record.c, record.gates, record.log_likelihoods
    return NetworkTrace(tune, tokens, *kept, tuple(ends))


def run_all_slices(slices: SlicedWork[NetworkTrace]) -> NetworkTrace:
    """Do all slices at once."""
    while True:
        try:
            next(slices)
        except StopIteration as end:
            return end.value


class _TraceRecorder:
    """Live steps of one lane, written down."""

    def __init__(self, network: Network, steps: int, width: int) -> None:
        layers, units = network.sizes.layers, network.sizes.units
        self._network, self._state = network, network.initial_state()
        self.rows = np.zeros((steps, width), np.int32)
        self.h, self.c = np.zeros((2, steps, layers, units), np.float32)
        self.gates = np.zeros((steps, layers, 4 * units), np.float32)
        self.log_likelihoods = np.zeros(steps - 1, np.float32)

    def copy_prefix(self, before: NetworkTrace, same: int) -> TokenReader:
        """Go on where another's first `same` tokens end; returns the reader there."""
        for mine, theirs in (
            (self.rows, before.rows),
            (self.h, before.h),
            (self.c, before.c),
            (self.gates, before.gates),
            (self.log_likelihoods, before.log_likelihoods),
        ):
            mine[:same] = theirs[:same]
        self._restore(same - 1)
        if same < len(before.readers):
            return before.readers[same].copy()
        reader = before.readers[-1].copy()
        reader.push(int(before.tokens[-1]))
        return reader

    def _restore(self, step: int) -> None:
        state: NetworkState = self._state
        state.h[:, 0], state.c[:, 0] = self.h[step], self.c[step]

    def record_step(
        self,
        step: int,
        rows: NDArray[np.int32],
        mask: NDArray[np.bool_] | None = None,
        token: int = 0,
    ) -> None:
        """One step, and how likely the token was that came then."""
        logits = self._network.step(rows[None], self._state)[0]
        self.rows[step] = rows
        self.h[step], self.c[step] = self._state.h[:, 0], self._state.c[:, 0]
        self.gates[step] = self._state.gates[:, 0]
        if mask is not None:
            self.log_likelihoods[step] = log_softmax(logits, mask)[token]


def _common_prefix_length(first: NDArray[np.int32], second: NDArray[np.int32]) -> int:
    """How many tokens two tunes have in common from the start."""
    short = min(len(first), len(second))
    differs = np.flatnonzero(first[:short] != second[:short])
    return int(differs[0]) if len(differs) else short
