"""One LSTM layer in numpy: forward over a sequence, backward through it, and one live step.

The cell is that of Hochreiter & Schmidhuber (1997) with the forget gate of Gers et al. (2000):

    i, f, o = sigmoid(Wx x + Wh h + b)      g = tanh(Wx x + Wh h + b)
    c' = f c + i g                          h' = o tanh(c')

The columns of the weights are input, forget, output, candidate, H each: the three sigmoids lie side
by side, so each elementwise pass does all of them. A sigmoid is computed as (1 + tanh(z / 2)) / 2,
which numpy does in vector instructions; the halving is done to the weights.

Shapes: T steps, B sequences side by side, D inputs, H units. Inside a sequence the gates of a step
are four blocks, (4, B, H), each one unbroken stretch of memory small enough for the cache. Nothing
is allocated in the loops; a tape is used again from batch to batch. Matrices the loops multiply by
are first cut into blocks of columns: see `Blocks`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[np.float32]
HALF = np.array(0.5, np.float32)
LINE = 64
"""Bytes in a cache line."""
SMALL = 1_000_000
"""Multiplications up to which OpenBLAS takes a product as it lies, unpacked, where it can."""


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

    gates: Array  # (T, 4, B, H): what comes in from below, then the gates after their squashing
    hidden: Array  # (T + 1, B, H + 1), [t] is what step t starts from; the last column is 1
    cells: Array  # (T + 1, B, H)
    squashed: Array  # (T, B, H), tanh of the new cell
    dz: Array  # (T, B, 4H), gradient by the gates before their squashing. Layers may share it
    fresh: list[NDArray[np.intp]]  # T times the lanes whose sequence begins anew

    @classmethod
    def blank(cls, steps: int, batch: int, units: int, dtype: DTypeLike = np.float32) -> Tape:
        """A tape nothing is written on.

        Parameters
        ----------
        steps, batch, units : int
            T, B, H.
        """
        room = (
            np.empty((steps, 4, batch, units), dtype),
            np.ones((steps + 1, batch, units + 1), dtype),
            np.empty((steps + 1, batch, units), dtype),
            np.empty((steps, batch, units), dtype),
            np.empty((steps, batch, 4 * units), dtype),
        )
        return cls(*room, [])

    @property
    def outputs(self) -> Array:
        """Hidden states after each step, shape (T, B, H)."""
        return self.hidden[1:, :, :-1]


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


@dataclass(frozen=True, slots=True)
class Blocks:
    """Matrices to multiply many rows by, cut so that OpenBLAS need not pack them each time anew.

    OpenBLAS first packs what it multiplies into an order of its own. On processors with AVX-512 it
    leaves that out for products of at most a million multiplications, which for the few rows of a
    step is a quarter faster. So matrices are cut into blocks of 64 columns (four vectors), and the
    rows multiplied by them into groups few enough; elsewhere this costs little.

    Parameters
    ----------
    cut : ndarray, shape (G, 1, N / n, K, n)
        G matrices of K by N.
    rows : int
        Of a group, r.
    """

    cut: Array
    rows: int

    @classmethod
    def of(cls, matrices: Array, batch: int) -> Blocks:
        """Cut matrices, (G, K, N), for rows that come `batch` at a time."""
        groups, deep, columns = matrices.shape
        width = next((n for n in (64, 32, 16) if columns % n == 0), columns)
        few = [r for r in range(4, batch + 1) if batch % r == 0 and r * deep * width <= SMALL]
        blocks = matrices.reshape(groups, 1, deep, columns // width, width).swapaxes(2, 3)
        return cls(np.ascontiguousarray(blocks), max(few, default=batch))

    @classmethod
    def by_gate(cls, matrix: Array, batch: int) -> Blocks:
        """Cut a matrix, (K, 4H), into those of the gates, (4, K, H), halved as the gates are."""
        halved = matrix * halves(matrix.shape[1] // 4).astype(matrix.dtype)
        return cls.of(halved.reshape(len(matrix), 4, -1).swapaxes(0, 1), batch)

    def left(self, rows: Array) -> Array:
        """A view of what is to be multiplied: (..., B, K) -> (..., 1, B / r, 1, r, K)."""
        *more, batch, deep = rows.shape
        return rows.reshape(*more, 1, batch // self.rows, 1, self.rows, deep)

    def into(self, products: Array) -> Array:
        """A view of where products go: (..., G, B, N) -> (..., G, B / r, N / n, r, n)."""
        *more, batch, columns = products.shape
        width = self.cut.shape[-1]
        cut = products.reshape(*more, batch // self.rows, self.rows, columns // width, width)
        return cut.swapaxes(-3, -2)

    def multiply(self, rows: Array, products: Array) -> None:
        """All rows by all matrices: (..., B, K) -> (..., G, B, N)."""
        np.matmul(self.left(rows), self.cut, out=self.into(products))


def forward(
    layer: Layer,
    inputs: Array,
    h: Array,
    c: Array,
    fresh: NDArray[np.bool_] | None = None,
    tape: Tape | None = None,
) -> Tape:
    """Run over a sequence: `take_in` the inputs, then `run`.

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
    tape = Tape.blank(steps, batch, layer.units, layer.hidden.dtype) if tape is None else tape
    take_in(layer, inputs, tape)
    run(layer, tape, h, c, fresh)
    return tape


def take_in(layer: Layer, inputs: Array, tape: Tape) -> None:
    """Put what inputs, (T, B, D), give the gates on the tape."""
    blocks = Blocks.by_gate(layer.input, inputs.shape[1])
    blocks.multiply(inputs, tape.gates)  # (T, B, D) (D, 4H) -> (T, 4, B, H)


def look_up(layer: Layer, embedding: Array, tokens: NDArray[np.int32], tape: Tape) -> None:
    """Put what one embedded token a step gives the gates on the tape.

    There are few tokens and many steps: what each token gives is worked out once.

    Parameters
    ----------
    embedding : ndarray, shape (V, D)
    tokens : ndarray of int, shape (T, B)
    """
    table = (embedding @ layer.input) * halves(layer.units).astype(embedding.dtype)  # (V, 4H)
    table = table.reshape(len(table), 4, -1).swapaxes(0, 1).copy()  # (4, V, H)
    for named, gates in zip(tokens, tape.gates, strict=True):
        np.take(table, named, axis=1, out=gates, mode="clip")  # (4, B, H)


def run(
    layer: Layer, tape: Tape, h: Array, c: Array, fresh: NDArray[np.bool_] | None = None
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
    tape.fresh = [] if fresh is None or not fresh.any() else [np.flatnonzero(row) for row in fresh]
    tape.hidden[0, :, :-1], tape.cells[0] = h, c

    joint = np.concatenate([layer.hidden, layer.bias[None]])  # (H + 1, 4H): h, and 1
    blocks = Blocks.by_gate(joint, batch)
    by_state, work = np.empty((4, batch, units), dtype), np.empty((batch, units), dtype)
    product = blocks.into(by_state)
    for t, z in enumerate(tape.gates):
        start, cell, new_cell = tape.hidden[t], tape.cells[t], tape.cells[t + 1]
        if tape.fresh and len(tape.fresh[t]):
            start = start.copy()
            start[tape.fresh[t], :-1] = 0.0
            cell[tape.fresh[t]] = 0.0
        np.matmul(blocks.left(start), blocks.cut, out=product)  # (B, H + 1) -> (4, B, H)
        np.add(z, by_state, out=z)
        np.tanh(z, out=z)
        sigmoids = z[:3]
        np.multiply(sigmoids, HALF, out=sigmoids)
        np.add(sigmoids, HALF, out=sigmoids)
        i, f, o, g = z  # (B, H) each
        np.multiply(f, cell, out=new_cell)
        np.multiply(i, g, out=work)
        np.add(new_cell, work, out=new_cell)
        np.tanh(new_cell, out=tape.squashed[t])
        np.multiply(o, tape.squashed[t], out=tape.hidden[t + 1, :, :-1])


@dataclass(slots=True)
class Gradients:
    """Gradients of a loss by the weights of a layer.

    Parameters
    ----------
    input : ndarray, shape (D, 4H)
    joint : ndarray, shape (H + 1, 4H)
        `hidden` above `bias`: one product gives both.
    """

    input: Array
    joint: Array

    @classmethod
    def blank(cls, layer: Layer) -> Gradients:
        """Room for those of a layer."""
        units, dtype = layer.units, layer.hidden.dtype
        return cls(np.empty_like(layer.input), np.empty((units + 1, 4 * units), dtype))

    @property
    def hidden(self) -> Array:
        """Shape (H, 4H)."""
        return self.joint[:-1]

    @property
    def bias(self) -> Array:
        """Shape (4H,)."""
        return self.joint[-1]


def backward(
    layer: Layer, inputs: Array, tape: Tape, d_outputs: Array, gradients: Gradients | None = None
) -> tuple[Array, Gradients]:
    """Back through a sequence (Werbos 1990), truncated at its start: `run_back`, `take_in_back`.

    Parameters
    ----------
    inputs : ndarray, shape (T, B, D)
        Those of the way forward.
    d_outputs : ndarray, shape (T, B, H)
        Gradient of the loss by the hidden states.
    gradients : Gradients, optional
        To write to; new ones if not given.

    Returns
    -------
    d_inputs : ndarray, shape (T, B, D)
    gradients : Gradients
    """
    gradients = Gradients.blank(layer) if gradients is None else gradients
    run_back(layer, tape, d_outputs, gradients)
    d_inputs = np.empty(inputs.shape, layer.input.dtype)
    take_in_back(layer, inputs, tape, gradients, d_inputs)
    return d_inputs, gradients


def run_back(layer: Layer, tape: Tape, d_outputs: Array, gradients: Gradients) -> None:
    """Back through the steps: `tape.dz` and the gradients by hidden weights and bias.

    Parameters
    ----------
    d_outputs : ndarray, shape (T, B, H)
        Used up; and the tape's hidden states are no longer whole.
    """
    steps, batch, units = d_outputs.shape
    dtype = layer.hidden.dtype
    blocks = Blocks.of(layer.hidden.T[None], batch)  # (4H, H)
    slope, part = np.empty((2, 3, batch, units), dtype)  # scratch, of the sigmoids
    of_i, of_f, of_o = part  # (B, H) each
    dh, dc, by_gate = np.zeros((3, batch, units), dtype)
    product = blocks.into(dh[None])
    dz_by_gate = tape.dz.reshape(steps, batch, 4, units).swapaxes(1, 2)  # (T, 4, B, H)
    for t in range(steps - 1, -1, -1):
        z, squashed, dz = tape.gates[t], tape.squashed[t], dz_by_gate[t]
        i, _, o, g = z  # (B, H) each
        np.add(dh, d_outputs[t], out=dh)
        np.subtract(1.0, z[:3], out=slope)  # 1 - i, 1 - f, 1 - o

        np.multiply(dh, o, out=by_gate)  # h = o s:  dc += dh o (1 - s s),  dz_o = dh s o (1 - o)
        np.multiply(by_gate, squashed, out=of_o)
        np.add(dc, by_gate, out=dc)
        np.multiply(of_o, squashed, out=by_gate)
        np.subtract(dc, by_gate, out=dc)

        np.multiply(dc, i, out=by_gate)  # c = f c + i g:  dz_i = dc g i (1 - i)
        np.multiply(by_gate, g, out=of_i)
        np.multiply(of_i, g, out=of_f)
        np.subtract(by_gate, of_f, out=dz[3])  # dc i (1 - g g)
        np.multiply(dc, z[1], out=dc)
        np.multiply(dc, tape.cells[t], out=of_f)  # dz_f = dc c f (1 - f)
        np.multiply(part, slope, out=dz[:3])

        np.matmul(blocks.left(tape.dz[t]), blocks.cut, out=product)  # (B, 4H) -> (B, H)
        if tape.fresh and len(tape.fresh[t]):
            dh[tape.fresh[t]] = 0.0
            dc[tape.fresh[t]] = 0.0
    for t, lanes in enumerate(tape.fresh):
        if len(lanes):
            tape.hidden[t, lanes, :-1] = 0.0  # what the step did start from
    starts = tape.hidden[:-1].reshape(steps * batch, units + 1)
    flat = tape.dz.reshape(steps * batch, 4 * units)
    np.matmul(starts.T, flat, out=gradients.joint)  # (H + 1, T * B) (T * B, 4H)


def take_in_back(
    layer: Layer, inputs: Array, tape: Tape, gradients: Gradients, d_inputs: Array
) -> None:
    """Back through `take_in`: the gradients by input weights and inputs, (T, B, D)."""
    width, columns = layer.input.shape
    flat = tape.dz.reshape(-1, columns)  # (T * B, 4H)
    np.matmul(inputs.reshape(-1, width).T, flat, out=gradients.input)  # (D, T * B) (T * B, 4H)
    blocks = Blocks.of(layer.input.T[None], inputs.shape[1])
    blocks.multiply(tape.dz, d_inputs[:, None])  # (T, B, 4H) (4H, D) -> (T, 1, B, D)


def look_up_back(
    layer: Layer,
    embedding: Array,
    tokens: NDArray[np.int32],
    tape: Tape,
    gradients: Gradients,
    d_embedding: Array,
) -> None:
    """Back through `look_up`: the gradients by input weights and embedding, (V, D)."""
    columns = layer.input.shape[1]
    flat = tape.dz.reshape(-1, columns)  # (T * B, 4H)
    order = np.argsort(tokens, axis=None, kind="stable")
    ends = np.cumsum(np.bincount(tokens.reshape(-1), minlength=len(embedding)))
    d_table = np.empty((len(embedding), columns), flat.dtype)  # (V, 4H)
    for token, places in enumerate(np.split(order, ends[:-1])):
        np.add.reduce(flat[places], axis=0, out=d_table[token])
    np.matmul(embedding.T, d_table, out=gradients.input)  # (D, V) (V, 4H)
    np.matmul(d_table, layer.input.T, out=d_embedding)  # (V, 4H) (4H, D)


def aligned(shape: tuple[int, ...], dtype: DTypeLike) -> Array:
    """Room that begins at a cache line: what a live step reads but once a step is read faster."""
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    room = np.empty(size + LINE, np.uint8)
    start = -room.ctypes.data % LINE
    return room[start : start + size].view(dtype).reshape(shape)


@dataclass(slots=True)
class LiveLayer:
    """Weights of one layer as a live step takes them: halved, input above hidden.

    Parameters
    ----------
    weights : ndarray, shape (D + H, 4H)
        Beginning at a cache line.
    bias : ndarray, shape (1, 4H)
    """

    weights: Array
    bias: Array

    @classmethod
    def of(cls, layer: Layer) -> LiveLayer:
        """A copy of a layer's weights, made ready."""
        scale = halves(layer.units).astype(layer.hidden.dtype)
        width, units = len(layer.input), layer.units
        weights = aligned((width + units, 4 * units), scale.dtype)
        np.multiply(layer.input, scale, out=weights[:width])
        np.multiply(layer.hidden, scale, out=weights[width:])
        return cls(weights, (layer.bias * scale)[None])


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
