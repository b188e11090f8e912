"""The network: embedding, stacked LSTM layers, and a readout over the next token.

    sum of embedded input rows -> layer 0 -> ... -> layer L - 1 -> readout -> logits

While training, dropout before each layer and the readout (Zaremba et al. 2014).

Shapes: T steps, B sequences, F active input rows a step, D inputs of a layer, E embedding, H units,
V tokens.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rnn.model import lstm
from rnn.model.arrays import Array
from rnn.model.buffers import NetworkBuffers
from rnn.model.inference import InferenceNetwork
from rnn.model.lstm import LstmLayer
from rnn.model.sizes import NetworkSizes, parameter_shapes
from rnn.model.state import NetworkState


class Network:
    """A network: its weights, live steps, and passes over sequences.

    Parameters
    ----------
    sizes : NetworkSizes
    parameters : dict of str to ndarray of float32
        ``embedding`` (inputs, E); for each layer k ``lstm{k}.input`` (D, 4H), ``lstm{k}.hidden``
        (H, 4H) and ``lstm{k}.bias`` (4H,); ``readout.weight`` (H, V), ``readout.bias`` (V,).
        Columns of 4H: input, forget, output, candidate.

    Raises
    ------
    ValueError
        If a parameter is missing, unknown or of another shape.
    """

    def __init__(self, sizes: NetworkSizes, parameters: dict[str, Array]) -> None:
        expected = parameter_shapes(sizes)
        if parameters.keys() != expected.keys():
            odd = sorted(parameters.keys() ^ expected.keys())
            raise ValueError(f"parameters missing or unknown: {', '.join(odd)}")
        for name, shape in expected.items():
            if parameters[name].shape != shape:
                raise ValueError(f"{name} has shape {parameters[name].shape}, not {shape}")
        self.sizes = sizes
        self.parameters = parameters
        self.layers = _layer_views(parameters, sizes)
        self._inference: InferenceNetwork | None = None
        self._buffers: NetworkBuffers | None = None
        self._gradients: dict[str, Array] | None = None

    @classmethod
    def initial(cls, sizes: NetworkSizes, generator: np.random.Generator) -> Network:
        """An untrained network of random weights."""
        parameters = {
            "embedding": generator.normal(0, 0.1, (sizes.inputs, sizes.embedding)).astype("f4")
        }
        for k in range(sizes.layers):
            layer = LstmLayer.initial(sizes.units if k else sizes.embedding, sizes.units, generator)
            parameters |= {f"lstm{k}.{name}": getattr(layer, name) for name in _LAYER_ARRAYS}
        scale = 1.0 / np.sqrt(sizes.units)
        weight = generator.normal(0, scale, (sizes.units, sizes.outputs)).astype("f4")
        parameters |= {"readout.weight": weight, "readout.bias": np.zeros(sizes.outputs, "f4")}
        return cls(sizes, parameters)

    def initial_state(self, batch: int = 1) -> NetworkState:
        """A state of zeros for B sequences (`batch`)."""
        dtype = self.parameters["embedding"].dtype
        return NetworkState.zeros(self.sizes.layers, batch, self.sizes.units, dtype)

    def step(
        self,
        features: NDArray[np.int32],
        state: NetworkState,
        intervene: Callable[[int, Array], None] | None = None,
    ) -> Array:
        """One live step; `state` is advanced in place.

        The weights of the layers are copied at the first step, and at the first one after a
        `forward`. The readout is shared.

        Parameters
        ----------
        features : ndarray of int32, shape (B, F)
            Active input rows.
        state : NetworkState
        intervene : callable, optional
            Called with each layer's index and new hidden state, (B, H), which it may change.

        Returns
        -------
        ndarray of float32, shape (B, V)
            Logits, in a new array.
        """
        if self._inference is None:
            self._inference = InferenceNetwork.from_parameters(
                self.parameters, self.layers, self.sizes.sums_layers
            )
        return self._inference.step(features, state, intervene)

    def forward(
        self,
        features: NDArray[np.int32],
        state: NetworkState,
        fresh: NDArray[np.bool_] | None = None,
        dropout: float = 0.0,
        generator: np.random.Generator | None = None,
    ) -> tuple[Array, NetworkBuffers]:
        """Run over a sequence; `state` is advanced in place.

        Parameters
        ----------
        features : ndarray of int32, shape (T, B, F)
            Active input rows.
        state : NetworkState
        fresh : ndarray of bool, shape (T, B), optional
            True where a sequence restarts from a zero state.
        dropout : float
            Share of each layer's inputs set to 0 (Zaremba et al. 2014).
        generator : numpy.random.Generator, optional
            Needed for dropout.

        Returns
        -------
        logits : ndarray of float32, shape (T, B, V)
        buffers : NetworkBuffers
            For `backward`. The next `forward` of the same shape overwrites both.

        Raises
        ------
        MemoryError, ValueError
            If the sequence is too long for this machine, or dropout lacks a generator.
        """
        steps, batch, active = features.shape
        self._inference = None  # weights may have changed
        buffers = self._buffers
        if buffers is None or buffers.d_outputs.shape[:2] != (steps, batch):
            dtype = self.parameters["embedding"].dtype
            buffers = NetworkBuffers.allocate(self.sizes, steps, batch, dtype)
        buffers.features, buffers.dropout_share, buffers.layer_inputs = features, dropout, []
        buffers.uses_token_table = (
            active == 1 and not dropout and self.sizes.inputs <= steps * batch
        )
        buffers.require_memory()
        self._buffers = buffers
        for k, (layer, own) in enumerate(zip(self.layers, buffers.layers, strict=True)):
            if k == 0 and buffers.uses_token_table:
                buffers.layer_inputs.append(buffers.embedded)  # not written to
                lstm.project_tokens(layer, self.parameters["embedding"], features[..., 0], own)
            else:
                x = buffers.layers[k - 1].outputs if k else self._embed(features, buffers.embedded)
                buffers.layer_inputs.append(buffers.apply_dropout(x, k, generator))  # (T, B, D)
                lstm.project_inputs(layer, buffers.layer_inputs[k], own)
            lstm.run_recurrence(layer, own, state.h[k], state.c[k], fresh)
            state.h[k], state.c[k] = own.outputs[-1], own.cells[-1]
        read = own.outputs
        if self.sizes.sums_layers:
            read = np.sum([layer.outputs for layer in buffers.layers], axis=0)
        top = buffers.apply_dropout(read, self.sizes.layers, generator)  # (T, B, H)
        buffers.layer_inputs.append(top)
        weight, logits = self.parameters["readout.weight"], _as_matrix(buffers.logits)
        np.matmul(_as_matrix(top), weight, out=logits)  # (T * B, H) (H, V) -> (T * B, V)
        buffers.logits += self.parameters["readout.bias"]
        return buffers.logits, buffers

    def backward(
        self,
        d_logits: Array,
        buffers: NetworkBuffers,
        on_ready: Callable[[list[Array]], None] | None = None,
    ) -> dict[str, Array]:
        """Gradients of a loss by all parameters, from that by the logits, (T, B, V).

        It changes the buffers of `forward`. The next `backward` overwrites the gradients.
        `on_ready` takes those of readout, layers from the last to the first, and embedding, each
        as soon as they are complete.
        """
        ready = on_ready or (lambda arrays: None)
        if self._gradients is None:
            self._gradients = {name: np.empty_like(a) for name, a in self.parameters.items()}
        gradients, layers = self._gradients, _layer_views(self._gradients, self.sizes)
        embedding, weight = self.parameters["embedding"], self.parameters["readout.weight"]
        flat, d_outputs = _as_matrix(d_logits), buffers.d_outputs  # (T * B, V), (T, B, H)
        np.matmul(_as_matrix(buffers.layer_inputs[-1]).T, flat, out=gradients["readout.weight"])
        np.sum(flat, axis=0, out=gradients["readout.bias"])
        ready([gradients["readout.weight"], gradients["readout.bias"]])
        np.matmul(flat, weight.T, out=_as_matrix(d_outputs))  # (T * B, V) (V, H) -> (T * B, H)
        d_read = 0.0  # gradient of a layer's outputs by the readout, if it reads all layers
        for k in range(self.sizes.layers - 1, -1, -1):
            if buffers.dropout_share:
                d_outputs *= buffers.dropout_masks[k + 1]
            if self.sizes.sums_layers:
                d_outputs += d_read
                d_read = d_outputs.copy() if k == self.sizes.layers - 1 else d_read
            layer, own = self.layers[k], buffers.layers[k]
            lstm.run_recurrence_backward(layer, own, d_outputs, layers[k])
            if k == 0 and buffers.uses_token_table:
                tokens, d_embedding = buffers.features[..., 0], gradients["embedding"]
                lstm.project_tokens_backward(layer, embedding, tokens, own, layers[0], d_embedding)
                ready([*_arrays_of(layers[0]), d_embedding])
                return gradients
            d_inputs = d_outputs if k else buffers.embedded  # (T, B, D), no longer needed
            lstm.project_inputs_backward(layer, buffers.layer_inputs[k], own, layers[k], d_inputs)
            ready(_arrays_of(layers[k]))
        if buffers.dropout_share:
            buffers.embedded *= buffers.dropout_masks[0]
        indices, rows = _as_matrix(buffers.features), _as_matrix(buffers.embedded)
        lstm.scatter_add_rows(indices, rows, gradients["embedding"])  # (T * B, E) -> (inputs, E)
        ready([gradients["embedding"]])
        return gradients

    def _embed(self, features: NDArray[np.int32], embedded: Array) -> Array:
        """Store the sums of the active rows, (T, B, E), in `embedded`."""
        embedding = self.parameters["embedding"]
        work = np.empty_like(embedded)
        np.take(embedding, features[..., 0], axis=0, out=embedded, mode="clip")
        for k in range(1, features.shape[2]):
            np.take(embedding, features[..., k], axis=0, out=work, mode="clip")
            np.add(embedded, work, out=embedded)
        return embedded


_LAYER_ARRAYS = ("input", "hidden", "bias")


def _layer_views(arrays: dict[str, Array], sizes: NetworkSizes) -> list[LstmLayer]:
    """The arrays of each layer, from arrays by parameter name."""
    return [
        LstmLayer(*(arrays[f"lstm{k}.{name}"] for name in _LAYER_ARRAYS))
        for k in range(sizes.layers)
    ]


def _arrays_of(layer: LstmLayer) -> list[Array]:
    """The arrays of a layer."""
    return [getattr(layer, name) for name in _LAYER_ARRAYS]


def _as_matrix(sequence: Array) -> Array:
    """A view of a sequence, (T, B, D), as one matrix: (T * B, D)."""
    return sequence.reshape(-1, sequence.shape[-1])
