"""Attribution: which of the notes before made a network write the note it wrote.

The recurrent kin of running a convolutional network backwards to see what lit a filter: the log
probability of a note is followed back through the very steps that led to it, to everything the
network was shown on the way, and each input is charged gradient times input (Shrikumar et al.
2016; Denil et al. 2014 for language). An input that speaks of a note, be it the note's own tokens,
the reminder of what sounded bars ago or a voice that sounds on, is charged to that note.

Shapes: T steps, B lanes, F active input rows, E embedding, H units, V tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnn.model.buffers import LayerBuffers
from rnn.model.losses import log_softmax
from rnn.model.lstm import Array, LstmLayer, run_recurrence_backward
from rnn.model.network import Network

MAX_ATTRIBUTED_NOTES = 32
"""How many notes back an explanation goes."""


@dataclass(frozen=True, slots=True, eq=False)
class StepRecord:
    """One live step as it was, and the token that came then.

    Parameters
    ----------
    rows : ndarray of int32, shape (B, F)
        What the network was shown.
    sources : ndarray of int32, shape (F,)
        Of which note each row speaks, -1 for none (see `Reader.sources`).
    gates : ndarray, shape (layers, B, 4H)
    cell : ndarray, shape (layers, B, H)
    logits : ndarray, shape (B, V)
    mask : ndarray of bool, shape (V,)
    shifts : ndarray of int32, shape (B,)
        Of each lane.
    slopes : ndarray, shape (layers, H), or None
        See `Hand.slopes`; None where nothing was touched.
    token : int
    note : int
        The note the token helped to spell.
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


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """Why a note was likely, or unlikely.

    Parameters
    ----------
    shares : ndarray of float32, shape (n,)
        What each of the last n notes before it did to its log probability, oldest first, nats:
        above 0 they called for it, below 0 they spoke against it. A share is the slope of the log
        probability as all that speaks of that note is turned up together.
    own : float
        The same of the note's own first tokens, for the tokens after them.
    place : float
        Of the place in the bar and phrase, the meter and the key.
    older : float
        Of notes further back, as far as the network was reminded of them.
    log_probability : float
        Of the note with all its tokens, nats.
    """

    shares: Array
    own: float
    position: float
    older_notes: float
    log_probability: float


def attribute_note(
    network: Network,
    moments: Sequence[StepRecord],
    note: int,
    shift: int,
    notes: int = MAX_ATTRIBUTED_NOTES,
) -> Attribution:
    """Follow a note's log probability back through the steps before it.

    Parameters
    ----------
    moments : sequence of Moment
        Consecutive, those that spelled the note among them.
    note : int
        Which, as counted in `Moment.note`.
    shift : int
        The lane to go back through, as in `Moment.shifts`.
    notes : int
        How many notes back.

    Raises
    ------
    ValueError
        If the moments do not hold the note.
    """
    asked = [k for k, moment in enumerate(moments) if moment.note == note]
    if not asked:
        raise ValueError(f"note {note} is not among the steps remembered")
    first = next(k for k, moment in enumerate(moments) if moment.note >= note - notes)
    window = moments[first : asked[-1] + 1]
    lanes = [int(np.flatnonzero(moment.transpositions == shift)[0]) for moment in window]
    earlier = moments[first - 1] if first else None
    log_probability, dx = _readout_backward(network, window, lanes, asked[0] - first)
    for k in range(network.sizes.layers - 1, -1, -1):
        dx = _recorded_layer_backward(
            network.layers[k], k, window, lanes, earlier, dx
        )  # (T, H) -> (T, D)
    rows = np.stack([moment.rows[lane] for moment, lane in zip(window, lanes, strict=True)])
    shown = network.parameters["embedding"][rows]  # (T, F, E)
    charges = np.matmul(shown, dx[:, :, None])[..., 0]  # (T, F)
    sources = np.stack([moment.row_sources for moment in window])  # (T, F)
    return _sum_by_note(charges, sources, note, min(notes, note), log_probability)


def _sum_by_note(
    charges: Array, sources: NDArray[np.int32], note: int, notes: int, log_probability: float
) -> Attribution:
    first = note - notes
    shares = np.zeros(notes, np.float32)
    near = (sources >= first) & (sources < note)
    np.add.at(shares, sources[near] - first, charges[near])
    return Attribution(
        shares,
        float(charges[sources == note].sum()),
        float(charges[sources == -1].sum()),
        float(charges[(sources >= 0) & (sources < first)].sum()),
        log_probability,
    )


def _readout_backward(
    network: Network, window: Sequence[StepRecord], lanes: Sequence[int], asked: int
) -> tuple[float, Array]:
    """The note's log probability, and its gradient by the top layer's hidden states, (T, H)."""
    weight = network.parameters["readout.weight"]  # (H, V)
    d_top = np.zeros((len(window), weight.shape[0]), np.float32)
    total = 0.0
    for t in range(asked, len(window)):
        moment = window[t]
        logs = log_softmax(moment.logits[lanes[t]], moment.mask)  # (V,)
        total += float(logs[moment.token])
        d_logits = -np.exp(logs)
        d_logits[moment.token] += 1.0
        d_top[t] = weight @ d_logits
    return total, d_top


def _recorded_layer_backward(
    layer: LstmLayer,
    index: int,
    window: Sequence[StepRecord],
    lanes: Sequence[int],
    earlier: StepRecord | None,
    d_said: Array,
) -> Array:
    """`layer_backward` through what was remembered of a layer."""
    pairs = list(zip(window, lanes, strict=True))
    gates = np.stack([moment.gates[index, lane] for moment, lane in pairs])  # (T, 4H)
    cell = np.stack([moment.cell[index, lane] for moment, lane in pairs])  # (T, H)
    before = np.zeros_like(cell[0])
    if earlier is not None:
        lane = int(np.flatnonzero(earlier.transpositions == window[0].transpositions[lanes[0]])[0])
        before = earlier.cell[index, lane]
    touched = [None if m.unit_gains is None else m.unit_gains[index] for m in window]
    return layer_backward(layer, gates, cell, before, d_said, touched)


def layer_backward(
    layer: LstmLayer,
    gates: Array,
    cell: Array,
    before: Array,
    d_said: Array,
    touched: Sequence[Array | None] | None = None,
) -> Array:
    """From the gradient by what a layer said, (T, H), to that by what it was given, (T, D).

    The recurrence is that of `rnn.model.lstm`, run on the recorded gates of one sequence.

    Parameters
    ----------
    gates : ndarray, shape (T, 4H)
    cell : ndarray, shape (T, H)
        After each step.
    before : ndarray, shape (H,)
        The cell before the first.
    touched : sequence of (ndarray of shape (H,) or None), optional
        For each step how far what a unit said still depends on itself; None for wholly.
    """
    steps, units = d_said.shape
    buffers = LayerBuffers(
        gates.reshape(steps, 4, 1, units),
        np.empty((0, 1, units), np.float32),
        np.concatenate([before[None], cell])[:, None],  # (T + 1, 1, H)
        np.tanh(cell)[:, None],  # (T, 1, H)
        np.empty((steps, 1, 4 * units), np.float32),
        [],
    )
    run_recurrence_backward(layer, buffers, d_said[:, None], unit_gains=touched)
    return buffers.dz[:, 0] @ layer.input.T  # (T, 4H) (4H, D) -> (T, D)
