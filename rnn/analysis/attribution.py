"""Attribution: the contribution of each earlier note to a note that a network wrote.

The gradient of the note's log probability is computed by every earlier input of the network. Each
input contributes gradient times input. An input about a note counts as that note's contribution:
its tokens, its echo a bar later, its voice while it sounds.

References: Shrikumar et al., "Not Just a Black Box", 2016; Denil et al., "Extraction of Salient
Sentences from Labelled Documents", 2014, for language.

Shapes: T steps, K transpositions, F active input rows, E embedding, H units, V tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rnn.model.arrays import Array
from rnn.model.buffers import LayerBuffers
from rnn.model.losses import log_softmax
from rnn.model.lstm import LstmLayer, run_recurrence_backward
from rnn.model.network import Network

MAX_ATTRIBUTED_NOTES = 32  # notes before a note that an attribution reaches back to


@dataclass(frozen=True, slots=True, eq=False)
class StepRecord:
    """One live step of a key ensemble, and the token that followed it.

    Parameters
    ----------
    rows : ndarray of int32, shape (K, F)
        Active input rows.
    row_sources : ndarray of int32, shape (F,)
        The note each row is about, -1 for none (see `TokenReader.row_sources`).
    gates : ndarray, shape (layers, K, 4H)
    cell : ndarray, shape (layers, K, H)
    logits : ndarray, shape (K, V)
    mask : ndarray of bool, shape (V,)
        The possible tokens.
    transpositions : ndarray of int32, shape (K,)
        As rows.
    unit_gains : ndarray, shape (layers, H), or None
        See `InterventionSet.unit_gains`; None without interventions.
    token : int
    note : int
        The note the token belongs to.
    """

    rows: NDArray[np.int32]
    row_sources: NDArray[np.int32]
    gates: Array
    cell: Array
    logits: Array
    mask: NDArray[np.bool_]
    transpositions: NDArray[np.int32]
    unit_gains: Array | None
    token: int
    note: int

    def index_of(self, transposition: int) -> int:
        """Index of a transposition along K."""
        return int(np.flatnonzero(self.transpositions == transposition)[0])

    def select(self, transposition: int) -> StepRecord:
        """The record of one transposition, K = 1."""
        if len(self.transpositions) == 1:
            return self
        index = self.index_of(transposition)
        one = slice(index, index + 1)
        return replace(
            self,
            rows=self.rows[one].copy(),  # (1, F)
            gates=self.gates[:, one].copy(),  # (layers, 1, 4H)
            cell=self.cell[:, one].copy(),  # (layers, 1, H)
            logits=self.logits[one].copy(),  # (1, V)
            transpositions=self.transpositions[one].copy(),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """Contributions to the log probability of a note, nats; above 0 they made it likelier.

    A contribution is the slope of the log probability as all inputs about its source are scaled
    up together.

    Parameters
    ----------
    shares : ndarray of float32, shape (n,)
        Of each of the last n notes before it, oldest first.
    own : float
        Of the note's own first tokens, to the tokens after them.
    position : float
        Of the position in bar and phrase, the meter and the key.
    older_notes : float
        Of all notes before the last n.
    log_probability : float
        Of the note with all its tokens.
    """

    shares: Array
    own: float
    position: float
    older_notes: float
    log_probability: float


def attribute_note(
    network: Network,
    records: Sequence[StepRecord],
    note: int,
    transposition: int,
    notes: int = MAX_ATTRIBUTED_NOTES,
) -> Attribution:
    """Follow a note's log probability back through the steps before it.

    Parameters
    ----------
    network : Network
    records : sequence of StepRecord
        Consecutive, with those of the note among them.
    note, transposition : int
        As in `StepRecord`.
    notes : int
        Notes to reach back.

    Returns
    -------
    Attribution

    Raises
    ------
    ValueError
        If the records do not contain the note.
    """
    spelled = [k for k, record in enumerate(records) if record.note == note]
    if not spelled:
        raise ValueError(f"note {note} is not among the recorded steps")
    first = next(k for k, record in enumerate(records) if record.note >= note - notes)
    window = records[first : spelled[-1] + 1]
    at = [record.index_of(transposition) for record in window]  # T indices along K
    log_probability, d_read = _readout_backward(network, window, at, spelled[0] - first)
    dx, top = d_read, network.sizes.layers - 1
    for k in range(top, -1, -1):
        if k < top and network.sizes.sums_layers:
            dx = dx + d_read
        gates = np.stack([record.gates[k, i] for record, i in zip(window, at, strict=True)])
        cell = np.stack([record.cell[k, i] for record, i in zip(window, at, strict=True)])  # (T, H)
        before = np.zeros_like(cell[0])
        if first:
            before = records[first - 1].cell[k, records[first - 1].index_of(transposition)]
        gains = [None if r.unit_gains is None else r.unit_gains[k] for r in window]
        dx = layer_backward(network.layers[k], gates, cell, before, dx, gains)  # (T, H) -> (T, D)
    rows = np.stack([record.rows[i] for record, i in zip(window, at, strict=True)])  # (T, F)
    inputs = network.parameters["embedding"][rows]  # (T, F, E)
    charges = np.matmul(inputs, dx[:, :, None])[..., 0]  # (T, F)
    sources = np.stack([record.row_sources for record in window])  # (T, F)
    oldest = max(0, note - notes)
    shares, near = np.zeros(note - oldest, np.float32), (sources >= oldest) & (sources < note)
    np.add.at(shares, sources[near] - oldest, charges[near])
    own, position = float(charges[sources == note].sum()), float(charges[sources == -1].sum())
    older = float(charges[(sources >= 0) & (sources < oldest)].sum())
    return Attribution(shares, own, position, older, log_probability)


def _readout_backward(
    network: Network, window: Sequence[StepRecord], at: Sequence[int], start: int
) -> tuple[float, Array]:
    """Log probability of the tokens from `start` on, and its gradient by the top layer, (T, H)."""
    weight = network.parameters["readout.weight"]  # (H, V)
    d_top = np.zeros((len(window), weight.shape[0]), np.float32)
    total = 0.0
    for t in range(start, len(window)):
        record = window[t]
        logs = log_softmax(record.logits[at[t]], record.mask)  # (V,)
        total += float(logs[record.token])
        d_logits = -np.exp(logs)
        d_logits[record.token] += 1.0
        d_top[t] = weight @ d_logits
    return total, d_top


def layer_backward(
    layer: LstmLayer,
    gates: Array,
    cell: Array,
    before: Array,
    d_hidden: Array,
    unit_gains: Sequence[Array | None] | None = None,
) -> Array:
    """Gradient by a layer's inputs, (T, D), from that by its hidden states, (T, H).

    The recurrence is that of `rnn.model.lstm`, run on one sequence's recorded gates (T, 4H), cells
    (T, H), and cell `before` the first step (H,). `unit_gains` has for each step the derivative of
    the changed hidden state by the original one, (H,), or None.
    """
    steps, units = d_hidden.shape
    buffers = LayerBuffers(
        gates.reshape(steps, 4, 1, units),
        np.empty((0, 1, units), np.float32),
        np.concatenate([before[None], cell])[:, None],  # (T + 1, 1, H)
        np.tanh(cell)[:, None],  # (T, 1, H)
        np.empty((steps, 1, 4 * units), np.float32),
        [],
    )
    run_recurrence_backward(layer, buffers, d_hidden[:, None], unit_gains=unit_gains)
    return buffers.dz[:, 0] @ layer.input.T  # (T, 4H) (4H, D) -> (T, D)
