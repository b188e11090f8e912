"""One live step of a network, in place.

The equations are those of `rnn.model.lstm`. The first layer's projection of each input row is
computed once and looked up. In the other layers input and hidden state are adjacent in one row, and
a step is one product of that row with all the weights.

Shapes: B sequences, F active input rows, D inputs of a layer, E embedding, H units, V tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy import add, multiply, tanh
from numpy.typing import NDArray

from rnn.model.arrays import Array, aligned_empty
from rnn.model.gemm import gate_scales
from rnn.model.lstm import HALF, LstmLayer
from rnn.model.state import LayerStepBuffers, NetworkState


@dataclass(slots=True)
class InferenceLayer:
    """Weights of one layer laid out for live steps: scaled by `gate_scales`, input above hidden."""

    weights: Array  # (D + H, 4H), aligned to a cache line
    bias: Array  # (1, 4H)

    @classmethod
    def from_layer(cls, layer: LstmLayer) -> InferenceLayer:
        """A scaled copy of a layer's weights."""
        scale = gate_scales(layer.units).astype(layer.hidden.dtype)
        width, units = len(layer.input), layer.units
        weights = aligned_empty((width + units, 4 * units), scale.dtype)
        multiply(layer.input, scale, out=weights[:width])
        multiply(layer.hidden, scale, out=weights[width:])
        return cls(weights, (layer.bias * scale)[None])


def step_layer(
    layer: InferenceLayer, buffers: LayerStepBuffers, projection: Array | None = None
) -> None:
    """Advance `buffers.h` and `buffers.c` by one step.

    A `projection` of the input, (B, 4H), scaled as the weights, replaces the bias.
    """
    if buffers.below is not None:
        np.concatenate((buffers.below, buffers.h), axis=1, out=buffers.joint)
    gates, sigmoids, h, c = buffers.gates, buffers.sigmoids, buffers.h, buffers.c
    scratch = buffers.scratch
    i, f, o, g = buffers.gate_views  # (B, H) each
    buffers.joint.dot(layer.weights, gates)  # (B, D + H) -> (B, 4H); one row: BLAS's gemv
    add(gates, layer.bias if projection is None else projection, gates)
    tanh(gates, gates)
    multiply(sigmoids, HALF, sigmoids)
    add(sigmoids, HALF, sigmoids)
    multiply(i, g, scratch)
    multiply(c, f, c)
    add(c, scratch, c)
    tanh(c, h)
    multiply(h, o, h)


@dataclass(frozen=True, slots=True)
class InferenceNetwork:
    """Weights of a network laid out for live steps."""

    input_table: Array  # (inputs, 4H), projection of each input row, with the bias
    layers: list[InferenceLayer]  # the first without inputs (D = 0): they are in the table
    readout: Array  # (H, V)
    bias: Array  # (1, V)
    sums_layers: bool = False  # whether the readout reads all layers

    @classmethod
    def from_parameters(
        cls, parameters: Mapping[str, Array], layers: Sequence[LstmLayer], sums_layers: bool = False
    ) -> InferenceNetwork:
        """Scaled copies of `Network.layers`; the readout of `Network.parameters` is shared."""
        first, *others = layers
        table = parameters["embedding"] @ first.input  # (inputs, E) (E, 4H) -> (inputs, 4H)
        table = (table + first.bias) * gate_scales(first.units).astype(table.dtype)
        recurrent = LstmLayer(first.input[:0], first.hidden, first.bias)
        own = [InferenceLayer.from_layer(layer) for layer in (recurrent, *others)]
        readout, bias = parameters["readout.weight"], parameters["readout.bias"][None]
        return cls(table, own, readout, bias, sums_layers)

    def step(
        self,
        features: NDArray[np.int32],
        state: NetworkState,
        intervene: Callable[[int, Array], None] | None = None,
    ) -> Array:
        """One step; see `Network.step`."""
        projection = self._first_layer_projection(features)
        for k, (layer, buffers) in enumerate(zip(self.layers, state.step_buffers, strict=True)):
            step_layer(layer, buffers, None if k else projection)
            if intervene is not None:
                intervene(k, buffers.h)
        read = add.reduce(state.h, axis=0) if self.sums_layers else buffers.h
        logits = read.dot(self.readout)  # (B, H) (H, V) -> (B, V)
        return add(logits, self.bias, logits)

    def _first_layer_projection(self, features: NDArray[np.int32]) -> Array:
        """Projection of the active rows, (B, F), and the bias of the first layer: (B, 4H)."""
        batch, active = features.shape
        if batch == active == 1:
            return self.input_table[features[0, 0]][None]  # a view: nothing is copied
        rows = self.input_table.take(features, axis=0)  # (B, F, 4H)
        if active == 1:
            return rows[:, 0]
        projection = add.reduce(rows, axis=1)
        projection -= (active - 1) * self.layers[0].bias  # each row includes the bias
        return projection
