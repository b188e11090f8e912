"""Buffers: the activations a forward pass stores for the backward pass.

Shapes: T steps, B sequences, F active input rows a step, D inputs of a layer, E embedding, H units,
V tokens.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray

from rnn.model.arrays import Array
from rnn.model.sizes import NetworkSizes


@dataclass(slots=True)
class LayerBuffers:
    """Activations the forward pass of a layer stores for its backward pass.

    Parameters
    ----------
    gates : ndarray of float32, shape (T, 4, B, H)
        The input projection, then the gate activations.
    hidden, cells : ndarray of float32, shape (T + 1, B, H)
        Entry t is the state before step t.
    tanh_cells : ndarray of float32, shape (T, B, H)
        Tanh of the cell after each step.
    dz : ndarray of float32, shape (T, B, 4H)
        Gradient of the gates' pre-activations; layers may share it.
    reset_sequences : list of ndarray of intp
        Sequences that restart at each step; empty for none at all.
    """

    gates: Array
    hidden: Array
    cells: Array
    tanh_cells: Array
    dz: Array
    reset_sequences: list[NDArray[np.intp]]

    @classmethod
    def allocate(
        cls, steps: int, batch: int, units: int, dtype: DTypeLike = np.float32
    ) -> LayerBuffers:
        """Uninitialised buffers of T `steps`, B sequences (`batch`) and H `units`."""
        before, after = (steps + 1, batch, units), (steps, batch, units)
        shapes = (steps, 4, batch, units), before, before, after, (steps, batch, 4 * units)
        return cls(*(np.empty(shape, dtype) for shape in shapes), [])

    @property
    def outputs(self) -> Array:
        """Hidden states after each step, shape (T, B, H)."""
        return self.hidden[1:]


@dataclass(slots=True)
class NetworkBuffers:
    """Activations `Network.forward` stores for `Network.backward`, reused for the same shape."""

    features: NDArray[np.int32]  # (T, B, F), the active input rows
    embedded: Array  # (T, B, E), their sums; then the gradient of these
    layers: list[LayerBuffers]
    layer_inputs: list[Array]  # (T, B, D), one for each layer and the readout
    dropout_masks: list[Array]  # (T, B, D), one for each layer and the readout
    dropout_outputs: list[Array]  # (T, B, D), masked inputs of each layer and the readout
    logits: Array  # (T, B, V)
    d_outputs: Array  # (T, B, H)
    dropout_share: float = 0.0  # share of the numbers set to 0
    uses_token_table: bool = False  # whether layer 0 used `lstm.project_tokens`

    @classmethod
    def allocate(
        cls, sizes: NetworkSizes, steps: int, batch: int, dtype: DTypeLike
    ) -> NetworkBuffers:
        """Uninitialised buffers; MemoryError if the system refuses them."""
        try:
            return cls._reserve(sizes, steps, batch, dtype)
        except MemoryError as error:
            raise MemoryError(f"{steps} steps of {batch} sequences: {error}") from error

    def require_memory(self) -> None:
        """Raise MemoryError if the arrays in use exceed the memory of this machine."""
        if self.memory_bytes > physical_memory_bytes():  # the system may promise more
            steps, batch, _ = self.d_outputs.shape
            wanted, there = self.memory_bytes / 1e9, physical_memory_bytes() / 1e9
            raise MemoryError(
                f"{steps} steps of {batch} sequences take {wanted:.0f} GB of memory, "
                f"this machine has {there:.0f}"
            )

    @classmethod
    def _reserve(
        cls, sizes: NetworkSizes, steps: int, batch: int, dtype: DTypeLike
    ) -> NetworkBuffers:
        def empty(width: int) -> Array:
            return np.empty((steps, batch, width), dtype)

        widths = [sizes.embedding] + sizes.layers * [sizes.units]
        layers = [
            LayerBuffers.allocate(steps, batch, sizes.units, dtype) for _ in range(sizes.layers)
        ]
        for layer in layers:
            layer.dz = layers[0].dz
        masks, outputs = ([empty(width) for width in widths] for _ in range(2))
        features, embedded = np.empty((steps, batch, 0), np.int32), empty(sizes.embedding)
        logits, d_outputs = empty(sizes.outputs), empty(sizes.units)
        return cls(features, embedded, layers, [], masks, outputs, logits, d_outputs)

    @property
    def memory_bytes(self) -> int:
        """Memory used; arrays never written to take none."""
        arrays = [self.logits, self.d_outputs, self.layers[0].dz]
        arrays += [] if self.uses_token_table else [self.embedded]
        arrays += [*self.dropout_masks, *self.dropout_outputs] if self.dropout_share else []
        for layer in self.layers:
            arrays += [layer.gates, layer.hidden, layer.cells, layer.tanh_cells]
        return sum(array.nbytes for array in arrays)

    def apply_dropout(self, x: Array, index: int, generator: np.random.Generator | None) -> Array:
        """Dropout of `x`, (T, B, D), the input of layer `index`; the readout comes last.

        The share is rounded to 256ths: one random byte decides on each number.
        """
        if not self.dropout_share:
            return x
        if generator is None:
            raise ValueError("dropout needs a random generator")
        dropped = min(255, round(256 * self.dropout_share))
        factors = np.full(256, 256 / (256 - dropped), x.dtype)
        factors[:dropped] = 0.0
        dice = np.frombuffer(generator.bytes(x.size), np.uint8).reshape(x.shape)
        np.take(factors, dice, out=self.dropout_masks[index], mode="clip")
        return np.multiply(x, self.dropout_masks[index], out=self.dropout_outputs[index])


def physical_memory_bytes() -> float:
    """Memory of this machine in bytes; infinite if the system does not tell."""
    if not hasattr(os, "sysconf"):
        return math.inf
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
