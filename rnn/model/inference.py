"""One live step of a network, in place.

The equations are those of `rnn.model.lstm`. What an input row gives the first layer is worked out
once and looked up. In the other layers input and hidden state lie beside each other in one row, and
a step is one product of that row with all the weights; from 256 units on it takes about as long as
reading those once.

Shapes: B sequences, F active input rows, D inputs of a layer, E embedding, H units, V tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy import add, multiply, tanh
from numpy.typing import NDArray

from rnn.model.aligned_memory import aligned_empty
from rnn.model.gemm import Array, gate_scales
from rnn.model.lstm import HALF, LstmLayer
from rnn.model.state import LayerStepBuffers, NetworkState


@dataclass(slots=True)
class InferenceLayer:
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
    def from_layer(cls, layer: LstmLayer) -> InferenceLayer:
        """A copy of a layer's weights, made ready."""
        scale = gate_scales(layer.units).astype(layer.hidden.dtype)
        width, units = len(layer.input), layer.units
        weights = aligned_empty((width + units, 4 * units), scale.dtype)
        multiply(layer.input, scale, out=weights[:width])
        multiply(layer.hidden, scale, out=weights[width:])
        return cls(weights, (layer.bias * scale)[None])


def step_layer(layer: InferenceLayer, place: LayerStepBuffers, shown: Array | None = None) -> None:
    """One live step of a layer: `place.h` and `place.c` become the new state.

    Parameters
    ----------
    shown : ndarray, shape (B, 4H), optional
        What goes into the gates in place of the bias, halved as the weights are.
    """
    if place.below is not None:
        np.concatenate((place.below, place.h), axis=1, out=place.joint)
    gates, sigmoids, h, c, work = place.gates, place.sigmoids, place.h, place.c, place.scratch
    i, f, o, g = place.gate_views  # (B, H) each
    place.joint.dot(layer.weights, gates)  # (B, D + H) -> (B, 4H); one row: BLAS's gemv
    add(gates, layer.bias if shown is None else shown, gates)  # the last is where it goes
    tanh(gates, gates)
    multiply(sigmoids, HALF, sigmoids)
    add(sigmoids, HALF, sigmoids)
    multiply(i, g, work)
    multiply(c, f, c)
    add(c, work, c)
    tanh(c, h)
    multiply(h, o, h)


@dataclass(frozen=True, slots=True)
class InferenceNetwork:
    """The weights of a network as a live step takes them.

    Parameters
    ----------
    table : ndarray, shape (inputs, 4H)
        What each input row gives the first layer, its bias with it.
    layers : list of InferenceLayer
        The first without inputs: its D is 0.
    readout : ndarray, shape (H, V)
    bias : ndarray, shape (1, V)
    """

    input_table: Array
    layers: list[InferenceLayer]
    readout: Array
    bias: Array

    @classmethod
    def from_parameters(
        cls, parameters: Mapping[str, Array], layers: Sequence[LstmLayer]
    ) -> InferenceNetwork:
        """The weights of `Network.parameters`, and its layers, made ready."""
        first, *others = layers
        table = parameters["embedding"] @ first.input  # (inputs, E) (E, 4H) -> (inputs, 4H)
        table = (table + first.bias) * gate_scales(first.units).astype(table.dtype)
        without = LstmLayer(
            first.input[:0], first.hidden, first.bias
        )  # its inputs are in the table
        own = [InferenceLayer.from_layer(layer) for layer in (without, *others)]
        return cls(table, own, parameters["readout.weight"], parameters["readout.bias"][None])

    def step(
        self,
        features: NDArray[np.int32],
        state: NetworkState,
        hand: Callable[[int, Array], None] | None = None,
    ) -> Array:
        """One step, as `Network.step` has it."""
        shown = self._first_layer_input(features)
        for k, (layer, place) in enumerate(zip(self.layers, state.step_buffers, strict=True)):
            step_layer(layer, place, None if k else shown)
            if hand is not None:
                hand(k, place.h)
        logits = place.h.dot(self.readout)  # (B, H) (H, V) -> (B, V)
        return add(logits, self.bias, logits)

    def _first_layer_input(self, features: NDArray[np.int32]) -> Array:
        """What active rows, (B, F), give the first layer and its bias: (B, 4H)."""
        batch, active = features.shape
        if batch == active == 1:
            return self.input_table[features[0, 0]][None]  # a view: nothing is copied
        rows = self.input_table.take(features, axis=0)  # (B, F, 4H)
        if active == 1:
            return rows[:, 0]
        shown = add.reduce(rows, axis=1)
        shown -= (active - 1) * self.layers[0].bias  # each row brought it
        return shown
