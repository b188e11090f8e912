"""One LSTM layer in numpy: forward over a sequence, backward through it, and one live step.

The cell is that of Hochreiter & Schmidhuber (1997) with the forget gate of Gers et al. (2000):

    i, f, o = sigmoid(x Wx + h Wh + b)      g = tanh(x Wx + h Wh + b)
    c' = f c + i g                          h' = o tanh(c')

The four are one matrix of 4H columns in the order input, forget, output, candidate: the three
sigmoids lie side by side, so each elementwise pass does all of them. A sigmoid is computed as
(1 + tanh(z / 2)) / 2, which numpy does in vector instructions.

Shapes: T steps, B sequences side by side, D inputs, H units. Everything is float32.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


@dataclass(slots=True)
class Layer:
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
class Tape:
    """What `forward` remembers for `backward`."""

    inputs: Array  # (T, B, D)
    gates: Array  # (T, B, 4H), after their squashing
    before_h: Array  # (T, B, H), hidden state each step started from
    before_c: Array  # (T, B, H)
    squashed: Array  # (T, B, H), tanh of the new cell
    keep: Array | None  # (T, B, 1), 0 where a sequence began anew


def initial_layer(inputs: int, units: int, generator: np.random.Generator) -> Layer:
    """Random weights: Glorot inputs, orthogonal recurrence, forget bias 1 (Jozefowicz 2015)."""
    limit = np.sqrt(6.0 / (inputs + units))
    weights = generator.uniform(-limit, limit, (inputs, 4 * units)).astype(np.float32)
    blocks = [np.linalg.qr(generator.normal(size=(units, units)))[0] for _ in range(4)]
    bias = np.zeros(4 * units, np.float32)
    bias[units : 2 * units] = 1.0
    return Layer(weights, np.concatenate(blocks, axis=1).astype(np.float32), bias)


def squash(gates: Array, units: int) -> None:
    """Sigmoid the first 3H columns and tanh the last H, in place."""
    sigmoids = gates[..., : 3 * units]
    sigmoids *= 0.5
    np.tanh(gates, out=gates)
    sigmoids *= 0.5
    sigmoids += 0.5


def step(layer: Layer, x: Array, h: Array, c: Array, gates: Array, work: Array) -> None:
    """One step, in place: `h` and `c`, shape (B, H), become the new state.

    Parameters
    ----------
    x : ndarray, shape (B, D)
    gates : ndarray, shape (B, 4H)
        Left holding the gates.
    work : ndarray, shape (B, 4H)
        Scratch.
    """
    units = layer.units
    np.matmul(x, layer.input, out=gates)  # (B, D) -> (B, 4H)
    np.matmul(h, layer.hidden, out=work)  # (B, H) -> (B, 4H)
    gates += work
    gates += layer.bias
    squash(gates, units)
    new = work[:, :units]  # (B, H)
    np.multiply(gates[:, :units], gates[:, 3 * units :], out=new)
    c *= gates[:, units : 2 * units]
    c += new
    np.tanh(c, out=h)
    h *= gates[:, 2 * units : 3 * units]


def forward(
    layer: Layer, inputs: Array, h: Array, c: Array, keep: Array | None = None
) -> tuple[Array, Array, Tape]:
    """Run over a sequence.

    Parameters
    ----------
    inputs : ndarray, shape (T, B, D)
    h, c : ndarray, shape (B, H)
        State before the first step; not changed.
    keep : ndarray, shape (T, B, 1), optional
        0 where a sequence begins anew at that step and its state is forgotten, else 1.

    Returns
    -------
    outputs : ndarray, shape (T, B, H)
        Hidden states.
    cell : ndarray, shape (B, H)
        The last cell.
    tape : Tape
    """
    steps, batch, width = inputs.shape
    units = layer.units
    flat = inputs.reshape(steps * batch, width)
    gates = flat @ layer.input  # (T * B, 4H)
    gates += layer.bias
    gates = gates.reshape(steps, batch, 4 * units)
    before_h = np.empty((steps, batch, units), np.float32)
    before_c = np.empty((steps, batch, units), np.float32)
    squashed = np.empty((steps, batch, units), np.float32)
    outputs = np.empty((steps, batch, units), np.float32)
    work = np.empty((batch, 4 * units), np.float32)
    cell = np.array(c)
    for t in range(steps):
        if keep is None:
            before_h[t], before_c[t] = h, cell
        else:
            np.multiply(h, keep[t], out=before_h[t])
            np.multiply(cell, keep[t], out=before_c[t])
        z = gates[t]  # (B, 4H)
        np.matmul(before_h[t], layer.hidden, out=work)
        z += work
        squash(z, units)
        new = work[:, :units]
        np.multiply(z[:, :units], z[:, 3 * units :], out=new)  # i g
        np.multiply(before_c[t], z[:, units : 2 * units], out=cell)  # f c
        cell += new
        np.tanh(cell, out=squashed[t])
        np.multiply(squashed[t], z[:, 2 * units : 3 * units], out=outputs[t])
        h = outputs[t]
    return outputs, cell, Tape(inputs, gates, before_h, before_c, squashed, keep)


def backward(layer: Layer, tape: Tape, d_outputs: Array) -> tuple[Array, Layer]:
    """Back through a sequence (Werbos 1990), truncated at its start.

    Parameters
    ----------
    d_outputs : ndarray, shape (T, B, H)
        Gradient of the loss by the hidden states.

    Returns
    -------
    d_inputs : ndarray, shape (T, B, D)
    gradients : Layer
        Of the shapes of the weights. The tape's gates are overwritten.
    """
    steps, batch, units = d_outputs.shape
    i, f, o, g = (tape.gates[..., k * units : (k + 1) * units] for k in range(4))  # (T, B, H)
    through_cell = o * (1.0 - tape.squashed**2)  # dh/dc
    by_output = tape.squashed * o * (1.0 - o)  # dh/dz_o
    by_input = g * i * (1.0 - i)  # dc/dz_i
    by_forget = tape.before_c * f * (1.0 - f)  # dc/dz_f
    by_candidate = i * (1.0 - g**2)  # dc/dz_g
    keeps = f.copy()
    back = np.ascontiguousarray(layer.hidden.T)  # (4H, H)
    dz = tape.gates  # (T, B, 4H), gates are used up
    dh = np.zeros((batch, units), np.float32)
    dc = np.zeros((batch, units), np.float32)
    work = np.empty((batch, units), np.float32)
    for t in range(steps - 1, -1, -1):
        dh += d_outputs[t]
        np.multiply(dh, through_cell[t], out=work)
        dc += work
        row = dz[t]  # (B, 4H)
        np.multiply(dc, by_input[t], out=row[:, :units])
        np.multiply(dc, by_forget[t], out=row[:, units : 2 * units])
        np.multiply(dh, by_output[t], out=row[:, 2 * units : 3 * units])
        np.multiply(dc, by_candidate[t], out=row[:, 3 * units :])
        dc *= keeps[t]
        np.matmul(row, back, out=dh)  # (B, 4H) -> (B, H)
        if tape.keep is not None:
            dh *= tape.keep[t]
            dc *= tape.keep[t]
    flat = dz.reshape(steps * batch, 4 * units)
    d_inputs = (flat @ layer.input.T).reshape(tape.inputs.shape)
    gradients = Layer(
        tape.inputs.reshape(steps * batch, -1).T @ flat,  # (D, 4H)
        tape.before_h.reshape(steps * batch, units).T @ flat,  # (H, 4H)
        flat.sum(axis=0),
    )
    return d_inputs, gradients
