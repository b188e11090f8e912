"""One LSTM layer in numpy: forward over a sequence, and backward through it.

The cell is that of Hochreiter & Schmidhuber (1997) with the forget gate of Gers et al. (2000):

    i, f, o = sigmoid(x Wx + h Wh + b)      g = tanh(x Wx + h Wh + b)
    c' = f c + i g                          h' = o tanh(c')

The columns of the weights are input, forget, output, candidate, H each: the three sigmoids lie side
by side, so each elementwise pass does all of them. A sigmoid is computed as (1 + tanh(z / 2)) / 2,
which numpy does in vector instructions; the halving is done to the weights.

Shapes: T steps, B sequences side by side, D inputs, H units. Inside a sequence the gates of a step
are four blocks, (4, B, H), each one unbroken stretch of memory small enough for the cache. Nothing
is allocated in the loops; a tape is used again from batch to batch. Matrices the loops multiply by
are first cut into blocks, and what they are multiplied with is viewed in groups to match (see
`rnn.model.gemm`); comments give the shapes without the cuts. One step at a time, for playing:
`rnn.model.inference`.

The way forward is `project_inputs` (or `project_tokens`), for all steps at once, then
`run_recurrence`, step by step; the way back is `run_recurrence_backward`, step by step, then
`project_inputs_backward` (or `project_tokens_backward`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray

from rnn.model.gemm import Array, BlockedMatrices, gate_scales

HALF = np.array(0.5, np.float32)
"""An array, not a float: numpy would make one of it at every call."""


@dataclass(slots=True)
class LstmLayer:
    """Weights of one layer.

    Parameters
    ----------
    input : ndarray, shape (D, 4H)
    hidden : ndarray, shape (H, 4H)
    bias : ndarray, shape (4H,)
    """

    input: Array
    hidden: Array
    bias: Array

    @property
    def units(self) -> int:
        """H."""
        return self.hidden.shape[0]


@dataclass(slots=True)
class LayerBuffers:
    """What `forward` writes down and `backward` uses up; good for any batch of its shape."""

    gates: Array  # (T, 4, B, H): what comes in from below, then the gates after their squashing
    hidden: Array  # (T + 1, B, H), [t] is what step t starts from
    cells: Array  # (T + 1, B, H)
    tanh_cells: Array  # (T, B, H), tanh of the new cell
    dz: Array  # (T, B, 4H), gradient by the gates before their squashing. TinyMlp may share it
    reset_sequences: list[NDArray[np.intp]]  # T times the lanes whose sequence begins anew

    @classmethod
    def allocate(
        cls, steps: int, batch: int, units: int, dtype: DTypeLike = np.float32
    ) -> LayerBuffers:
        """A tape nothing is written on.

        Parameters
        ----------
        steps, batch, units : int
            T, B, H.
        """
        room = (
            np.empty((steps, 4, batch, units), dtype),
            np.empty((steps + 1, batch, units), dtype),
            np.empty((steps + 1, batch, units), dtype),
            np.empty((steps, batch, units), dtype),
            np.empty((steps, batch, 4 * units), dtype),
        )
        return cls(*room, [])

    @property
    def outputs(self) -> Array:
        """Hidden states after each step, shape (T, B, H)."""
        return self.hidden[1:]


def initial_layer(inputs: int, units: int, generator: np.random.Generator) -> LstmLayer:
    """Random weights: Glorot inputs, orthogonal recurrence, forget bias 1 (Jozefowicz 2015)."""
    limit = np.sqrt(6.0 / (inputs + units))
    weights = generator.uniform(-limit, limit, (inputs, 4 * units)).astype(np.float32)
    blocks = [np.linalg.qr(generator.normal(size=(units, units)))[0] for _ in range(4)]
    bias = np.zeros(4 * units, np.float32)
    bias[units : 2 * units] = 1.0
    return LstmLayer(weights, np.concatenate(blocks, axis=1).astype(np.float32), bias)


def forward(
    layer: LstmLayer,
    inputs: Array,
    h: Array,
    c: Array,
    fresh: NDArray[np.bool_] | None = None,
    tape: LayerBuffers | None = None,
) -> LayerBuffers:
    """Run over a sequence: `project_inputs` the inputs, then `run_recurrence`.

    Parameters
    ----------
    inputs : ndarray, shape (T, B, D)
    tape : Tape, optional
        To write on; a new one if not given.

    Returns
    -------
    tape : Tape
        `outputs` are the hidden states, (T, B, H), `cells[-1]` the last cell, (B, H).
    """
    steps, batch, _ = inputs.shape
    tape = (
        LayerBuffers.allocate(steps, batch, layer.units, layer.hidden.dtype)
        if tape is None
        else tape
    )
    project_inputs(layer, inputs, tape)
    run_recurrence(layer, tape, h, c, fresh)
    return tape


def project_inputs(layer: LstmLayer, inputs: Array, tape: LayerBuffers) -> None:
    """Put what inputs, (T, B, D), give the gates on the tape."""
    blocks = BlockedMatrices.from_gate_matrix(layer.input, inputs.shape[1])
    blocks.multiply(inputs, tape.gates)  # (T, B, D) (D, 4H) -> (T, 4, B, H)


def project_tokens(
    layer: LstmLayer, embedding: Array, tokens: NDArray[np.int32], tape: LayerBuffers
) -> None:
    """Put what one embedded token a step gives the gates on the tape.

    There are few tokens and many steps: what each token gives is worked out once.

    Parameters
    ----------
    embedding : ndarray, shape (V, D)
    tokens : ndarray of int, shape (T, B)
    """
    table = (embedding @ layer.input) * gate_scales(layer.units).astype(embedding.dtype)  # (V, 4H)
    table = table.reshape(len(table), 4, -1).swapaxes(0, 1).copy()  # (V, 4H) -> (4, V, H)
    for named, gates in zip(tokens, tape.gates, strict=True):  # T times (B,) and (4, B, H)
        np.take(table, named, axis=1, out=gates, mode="clip")  # (4, V, H) -> (4, B, H)


def run_recurrence(
    layer: LstmLayer, tape: LayerBuffers, h: Array, c: Array, fresh: NDArray[np.bool_] | None = None
) -> None:
    """Step by step through a sequence whose inputs are on the tape.

    Parameters
    ----------
    h, c : ndarray, shape (B, H)
        State before the first step; not changed.
    fresh : ndarray of bool, shape (T, B), optional
        Where a sequence begins anew at that step and its state is forgotten.
    """
    batch, units = h.shape
    dtype = layer.hidden.dtype
    tape.reset_sequences = (
        [] if fresh is None or not fresh.any() else [np.flatnonzero(row) for row in fresh]
    )
    tape.hidden[0], tape.cells[0] = h, c

    blocks = BlockedMatrices.from_gate_matrix(layer.hidden, batch)
    bias = (layer.bias * gate_scales(units).astype(dtype)).reshape(
        4, 1, units
    )  # (4H,) -> (4, 1, H)
    by_state, work = np.empty((4, batch, units), dtype), np.empty((batch, units), dtype)
    starts, product = blocks.left_operand_view(tape.hidden[:-1]), blocks.product_view(by_state)
    for t, z in enumerate(tape.gates):  # z: (4, B, H), what the inputs give; the gates in the end
        start, cell, new_cell = starts[t], tape.cells[t], tape.cells[t + 1]  # (B, H) each
        if tape.reset_sequences and len(tape.reset_sequences[t]):
            anew = tape.hidden[t].copy()  # as it was, it is still an output of the step before
            anew[tape.reset_sequences[t]] = 0.0
            start = blocks.left_operand_view(anew)
            cell[tape.reset_sequences[t]] = 0.0
        np.matmul(start, blocks.blocks, out=product)  # (B, H) (4, H, H) -> (4, B, H)
        np.add(z, by_state, out=z)
        np.add(z, bias, out=z)
        np.tanh(z, out=z)
        sigmoids = z[:3]  # (3, B, H)
        np.multiply(sigmoids, HALF, out=sigmoids)
        np.add(sigmoids, HALF, out=sigmoids)
        i, f, o, g = z  # (B, H) each
        np.multiply(f, cell, out=new_cell)
        np.multiply(i, g, out=work)
        np.add(new_cell, work, out=new_cell)
        np.tanh(new_cell, out=tape.tanh_cells[t])
        np.multiply(o, tape.tanh_cells[t], out=tape.hidden[t + 1])


def backward(
    layer: LstmLayer,
    inputs: Array,
    tape: LayerBuffers,
    d_outputs: Array,
    gradients: LstmLayer | None = None,
) -> tuple[Array, LstmLayer]:
    """Back-propagation through a sequence (Werbos 1990), truncated at its start.

    Parameters
    ----------
    inputs : ndarray, shape (T, B, D)
        Those of the way forward.
    d_outputs : ndarray, shape (T, B, H)
        Gradient of the loss by the hidden states.
    gradients : Layer, optional
        To write to; new ones if not given.

    Returns
    -------
    d_inputs : ndarray, shape (T, B, D)
    gradients : Layer
        Of the shapes of the weights.
    """
    gradients = allocate_gradients(layer) if gradients is None else gradients
    run_recurrence_backward(layer, tape, d_outputs, gradients)
    d_inputs = np.empty(inputs.shape, layer.input.dtype)
    project_inputs_backward(layer, inputs, tape, gradients, d_inputs)
    return d_inputs, gradients


def run_recurrence_backward(
    layer: LstmLayer, tape: LayerBuffers, d_outputs: Array, gradients: LstmLayer
) -> None:
    """Back through the steps: `tape.dz` and the gradients by hidden weights and bias.

    Parameters
    ----------
    d_outputs : ndarray, shape (T, B, H)
        Gradient of the loss by the hidden states. Where a sequence began anew the tape's hidden
        states are 0 afterwards.
    """
    steps, batch, units = d_outputs.shape
    dtype = layer.hidden.dtype
    blocks = BlockedMatrices.from_matrices(layer.hidden.T[None], batch)  # (H, 4H) -> (1, 4H, H)
    d, slope = np.empty((4, batch, units), dtype), np.empty((3, batch, units), dtype)
    d_i, d_f, d_o, d_g = d  # gradients by the gates, (B, H) each
    dh, dc, part = np.zeros((3, batch, units), dtype)  # (B, H) each
    dz_by_gate = tape.dz.reshape(steps, batch, 4, units).swapaxes(1, 2)  # a view, (T, 4, B, H)
    each_dz, product = blocks.left_operand_view(tape.dz), blocks.product_view(dh[None])
    for t in range(steps - 1, -1, -1):
        z, squashed = tape.gates[t], tape.tanh_cells[t]  # (4, B, H), (B, H)
        i, f, o, g = z  # (B, H) each
        np.add(dh, d_outputs[t], out=dh)  # through the output, and through the step after

        np.multiply(dh, o, out=part)  # h = o s:  dc += dh o (1 - s s),  dz_o = dh s o (1 - o)
        np.multiply(part, squashed, out=d_o)
        np.add(dc, part, out=dc)
        np.multiply(d_o, squashed, out=part)
        np.subtract(dc, part, out=dc)

        np.multiply(dc, i, out=part)  # c = f c + i g:  dz_i = dc g i (1 - i)
        np.multiply(part, g, out=d_i)
        np.multiply(d_i, g, out=d_g)
        np.subtract(part, d_g, out=d_g)  # dz_g = dc i (1 - g g)
        np.multiply(dc, f, out=dc)
        np.multiply(dc, tape.cells[t], out=d_f)  # dz_f = dc c f (1 - f)

        np.subtract(1.0, z[:3], out=slope)  # 1 - i, 1 - f, 1 - o: (3, B, H)
        np.multiply(d[:3], slope, out=d[:3])
        dz_by_gate[t] = d  # (4, B, H) -> (B, 4H)
        np.matmul(each_dz[t], blocks.blocks, out=product)  # (B, 4H) (4H, H) -> (B, H), dh
        if tape.reset_sequences and len(tape.reset_sequences[t]):
            dh[tape.reset_sequences[t]] = 0.0
            dc[tape.reset_sequences[t]] = 0.0
    for t, lanes in enumerate(tape.reset_sequences):
        if len(lanes):
            tape.hidden[t, lanes] = 0.0  # what the step did start from
    starts = tape.hidden[:-1].reshape(steps * batch, units)  # (T, B, H) -> (T * B, H)
    flat = tape.dz.reshape(steps * batch, 4 * units)  # (T, B, 4H) -> (T * B, 4H)
    np.matmul(starts.T, flat, out=gradients.hidden)  # (H, T * B) (T * B, 4H) -> (H, 4H)
    np.add.reduce(flat, axis=0, out=gradients.bias)  # (T * B, 4H) -> (4H,)


def project_inputs_backward(
    layer: LstmLayer, inputs: Array, tape: LayerBuffers, gradients: LstmLayer, d_inputs: Array
) -> None:
    """Back through `project_inputs`: the gradients by input weights and inputs, (T, B, D)."""
    width, columns = layer.input.shape
    flat = tape.dz.reshape(-1, columns)  # (T * B, 4H)
    np.matmul(inputs.reshape(-1, width).T, flat, out=gradients.input)  # (D, T * B) -> (D, 4H)
    blocks = BlockedMatrices.from_matrices(
        layer.input.T[None], inputs.shape[1]
    )  # (D, 4H) -> (1, 4H, D)
    blocks.multiply(tape.dz, d_inputs[:, None])  # (T, B, 4H) (4H, D) -> (T, 1, B, D)


def project_tokens_backward(
    layer: LstmLayer,
    embedding: Array,
    tokens: NDArray[np.int32],
    tape: LayerBuffers,
    gradients: LstmLayer,
    d_embedding: Array,
) -> None:
    """Back through `project_tokens`: the gradients by input weights and embedding, (V, D)."""
    columns = layer.input.shape[1]
    flat = tape.dz.reshape(-1, columns)  # (T * B, 4H)
    d_table = np.empty((len(embedding), columns), flat.dtype)  # (V, 4H)
    scatter_add_rows(tokens.reshape(-1, 1), flat, d_table)  # (T * B, 4H) -> (V, 4H)
    np.matmul(embedding.T, d_table, out=gradients.input)  # (D, V) (V, 4H) -> (D, 4H)
    np.matmul(d_table, layer.input.T, out=d_embedding)  # (V, 4H) (4H, D) -> (V, D)


def scatter_add_rows(named: NDArray[np.int32], rows: Array, sums: Array) -> None:
    """Add each row to the F sums it names.

    Parameters
    ----------
    named : ndarray of int, shape (N, F)
    rows : ndarray, shape (N, D)
    sums : ndarray, shape (V, D)
        Written over; 0 where nobody named it.
    """
    order = np.argsort(named, axis=None, kind="stable")  # (N * F,), who names 0, who names 1 ...
    counts = np.bincount(named.reshape(-1), minlength=len(sums))  # (V,)
    ends = np.cumsum(counts)  # (V,)
    sums[counts == 0] = 0.0
    for each in np.flatnonzero(counts):
        places = order[ends[each] - counts[each] : ends[each]] // named.shape[1]  # (count,)
        np.add.reduce(rows[places], axis=0, out=sums[each])  # (count, D) -> (D,)


def allocate_gradients(layer: LstmLayer) -> LstmLayer:
    """Room for the gradients of a layer."""
    return LstmLayer(*(np.empty_like(part) for part in (layer.input, layer.hidden, layer.bias)))
