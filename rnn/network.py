"""The whole network: inputs looked up, LSTM layers one on another, logits over the next token.

Shapes: T steps, B sequences, F active input rows a step, E embedding, H units, V tokens.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnn import lstm
from rnn.lstm import Array, Layer


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large a network is.

    Parameters
    ----------
    inputs : int
        Rows of the input matrix.
    outputs : int
        Tokens, V.
    embedding : int
        E, numbers an active row stands for.
    units : int
        H, cells in a layer.
    layers : int
    """

    inputs: int
    outputs: int
    embedding: int = 128
    units: int = 256
    layers: int = 2

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")


@dataclass(slots=True)
class State:
    """What a network remembers between steps.

    Parameters
    ----------
    h, c : ndarray, shape (layers, B, H)
        Hidden state and cell.
    gates : ndarray, shape (layers, B, 4H)
        Gates of the last live step: input, forget, output, candidate.
    """

    h: Array
    c: Array
    gates: Array

    def copy(self) -> State:
        """An independent copy."""
        return State(self.h.copy(), self.c.copy(), self.gates.copy())

    def lane(self, index: int) -> State:
        """A copy of one sequence's state, B = 1."""
        pick = slice(index, index + 1)
        return State(self.h[:, pick].copy(), self.c[:, pick].copy(), self.gates[:, pick].copy())


@dataclass(slots=True)
class Tape:
    """What `Network.forward` remembers for `Network.backward`."""

    rows: Array  # (T * B, inputs), 1 where an input row is active
    layers: list[lstm.Tape]
    drops: list[Array]  # masks that were multiplied in, one before each layer and the readout
    top: Array  # (T * B, H), what the readout saw


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

    def __init__(self, sizes: Sizes, parameters: dict[str, Array]) -> None:
        expected = parameter_shapes(sizes)
        if parameters.keys() != expected.keys():
            odd = sorted(parameters.keys() ^ expected.keys())
            raise ValueError(f"parameters missing or unknown: {', '.join(odd)}")
        for name, shape in expected.items():
            if parameters[name].shape != shape:
                raise ValueError(f"{name} has shape {parameters[name].shape}, not {shape}")
        self.sizes = sizes
        self.parameters = parameters
        self.layers = [
            Layer(*(parameters[f"lstm{k}.{part}"] for part in ("input", "hidden", "bias")))
            for k in range(sizes.layers)
        ]
        self._work: dict[int, Array] = {}

    @classmethod
    def initial(cls, sizes: Sizes, generator: np.random.Generator) -> Network:
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

    def state(self, batch: int = 1) -> State:
        """A state in which nothing is remembered."""
        shape = (self.sizes.layers, batch, self.sizes.units)
        gates = np.zeros((*shape[:2], 4 * self.sizes.units), np.float32)
        return State(np.zeros(shape, np.float32), np.zeros(shape, np.float32), gates)

    def step(
        self,
        features: NDArray[np.int32],
        state: State,
        hand: Callable[[int, Array], None] | None = None,
    ) -> Array:
        """One live step; `state` moves on in place.

        Parameters
        ----------
        features : ndarray of int, shape (B, F)
        hand : callable, optional
            Given each layer's number and new hidden state, shape (B, H), to change in place before
            anything reads it.

        Returns
        -------
        logits : ndarray, shape (B, V)
        """
        batch = len(features)
        if batch not in self._work:
            self._work[batch] = np.empty((batch, 4 * self.sizes.units), np.float32)
        x = self.parameters["embedding"][features].sum(axis=1)  # (B, F, E) -> (B, E)
        for k, layer in enumerate(self.layers):
            lstm.step(layer, x, state.h[k], state.c[k], state.gates[k], self._work[batch])
            if hand is not None:
                hand(k, state.h[k])
            x = state.h[k]  # (B, H)
        logits = x @ self.parameters["readout.weight"]  # (B, V)
        logits += self.parameters["readout.bias"]
        return logits

    def forward(
        self,
        features: NDArray[np.int32],
        state: State,
        fresh: NDArray[np.bool_] | None = None,
        dropout: float = 0.0,
        generator: np.random.Generator | None = None,
    ) -> tuple[Array, Tape]:
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
        """
        steps, batch, _ = features.shape
        rows = self._one_hot(features)  # (T * B, inputs)
        x = (rows @ self.parameters["embedding"]).reshape(steps, batch, -1)  # (T, B, E)
        keep = None
        if fresh is not None and fresh.any():
            keep = (~fresh).astype(np.float32)[..., None]  # (T, B, 1)
        tapes, drops = [], []
        for k, layer in enumerate(self.layers):
            x = _drop(x, dropout, generator, drops)
            x, cell, tape = lstm.forward(layer, x, state.h[k], state.c[k], keep)  # (T, B, H)
            state.h[k], state.c[k] = x[-1], cell
            tapes.append(tape)
        top = _drop(x, dropout, generator, drops).reshape(steps * batch, -1)  # (T * B, H)
        logits = top @ self.parameters["readout.weight"]
        logits += self.parameters["readout.bias"]
        return logits.reshape(steps, batch, -1), Tape(rows, tapes, drops, top)

    def backward(self, d_logits: Array, tape: Tape) -> dict[str, Array]:
        """Gradients of a loss by every parameter.

        Parameters
        ----------
        d_logits : ndarray, shape (T, B, V)
        """
        steps, batch, outputs = d_logits.shape
        flat = d_logits.reshape(steps * batch, outputs)
        gradients = {"readout.weight": tape.top.T @ flat, "readout.bias": flat.sum(axis=0)}
        dx = (flat @ self.parameters["readout.weight"].T).reshape(steps, batch, -1)  # (T, B, H)
        for k in range(self.sizes.layers - 1, -1, -1):
            if tape.drops:
                dx *= tape.drops[k + 1]
            dx, layer = lstm.backward(self.layers[k], tape.layers[k], dx)
            gradients |= {
                f"lstm{k}.input": layer.input,
                f"lstm{k}.hidden": layer.hidden,
                f"lstm{k}.bias": layer.bias,
            }
        if tape.drops:
            dx *= tape.drops[0]
        gradients["embedding"] = tape.rows.T @ dx.reshape(steps * batch, -1)
        return gradients

    def _one_hot(self, features: NDArray[np.int32]) -> Array:
        count = features.shape[0] * features.shape[1]
        flat = features.reshape(count, -1)
        rows = np.zeros((count, self.sizes.inputs), np.float32)
        places = np.arange(count)
        for column in flat.T:  # one at a time: two may name the same row
            rows[places, column] += 1.0
        return rows


def parameter_shapes(sizes: Sizes) -> dict[str, tuple[int, ...]]:
    """The shape of every parameter, by name."""
    shapes: dict[str, tuple[int, ...]] = {"embedding": (sizes.inputs, sizes.embedding)}
    for k in range(sizes.layers):
        width = sizes.units if k else sizes.embedding
        shapes[f"lstm{k}.input"] = (width, 4 * sizes.units)
        shapes[f"lstm{k}.hidden"] = (sizes.units, 4 * sizes.units)
        shapes[f"lstm{k}.bias"] = (4 * sizes.units,)
    shapes["readout.weight"] = (sizes.units, sizes.outputs)
    shapes["readout.bias"] = (sizes.outputs,)
    return shapes


def log_softmax(logits: Array, mask: NDArray[np.bool_] | None = None) -> Array:
    """Log probabilities over the last axis; what `mask` rules out gets -inf."""
    if mask is not None:
        logits = np.where(mask, logits, -np.inf).astype(np.float32)
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def cross_entropy(logits: Array, targets: NDArray[np.int32]) -> tuple[float, Array]:
    """Summed cross entropy in nats, and its gradient by the logits.

    Parameters
    ----------
    logits : ndarray, shape (T, B, V)
    targets : ndarray of int, shape (T, B)
        Negative where nothing is asked.
    """
    asked = targets >= 0
    index = np.where(asked, targets, 0)[..., None]
    logs = log_softmax(logits)  # (T, B, V)
    loss = -float(np.take_along_axis(logs, index, -1)[..., 0][asked].sum())
    gradient = np.exp(logs)
    picked = np.take_along_axis(gradient, index, -1) - 1.0
    np.put_along_axis(gradient, index, picked, -1)
    gradient *= asked[..., None]
    return loss, gradient


def _drop(
    x: Array, share: float, generator: np.random.Generator | None, drops: list[Array]
) -> Array:
    if not share:
        return x
    if generator is None:
        raise ValueError("dropout needs a random generator")
    mask = (generator.random(x.shape, dtype=np.float32) >= share).astype(np.float32)
    mask /= np.float32(1.0 - share)
    drops.append(mask)
    return x * mask
