"""Tape: what a network's way forward over a sequence writes down for its way back.

Shapes: T steps, B sequences, F active input rows a step, D inputs of a layer, E embedding, H units,
V tokens.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray

from rnn.model import lstm
from rnn.model.aligned_memory import physical_memory_bytes
from rnn.model.gemm import Array
from rnn.model.sizes import NetworkSizes


@dataclass(slots=True)
class NetworkBuffers:
    """What `Network.forward` writes down for `Network.backward`; the next forward of the same
    shape writes over it."""

    features: NDArray[np.int32]  # (T, B, F), the active input rows, as they were given
    embedded: Array  # (T, B, E), those embedded; then the gradient by it
    layers: list[lstm.LayerBuffers]
    layer_inputs: list[Array]  # what each layer and the readout were given: (T, B, D) each
    dropout_masks: list[
        Array
    ]  # masks multiplied in, (T, B, D), one before each layer and the readout
    dropout_outputs: list[Array]  # what came of it, (T, B, D)
    logits: Array  # (T, B, V)
    d_outputs: Array  # (T, B, H)
    dropout_share: float = 0.0  # of the numbers that were set to 0
    uses_token_table: bool = False  # whether the first layer has the features from a table

    @classmethod
    def allocate(
        cls, sizes: NetworkSizes, steps: int, batch: int, dtype: DTypeLike
    ) -> NetworkBuffers:
        """A tape nothing is written on.

        Raises
        ------
        MemoryError
            If so long a one does not fit in memory.
        """
        try:
            tape = cls._reserve(sizes, steps, batch, dtype)
        except MemoryError as error:
            raise MemoryError(f"{steps} steps of {batch} sequences: {error}") from error
        if tape.memory_bytes > physical_memory_bytes():  # promised by the system, but not there
            wanted, there = tape.memory_bytes / 1e9, physical_memory_bytes() / 1e9
            raise MemoryError(
                f"{steps} steps of {batch} sequences take {wanted:.0f} GB of memory, "
                f"this machine has {there:.0f}"
            )
        return tape

    @classmethod
    def _reserve(
        cls, sizes: NetworkSizes, steps: int, batch: int, dtype: DTypeLike
    ) -> NetworkBuffers:
        widths = [sizes.embedding] + sizes.layers * [sizes.units]
        layers = [
            lstm.LayerBuffers.allocate(steps, batch, sizes.units, dtype)
            for _ in range(sizes.layers)
        ]
        for layer in layers:
            layer.dz = layers[0].dz
        return cls(
            np.empty((steps, batch, 0), np.int32),
            np.empty((steps, batch, sizes.embedding), dtype),
            layers,
            [],
            [np.empty((steps, batch, width), dtype) for width in widths],
            [np.empty((steps, batch, width), dtype) for width in widths],
            np.empty((steps, batch, sizes.outputs), dtype),
            np.empty((steps, batch, sizes.units), dtype),
        )

    def matches_shape(self, steps: int, batch: int) -> bool:
        """Whether a batch of so many steps and sequences can be written on it."""
        return self.d_outputs.shape[:2] == (steps, batch)

    @property
    def memory_bytes(self) -> int:
        """Memory it takes; what is not written to takes none."""
        arrays = [self.logits, self.d_outputs, self.layers[0].dz]
        arrays += [] if self.uses_token_table else [self.embedded]
        arrays += [*self.dropout_masks, *self.dropout_outputs] if self.dropout_share else []
        for layer in self.layers:
            arrays += [layer.gates, layer.hidden, layer.cells, layer.tanh_cells]
        return sum(array.nbytes for array in arrays)

    def apply_dropout(self, x: Array, place: int, generator: np.random.Generator | None) -> Array:
        """Set a share of `x`, (T, B, D), to 0, and keep the mask for the way back.

        In whole 256ths: one random byte decides on each number.

        Parameters
        ----------
        place : int
            Before which layer, counted from 0; the readout is the last.

        Raises
        ------
        ValueError
            If there is something to drop and no generator.
        """
        if not self.dropout_share:
            return x
        if generator is None:
            raise ValueError("dropout needs a random generator")
        out = min(255, round(256 * self.dropout_share))
        kept = np.full(256, 256 / (256 - out), x.dtype)
        kept[:out] = 0.0
        dice = np.frombuffer(generator.bytes(x.size), np.uint8).reshape(x.shape)
        np.take(kept, dice, out=self.dropout_masks[place], mode="clip")
        return np.multiply(x, self.dropout_masks[place], out=self.dropout_outputs[place])
