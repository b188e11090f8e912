"""The whole network: inputs looked up, LSTM layers one on another, logits over the next token.

Shapes: T steps, B sequences, F active input rows a step, D inputs of a layer, E embedding, H units,
V tokens.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rnn.model import lstm
from rnn.model.activation_buffers import NetworkBuffers
from rnn.model.inference import InferenceNetwork
from rnn.model.lstm import Array, LstmLayer
from rnn.model.sizes import NetworkSizes, parameter_shapes
from rnn.model.state import NetworkState


class Network:
    """Weights and what is done with them.

    Parameters
    ----------
    sizes : Sizes
    parameters : dict of str to ndarray
        ``embedding`` (inputs, E), ``lstm0.input`` (E, 4H), ``lstm0.hidden`` (H, 4H),
        ``lstm0.bias`` (4H,) and so on for each layer, ``readout.weight`` (H, V),
        ``readout.bias`` (V,); float32. Columns of 4H: input, forget, output, candidate.

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
        """A network that knows nothing."""
        parameters = {
            "embedding": generator.normal(0, 0.1, (sizes.inputs, sizes.embedding)).astype("f4")
        }
        for k in range(sizes.layers):
            width = sizes.units if k else sizes.embedding
            layer = lstm.initial_layer(width, sizes.units, generator)
            parameters |= {
                f"lstm{k}.input": layer.input,
                f"lstm{k}.hidden": layer.hidden,
                f"lstm{k}.bias": layer.bias,
            }
        scale = 1.0 / np.sqrt(sizes.units)
        weight = generator.normal(0, scale, (sizes.units, sizes.outputs)).astype("f4")
        parameters |= {"readout.weight": weight, "readout.bias": np.zeros(sizes.outputs, "f4")}
        return cls(sizes, parameters)

    def initial_state(self, batch: int = 1) -> NetworkState:
        """A state in which nothing is remembered."""
        dtype = self.parameters["embedding"].dtype
        return NetworkState.zeros(self.sizes.layers, batch, self.sizes.units, dtype)

    def step(
        self,
        features: NDArray[np.int32],
        state: NetworkState,
        hand: Callable[[int, Array], None] | None = None,
    ) -> Array:
        """One live step; `state` moves on in place.

        The weights are taken as they were at the first step since they were made or `forward`
        ran, so that training may change them.

        Parameters
        ----------
        features : ndarray of int, shape (B, F)
        hand : callable, optional
            Given each layer's number and new hidden state, shape (B, H), to change in place before
            anything reads it.

        Returns
        -------
        logits : ndarray, shape (B, V)
            Of their own: the next step leaves them alone.
        """
        if self._inference is None:
            self._inference = InferenceNetwork.from_parameters(self.parameters, self.layers)
        return self._inference.step(features, state, hand)

    def forward(
        self,
        features: NDArray[np.int32],
        state: NetworkState,
        fresh: NDArray[np.bool_] | None = None,
        dropout: float = 0.0,
        generator: np.random.Generator | None = None,
    ) -> tuple[Array, NetworkBuffers]:
        """Run over a sequence; `state` moves on in place.

        Parameters
        ----------
        features : ndarray of int, shape (T, B, F)
        fresh : ndarray of bool, shape (T, B), optional
            Where a sequence begins anew.
        dropout : float
            Share of the numbers between layers set to 0 (Zaremba 2014); needs `generator`.

        Returns
        -------
        logits : ndarray, shape (T, B, V)
        tape : Tape

        Raises
        ------
        MemoryError
            If so long a sequence does not fit in memory.
        """
        steps, batch, active = features.shape
        self._inference = None  # weights may have changed
        tape = self._buffers_for(steps, batch)
        tape.features, tape.dropout_share, tape.layer_inputs = features, dropout, []
        tape.uses_token_table = active == 1 and not dropout and self.sizes.inputs <= steps * batch
        for k, (layer, own) in enumerate(zip(self.layers, tape.layers, strict=True)):
            if k == 0 and tape.uses_token_table:
                tape.layer_inputs.append(tape.embedded)  # not written to
                lstm.project_tokens(layer, self.parameters["embedding"], features[..., 0], own)
            else:
                x = tape.layers[k - 1].outputs if k else self._embed(features, tape.embedded)
                tape.layer_inputs.append(tape.apply_dropout(x, k, generator))  # (T, B, D)
                lstm.project_inputs(layer, tape.layer_inputs[k], own)
            lstm.run_recurrence(layer, own, state.h[k], state.c[k], fresh)
            state.h[k], state.c[k] = own.outputs[-1], own.cells[-1]
        tape.layer_inputs.append(tape.apply_dropout(own.outputs, self.sizes.layers, generator))
        top, logits = _as_matrix(tape.layer_inputs[-1]), _as_matrix(tape.logits)
        np.matmul(top, self.parameters["readout.weight"], out=logits)  # (T * B, H) (H, V)
        tape.logits += self.parameters["readout.bias"]
        return tape.logits, tape

    def backward(self, d_logits: Array, tape: NetworkBuffers) -> dict[str, Array]:
        """Gradients of a loss by every parameter; the next backward writes over them.

        Parameters
        ----------
        d_logits : ndarray, shape (T, B, V)
        """
        if self._gradients is None:
            self._gradients = {name: np.empty_like(a) for name, a in self.parameters.items()}
        gradients, layers = self._gradients, _layer_views(self._gradients, self.sizes)
        embedding, weight = self.parameters["embedding"], self.parameters["readout.weight"]
        flat = _as_matrix(d_logits)  # (T * B, V)
        np.matmul(_as_matrix(tape.layer_inputs[-1]).T, flat, out=gradients["readout.weight"])
        np.sum(flat, axis=0, out=gradients["readout.bias"])
        np.matmul(flat, weight.T, out=_as_matrix(tape.d_outputs))  # (T * B, V) (V, H)
        for k in range(self.sizes.layers - 1, -1, -1):
            if tape.dropout_share:
                tape.d_outputs *= tape.dropout_masks[k + 1]
            layer, own = self.layers[k], tape.layers[k]
            lstm.run_recurrence_backward(layer, own, tape.d_outputs, layers[k])
            if k == 0 and tape.uses_token_table:
                tokens, d_embedding = tape.features[..., 0], gradients["embedding"]
                lstm.project_tokens_backward(layer, embedding, tokens, own, layers[0], d_embedding)
                return gradients
            d_inputs = tape.d_outputs if k else tape.embedded  # (T, B, D), free by now
            lstm.project_inputs_backward(layer, tape.layer_inputs[k], own, layers[k], d_inputs)
        if tape.dropout_share:
            tape.embedded *= tape.dropout_masks[0]
        lstm.scatter_add_rows(
            _as_matrix(tape.features), _as_matrix(tape.embedded), gradients["embedding"]
        )
        return gradients

    def _buffers_for(self, steps: int, batch: int) -> NetworkBuffers:
        """The last tape again if it fits."""
        if self._buffers is None or not self._buffers.matches_shape(steps, batch):
            dtype = self.parameters["embedding"].dtype
            self._buffers = NetworkBuffers.allocate(self.sizes, steps, batch, dtype)
        return self._buffers

    def _embed(self, features: NDArray[np.int32], shown: Array) -> Array:
        """The sum of the rows that are active, (T, B, E), in `shown`."""
        embedding = self.parameters["embedding"]
        work = np.empty_like(shown)
        for k in range(features.shape[2]):
            np.take(embedding, features[..., k], axis=0, out=work if k else shown, mode="clip")
            if k:
                np.add(shown, work, out=shown)
        return shown


def _layer_views(arrays: dict[str, Array], sizes: NetworkSizes) -> list[LstmLayer]:
    """Those of some arrays by name that belong to layers."""
    parts = ("input", "hidden", "bias")
    return [LstmLayer(*(arrays[f"lstm{k}.{part}"] for part in parts)) for k in range(sizes.layers)]


def _as_matrix(sequence: Array) -> Array:
    """A view of a sequence, (T, B, D), as one matrix: (T * B, D)."""
    return sequence.reshape(-1, sequence.shape[-1])
