"""One LSTM layer in numpy: forward over a sequence, backward through it, and one live step.

The cell is that of Hochreiter & Schmidhuber (1997) with the forget gate of Gers et al. (2000):

    i, f, o = sigmoid(Wx x + Wh h + b)      g = tanh(Wx x + Wh h + b)
    c' = f c + i g                          h' = o tanh(c')

The four are one matrix of 4H columns in the order input, forget, output, candidate: the three
sigmoids lie side by side, so each elementwise pass does all of them. A sigmoid is computed as
(1 + tanh(z / 2)) / 2, which numpy does in vector instructions; the halving is done to the weights.

Shapes: T steps, B sequences side by side, D inputs, H units. Inside a sequence the B numbers of
one unit lie together, (H, B), not the H of one sequence: each gate is then one unbroken stretch of
memory small enough for the cache, and the products with h come in the shape BLAS is quickest at.
Nothing is allocated in the loops; a tape is used again from batch to batch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[np.float32]
HALF = np.float32(0.5)


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
    """What `forward` writes down and `backward` uses up; good for any batch of its shape."""

    inputs: Array  # (D, T, B), as they were given
    products: Array  # (4H, T, B), forward: Wx x; backward: dz. Layers may share it
    gates: Array  # (T, 4H, B), after their squashing
    hidden: Array  # (H + 1, T + 1, B), [:, t] is what step t starts from; the last row is 1
    cells: Array  # (T + 1, H, B)
    squashed: Array  # (T, H, B), tanh of the new cell
    d_inputs: Array  # (D, T, B)
    fresh: list[NDArray[np.intp]]  # T times the lanes whose sequence begins anew

    @classmethod
    def blank(
        cls, steps: int, batch: int, width: int, units: int, dtype: DTypeLike = np.float32
    ) -> Tape:
        """A tape nothing is written on.

        Parameters
        ----------
        steps, batch, width, units : int
            T, B, D, H.
        """
        room = (
            np.empty((width, steps, batch), dtype),
            np.empty((4 * units, steps, batch), dtype),
            np.empty((steps, 4 * units, batch), dtype),
            np.ones((units + 1, steps + 1, batch), dtype),
            np.empty((steps + 1, units, batch), dtype),
            np.empty((steps, units, batch), dtype),
            np.empty((width, steps, batch), dtype),
        )
        return cls(*room, [])

    @property
    def outputs(self) -> Array:
        """Hidden states after each step, shape (H, T, B)."""
        return self.hidden[:-1, 1:]


def initial_layer(inputs: int, units: int, generator: np.random.Generator) -> Layer:
    """Random weights: Glorot inputs, orthogonal recurrence, forget bias 1 (Jozefowicz 2015)."""
    limit = np.sqrt(6.0 / (inputs + units))
    weights = generator.uniform(-limit, limit, (inputs, 4 * units)).astype(np.float32)
    blocks = [np.linalg.qr(generator.normal(size=(units, units)))[0] for _ in range(4)]
    bias = np.zeros(4 * units, np.float32)
    bias[units : 2 * units] = 1.0
    return Layer(weights, np.concatenate(blocks, axis=1).astype(np.float32), bias)


def halves(units: int) -> Array:
    """What the columns of the weights are multiplied by so that tanh serves all gates: (4H,)."""
    return np.repeat(np.array([0.5, 0.5, 0.5, 1.0], np.float32), units)


def forward(
    layer: Layer,
    inputs: Array,
    h: Array,
    c: Array,
    fresh: NDArray[np.bool_] | None = None,
    tape: Tape | None = None,
) -> Tape:
    """Run over a sequence.

    Parameters
    ----------
    inputs : ndarray, shape (D, T, B)
    h, c : ndarray, shape (B, H)
        State before the first step; not changed.
    fresh : ndarray of bool, shape (T, B), optional
        Where a sequence begins anew at that step and its state is forgotten.
    tape : Tape, optional
        To write on; a new one if not given.

    Returns
    -------
    tape : Tape
        `outputs` are the hidden states, (H, T, B), `cells[-1]` the last cell, (H, B).
    """
    width, steps, batch = inputs.shape
    units = layer.units
    dtype = layer.hidden.dtype
    tape = Tape.blank(steps, batch, width, units, dtype) if tape is None else tape
    tape.inputs = inputs
    tape.fresh = [] if fresh is None or not fresh.any() else [np.flatnonzero(row) for row in fresh]

    scale = halves(units).astype(dtype)[:, None]  # (4H, 1)
    by_input = scale * layer.input.T  # (4H, D)
    by_state = np.empty((4 * units, units + 1), dtype)
    np.multiply(scale, layer.hidden.T, out=by_state[:, :units])
    np.multiply(scale[:, 0], layer.bias, out=by_state[:, units])  # meets the row of ones

    flat = tape.products.reshape(4 * units, steps * batch)
    np.matmul(by_input, inputs.reshape(width, steps * batch), out=flat)  # (4H, T * B)
    hidden, cells = tape.hidden, tape.cells
    hidden[:units, 0], cells[0] = h.T, c.T
    work = np.empty((units, batch), dtype)
    for t in range(steps):
        start = hidden[:, t]  # (H + 1, B)
        if tape.fresh and len(tape.fresh[t]):
            start = start.copy()
            start[:units, tape.fresh[t]] = 0.0
            cells[t][:, tape.fresh[t]] = 0.0
        z = tape.gates[t]  # (4H, B)
        np.matmul(by_state, start, out=z)  # (4H, H + 1) (H + 1, B) -> (4H, B)
        z += tape.products[:, t]
        np.tanh(z, out=z)
        sigmoids = z[: 3 * units]
        sigmoids *= 0.5
        sigmoids += 0.5
        i, f, o, g = z.reshape(4, units, batch)  # (H, B) each
        np.multiply(f, cells[t], out=cells[t + 1])
        np.multiply(i, g, out=work)
        cells[t + 1] += work
        np.tanh(cells[t + 1], out=tape.squashed[t])
        np.multiply(o, tape.squashed[t], out=hidden[:units, t + 1])
    return tape


def backward(
    layer: Layer, tape: Tape, d_outputs: Array, gradients: Layer | None = None
) -> tuple[Array, Layer]:
    """Back through a sequence (Werbos 1990), truncated at its start.

    Parameters
    ----------
    d_outputs : ndarray, shape (H, T, B)
        Gradient of the loss by the hidden states.
    gradients : Layer, optional
        To write to; a new one if not given.

    Returns
    -------
    d_inputs : ndarray, shape (D, T, B)
        Belongs to the tape.
    gradients : Layer
        Of the shapes of the weights. The tape's hidden states are no longer whole.
    """
    units, steps, batch = d_outputs.shape
    dtype = layer.hidden.dtype
    dz = np.empty((4 * units, batch), dtype)
    dz_i, dz_f, dz_o, dz_g = dz.reshape(4, units, batch)  # (H, B) each
    dh, dc = np.zeros((2, units, batch), dtype)
    by_gate, twice = np.empty((2, units, batch), dtype)  # scratch
    for t in range(steps - 1, -1, -1):
        i, f, o, g = tape.gates[t].reshape(4, units, batch)
        squashed = tape.squashed[t]  # (H, B)
        dh += d_outputs[:, t]
        np.subtract(1.0, tape.gates[t][: 3 * units], out=dz[: 3 * units])  # 1 - i, 1 - f, 1 - o

        np.multiply(dh, o, out=by_gate)  # h = o s:  dc += dh o (1 - s s),  dz_o = dh s o (1 - o)
        np.multiply(by_gate, squashed, out=twice)
        dz_o *= twice
        dc += by_gate
        twice *= squashed
        dc -= twice

        np.multiply(dc, i, out=by_gate)  # c = f c + i g:  dz_i = dc g i (1 - i)
        np.multiply(by_gate, g, out=twice)
        dz_i *= twice
        twice *= g
        np.subtract(by_gate, twice, out=dz_g)  # dc i (1 - g g)
        dc *= f
        np.multiply(dc, tape.cells[t], out=twice)
        dz_f *= twice  # dc c f (1 - f)

        np.matmul(layer.hidden, dz, out=dh)  # (H, 4H) (4H, B) -> (H, B)
        tape.products[:, t] = dz
        if tape.fresh and len(tape.fresh[t]):
            dh[:, tape.fresh[t]] = 0.0
            dc[:, tape.fresh[t]] = 0.0
    for t, lanes in enumerate(tape.fresh):
        if len(lanes):
            tape.hidden[:units, t, lanes] = 0.0  # what the step did start from

    if gradients is None:
        gradients = blank_gradients(layer)
    flat = tape.products.reshape(4 * units, steps * batch)
    inputs = tape.inputs.reshape(-1, steps * batch)  # (D, T * B)
    starts = tape.hidden[:units, :-1].reshape(units, steps * batch)
    np.matmul(inputs, flat.T, out=gradients.input)  # (D, T * B) (T * B, 4H) -> (D, 4H)
    np.matmul(starts, flat.T, out=gradients.hidden)  # (H, T * B) (T * B, 4H) -> (H, 4H)
    np.sum(flat, axis=1, out=gradients.bias)
    np.matmul(layer.input, flat, out=tape.d_inputs.reshape(-1, steps * batch))  # (D, T * B)
    return tape.d_inputs, gradients


def blank_gradients(layer: Layer) -> Layer:
    """Room for the gradients of a layer."""
    return Layer(*(np.empty_like(part) for part in (layer.input, layer.hidden, layer.bias)))


@dataclass(slots=True)
class LiveLayer:
    """Weights of one layer as a live step takes them: halved, input above hidden.

    Parameters
    ----------
    weights : ndarray, shape (D + H, 4H)
    bias : ndarray, shape (4H,)
    """

    weights: Array
    bias: Array

    @classmethod
    def of(cls, layer: Layer) -> LiveLayer:
        """A copy of a layer's weights, made ready."""
        scale = halves(layer.units).astype(layer.hidden.dtype)
        return cls(np.concatenate([layer.input, layer.hidden]) * scale, layer.bias * scale)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a layer's live steps happen: views of a state, cut once, and scratch."""

    below: Array | None  # (B, D), to be copied beside h; None where `joint` is a view of both
    joint: Array  # (B, D + H), input and hidden state beside each other
    h: Array  # (B, H)
    c: Array  # (B, H)
    gates: Array  # (B, 4H)
    sigmoids: Array  # (B, 3H), those of the gates that are
    cut: tuple[Array, ...]  # i, f, o, g: (B, H) each
    work: Array  # (B, H)

    @classmethod
    def of(cls, below: Array | None, joint: Array, h: Array, c: Array, gates: Array) -> Place:
        """Cut the views; the arrays are those of the fields of the same names."""
        units = h.shape[1]
        cut = tuple(gates[:, k * units : (k + 1) * units] for k in range(4))
        return cls(below, joint, h, c, gates, gates[:, : 3 * units], cut, np.empty_like(h))


def step(layer: LiveLayer, place: Place, shown: Array | None = None) -> None:
    """One live step, in place: `place.h` and `place.c` become the new state.

    Parameters
    ----------
    shown : ndarray, shape (B, 4H), optional
        What else goes into the gates, halved as the weights are.
    """
    if place.below is not None:
        np.concatenate((place.below, place.h), axis=1, out=place.joint)
    gates = place.gates
    np.dot(place.joint, layer.weights, out=gates)  # (B, D + H) -> (B, 4H); one row: BLAS's gemv
    np.add(gates, layer.bias, out=gates)
    if shown is not None:
        np.add(gates, shown, out=gates)
    np.tanh(gates, out=gates)
    np.multiply(place.sigmoids, HALF, out=place.sigmoids)
    np.add(place.sigmoids, HALF, out=place.sigmoids)
    i, f, o, g = place.cut  # (B, H) each
    np.multiply(i, g, out=place.work)
    np.multiply(place.c, f, out=place.c)
    np.add(place.c, place.work, out=place.c)
    np.tanh(place.c, out=place.h)
    np.multiply(place.h, o, out=place.h)
