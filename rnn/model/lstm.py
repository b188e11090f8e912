"""One LSTM layer in numpy: forward over a sequence, and backward through it.

The cell is that of Hochreiter & Schmidhuber (1997) with the forget gate of Gers et al. (2000):

    i, f, o = sigmoid(x Wx + h Wh + b)      g = tanh(x Wx + h Wh + b)
    c' = f c + i g                          h' = o tanh(c')

The columns of the weights are input, forget, output, candidate, H each. The three sigmoids are
adjacent, so that each elementwise pass covers all of them. A sigmoid is (1 + tanh(z / 2)) / 2,
which numpy computes in vector instructions; the weights are halved instead of z.

Shapes: T steps, B sequences side by side, D inputs, H units, V tokens. The gates of a step are four
contiguous blocks, (4, B, H). The loops allocate nothing. Matrices used in them are cut into blocks
(`rnn.model.gemm`); comments give the shapes before cutting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnn.model.arrays import Array
from rnn.model.buffers import LayerBuffers
from rnn.model.gemm import BlockedMatrices, gate_scales

HALF = np.array(0.5, np.float32)
"""The number 0.5 as an array; numpy would convert a float at every call."""


@dataclass(slots=True)
class LstmLayer:
    """Weights of one layer, or their gradients.

    Parameters
    ----------
    input : ndarray of float32, shape (D, 4H)
    hidden : ndarray of float32, shape (H, 4H)
    bias : ndarray of float32, shape (4H,)
        Columns: input, forget, output, candidate, H each.
    """

    input: Array
    hidden: Array
    bias: Array

    @property
    def units(self) -> int:
        """Number of units, H."""
        return self.hidden.shape[0]

    @classmethod
    def initial(cls, inputs: int, units: int, generator: np.random.Generator) -> LstmLayer:
        """Random weights of D `inputs`: Glorot inputs, orthogonal recurrence, forget bias 1.

        References: Glorot & Bengio 2010; Saxe et al. 2014; Jozefowicz et al. 2015.
        """
        limit = np.sqrt(6.0 / (inputs + units))
        weights = generator.uniform(-limit, limit, (inputs, 4 * units)).astype(np.float32)
        blocks = [np.linalg.qr(generator.normal(size=(units, units)))[0] for _ in range(4)]
        bias = np.zeros(4 * units, np.float32)
        bias[units : 2 * units] = 1.0
        return cls(weights, np.concatenate(blocks, axis=1).astype(np.float32), bias)


def project_inputs(layer: LstmLayer, inputs: Array, buffers: LayerBuffers) -> None:
    """Store the projection of the inputs, (T, B, D), in `buffers.gates`."""
    blocks = BlockedMatrices.from_gate_matrix(layer.input, inputs.shape[1])
    blocks.multiply(inputs, buffers.gates)  # (T, B, D) (D, 4H) -> (T, 4, B, H)


def project_tokens(
    layer: LstmLayer, embedding: Array, tokens: NDArray[np.int32], buffers: LayerBuffers
) -> None:
    """Store the projection of one embedded token a step, (T, B), in `buffers.gates`.

    There are fewer tokens than steps, so each token of `embedding`, (V, D), is projected once.
    """
    table = (embedding @ layer.input) * gate_scales(layer.units).astype(embedding.dtype)  # (V, 4H)
    table = table.reshape(len(table), 4, -1).swapaxes(0, 1).copy()  # (V, 4H) -> (4, V, H)
    for row, gates in zip(tokens, buffers.gates, strict=True):  # T times (B,) and (4, B, H)
        np.take(table, row, axis=1, out=gates, mode="clip")  # (4, V, H) -> (4, B, H)


def run_recurrence(
    layer: LstmLayer,
    buffers: LayerBuffers,
    h: Array,
    c: Array,
    fresh: NDArray[np.bool_] | None = None,
) -> None:
    """Run step by step over a sequence whose input projection is in `buffers.gates`.

    It begins with the state `h` and `c`, (B, H), and from zeros again where `fresh`, (T, B), is
    True.
    """
    batch, units = h.shape
    dtype = layer.hidden.dtype
    restarts = fresh is not None and fresh.any()
    buffers.reset_sequences = [np.flatnonzero(row) for row in fresh] if restarts else []
    buffers.hidden[0], buffers.cells[0] = h, c

    blocks = BlockedMatrices.from_gate_matrix(layer.hidden, batch)
    bias = layer.bias * gate_scales(units).astype(dtype)
    bias = bias.reshape(4, 1, units)  # (4H,) -> (4, 1, H)
    by_state, scratch = np.empty((4, batch, units), dtype), np.empty((batch, units), dtype)
    starts, product = blocks.left_operand_view(buffers.hidden[:-1]), blocks.product_view(by_state)
    for t, z in enumerate(buffers.gates):  # z: (4, B, H), first the projection, then the gates
        start, cell, new_cell = starts[t], buffers.cells[t], buffers.cells[t + 1]  # (B, H) each
        if buffers.reset_sequences and len(buffers.reset_sequences[t]):
            h_reset = buffers.hidden[t].copy()  # hidden[t] stays: it is the output of step t - 1
            h_reset[buffers.reset_sequences[t]] = 0.0
            start = blocks.left_operand_view(h_reset)
            cell[buffers.reset_sequences[t]] = 0.0
        np.matmul(start, blocks.blocks, out=product)  # (B, H) (4, H, H) -> (4, B, H)
        np.add(z, by_state, out=z)
        np.add(z, bias, out=z)
        np.tanh(z, out=z)
        sigmoids = z[:3]  # (3, B, H)
        np.multiply(sigmoids, HALF, out=sigmoids)
        np.add(sigmoids, HALF, out=sigmoids)
        i, f, o, g = z  # (B, H) each
        np.multiply(f, cell, out=new_cell)
        np.multiply(i, g, out=scratch)
        np.add(new_cell, scratch, out=new_cell)
        np.tanh(new_cell, out=buffers.tanh_cells[t])
        np.multiply(o, buffers.tanh_cells[t], out=buffers.hidden[t + 1])


def run_recurrence_backward(
    layer: LstmLayer,
    buffers: LayerBuffers,
    d_outputs: Array,
    gradients: LstmLayer | None = None,
    unit_gains: Sequence[Array | None] | None = None,
) -> None:
    """Back-propagate through the steps: compute `buffers.dz`, and gradients of the weights.

    Parameters
    ----------
    layer : LstmLayer
    buffers : LayerBuffers
        Where sequences restart, `hidden` is 0 afterwards. Without `gradients`, `hidden` is unused.
    d_outputs : ndarray, shape (T, B, H)
        Gradient of the loss by the hidden states.
    gradients : LstmLayer, optional
        Its `hidden` and `bias` are overwritten; by default only `dz` is computed.
    unit_gains : sequence of (ndarray of shape (H,) or None), optional
        Per step: derivative of each hidden state by its own value before an intervention.

    References
    ----------
    Werbos 1990, truncated at the first step.
    """
    steps, batch, units = d_outputs.shape
    dtype = layer.hidden.dtype
    d, slope = np.empty((4, batch, units), dtype), np.empty((3, batch, units), dtype)
    d_i, d_f, d_o, d_g = d  # gradients of the gates, (B, H) each
    dh, dc, part = np.zeros((3, batch, units), dtype)  # (B, H) each
    dz_by_gate = buffers.dz.reshape(steps, batch, 4, units).swapaxes(1, 2)  # a view, (T, 4, B, H)
    rows, matrix, product = buffers.dz, layer.hidden.T, dh  # (T, B, 4H), (4H, H), (B, H)
    if gradients is not None:  # a training batch: cutting the matrix is worth its cost
        blocks = BlockedMatrices.from_matrices(matrix[None], batch)  # (1, 4H, H)
        rows, matrix = blocks.left_operand_view(rows), blocks.blocks
        product = blocks.product_view(dh[None])
    for t in range(steps - 1, -1, -1):
        z, tanh_cell = buffers.gates[t], buffers.tanh_cells[t]  # (4, B, H), (B, H)
        i, f, o, g = z  # (B, H) each
        np.add(dh, d_outputs[t], out=dh)  # from the output, and from the next step
        if unit_gains is not None and unit_gains[t] is not None:
            np.multiply(dh, unit_gains[t], out=dh)

        np.multiply(dh, o, out=part)  # h = o s:  dc += dh o (1 - s s),  dz_o = dh s o (1 - o)
        np.multiply(part, tanh_cell, out=d_o)
        np.add(dc, part, out=dc)
        np.multiply(d_o, tanh_cell, out=part)
        np.subtract(dc, part, out=dc)

        np.multiply(dc, i, out=part)  # c = f c + i g:  dz_i = dc g i (1 - i)
        np.multiply(part, g, out=d_i)
        np.multiply(d_i, g, out=d_g)
        np.subtract(part, d_g, out=d_g)  # dz_g = dc i (1 - g g)
        np.multiply(dc, f, out=dc)
        np.multiply(dc, buffers.cells[t], out=d_f)  # dz_f = dc c f (1 - f)

        np.subtract(1.0, z[:3], out=slope)  # 1 - i, 1 - f, 1 - o: (3, B, H)
        np.multiply(d[:3], slope, out=d[:3])
        dz_by_gate[t] = d  # (4, B, H) -> (B, 4H)
        np.matmul(rows[t], matrix, out=product)  # (B, 4H) (4H, H) -> (B, H), dh
        if buffers.reset_sequences and len(buffers.reset_sequences[t]):
            dh[buffers.reset_sequences[t]] = 0.0
            dc[buffers.reset_sequences[t]] = 0.0
    if gradients is None:
        return
    for t, restarted in enumerate(buffers.reset_sequences):
        buffers.hidden[t, restarted] = 0.0  # the state step t did start from
    starts = buffers.hidden[:-1].reshape(steps * batch, units)  # (T, B, H) -> (T * B, H)
    flat = buffers.dz.reshape(steps * batch, 4 * units)  # (T, B, 4H) -> (T * B, 4H)
    np.matmul(starts.T, flat, out=gradients.hidden)  # (H, T * B) (T * B, 4H) -> (H, 4H)
    np.add.reduce(flat, axis=0, out=gradients.bias)  # (T * B, 4H) -> (4H,)


def project_inputs_backward(
    layer: LstmLayer, inputs: Array, buffers: LayerBuffers, gradients: LstmLayer, d_inputs: Array
) -> None:
    """Compute the gradients of the input weights, and of the inputs in `d_inputs`, (T, B, D)."""
    width, columns = layer.input.shape
    flat = buffers.dz.reshape(-1, columns)  # (T * B, 4H)
    np.matmul(inputs.reshape(-1, width).T, flat, out=gradients.input)  # (D, T * B) -> (D, 4H)
    blocks = BlockedMatrices.from_matrices(layer.input.T[None], inputs.shape[1])  # (1, 4H, D)
    blocks.multiply(buffers.dz, d_inputs[:, None])  # (T, B, 4H) (4H, D) -> (T, 1, B, D)


def project_tokens_backward(
    layer: LstmLayer,
    embedding: Array,
    tokens: NDArray[np.int32],
    buffers: LayerBuffers,
    gradients: LstmLayer,
    d_embedding: Array,
) -> None:
    """Compute the gradients of the input weights, and of the embedding in `d_embedding`, (V, D)."""
    columns = layer.input.shape[1]
    flat = buffers.dz.reshape(-1, columns)  # (T * B, 4H)
    d_table = np.empty((len(embedding), columns), flat.dtype)  # (V, 4H)
    scatter_add_rows(tokens.reshape(-1, 1), flat, d_table)  # (T * B, 4H) -> (V, 4H)
    np.matmul(embedding.T, d_table, out=gradients.input)  # (D, V) (V, 4H) -> (D, 4H)
    np.matmul(d_table, layer.input.T, out=d_embedding)  # (V, 4H) (4H, D) -> (V, D)


def scatter_add_rows(indices: NDArray[np.int32], rows: Array, sums: Array) -> None:
    """Set `sums`, (V, D), to the sums of `rows`, (N, D), by index.

    Row n is added at each of the F indices `indices[n]`, (N, F).
    """
    order = np.argsort(indices, axis=None, kind="stable")  # (N * F,)
    counts = np.bincount(indices.reshape(-1), minlength=len(sums))  # (V,)
    ends = np.cumsum(counts)  # (V,)
    sums[counts == 0] = 0.0
    for index in np.flatnonzero(counts):
        places = order[ends[index] - counts[index] : ends[index]] // indices.shape[1]  # (count,)
        np.add.reduce(rows[places], axis=0, out=sums[index])  # (count, D) -> (D,)
