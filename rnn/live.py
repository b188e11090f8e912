"""One live step of an LSTM layer, in place and with nothing allocated.

The equations are those of `rnn.lstm`. Input and hidden state lie beside each other in one row, and
a step is one product of that row with all the weights; from 256 units on it takes about as long as
reading those once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from rnn.blocks import Array, halves
from rnn.lstm import HALF, Layer

LINE = 64
"""Bytes in a cache line."""


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
        What goes into the gates in place of the bias, halved as the weights are.
    """
    if place.below is not None:
        np.concatenate((place.below, place.h), axis=1, out=place.joint)
    gates, sigmoids, h, c, work = place.gates, place.sigmoids, place.h, place.c, place.work
    i, f, o, g = place.cut  # (B, H) each
    np.dot(place.joint, layer.weights, gates)  # (B, D + H) -> (B, 4H); one row: BLAS's gemv
    np.add(gates, layer.bias if shown is None else shown, gates)
    np.tanh(gates, gates)  # the last argument is where it goes
    np.multiply(sigmoids, HALF, sigmoids)
    np.add(sigmoids, HALF, sigmoids)
    np.multiply(i, g, work)
    np.multiply(c, f, c)
    np.add(c, work, c)
    np.tanh(c, h)
    np.multiply(h, o, h)
