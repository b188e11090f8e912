"""The whole network: inputs looked up, LSTM layers one on another, logits over the next token.

Shapes: T steps, B sequences, F active input rows a step, E embedding, H units, V tokens.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import DTypeLike, NDArray

from rnn import live, lstm
from rnn.blocks import halves
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
    """What a network remembers between steps; its arrays are changed in place, never replaced.

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
    _places: list[live.Place] | None = field(default=None, repr=False, compare=False)

    @property
    def places(self) -> list[live.Place]:
        """Each layer's, for live steps."""
        if self._places is None:
            self._places = [self._place(layer) for layer in range(len(self.h))]
        return self._places

    def _place(self, layer: int) -> live.Place:
        h, below, joint = self.h[layer], None, self.h[layer]
        if layer and self.h.shape[1] == 1:  # one lane: the two lie end to end, nothing to copy
            joint = self.h[layer - 1 : layer + 1].reshape(1, -1)  # (1, 2H)
        elif layer:
            below = self.h[layer - 1]
            joint = np.empty((len(h), 2 * h.shape[1]), h.dtype)  # (B, 2H)
        return live.Place.of(below, joint, h, self.c[layer], self.gates[layer])

    def copy(self) -> State:
        """An independent copy."""
        return State(self.h.copy(), self.c.copy(), self.gates.copy())

    def lane(self, index: int) -> State:
        """A copy of one sequence's state, B = 1."""
        pick = slice(index, index + 1)
        return State(self.h[:, pick].copy(), self.c[:, pick].copy(), self.gates[:, pick].copy())


@dataclass(slots=True)
class Tape:
    """What `Network.forward` writes down for `Network.backward`; the next forward of the same
    shape writes over it."""

    features: NDArray[np.int32]  # (T, B, F), the active input rows, as they were given
    shown: Array  # (T, B, E), those embedded; then the gradient by it
    layers: list[lstm.Tape]
    below: list[Array]  # what each layer and the readout were given: (T, B, D) each
    drops: list[Array]  # masks multiplied in, (T, B, D), one before each layer and the readout
    dropped: list[Array]  # what came of it, (T, B, D)
    logits: Array  # (T, B, V)
    d_outputs: Array  # (T, B, H)
    share: float = 0.0  # of the numbers that were set to 0
    looked_up: bool = False  # whether the first layer has the features from a table

    @classmethod
    def blank(cls, sizes: Sizes, steps: int, batch: int, dtype: DTypeLike) -> Tape:
        """A tape nothing is written on."""
        widths = [sizes.embedding] + sizes.layers * [sizes.units]
        layers = [lstm.Tape.blank(steps, batch, sizes.units, dtype) for _ in range(sizes.layers)]
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

    @property
    def bytes(self) -> int:
        """Memory it takes; what is not written to takes none."""
        arrays = [self.logits, self.d_outputs, self.layers[0].dz]
        arrays += [] if self.looked_up else [self.shown]
        arrays += [*self.drops, *self.dropped] if self.share else []
        for layer in self.layers:
            arrays += [layer.gates, layer.hidden, layer.cells, layer.squashed]
        return sum(array.nbytes for array in arrays)


@dataclass(slots=True)
class _Live:
    """The weights as a live step takes them."""

    table: Array  # (inputs, 4H), what each input row gives the first layer, its bias with it
    layers: list[live.LiveLayer]
    readout: Array  # (H, V)
    bias: Array  # (1, V)

    @classmethod
    def of(cls, parameters: dict[str, Array], layers: list[Layer]) -> _Live:
        first, embedding = layers[0], parameters["embedding"]
        table = embedding @ first.input  # (inputs, E) (E, 4H)
        table = (table + first.bias) * halves(first.units).astype(table.dtype)
        without = Layer(first.input[:0], first.hidden, first.bias)  # its inputs are in the table
        own = [live.LiveLayer.of(layer) for layer in [without, *layers[1:]]]
        return cls(table, own, parameters["readout.weight"], parameters["readout.bias"][None])

    def shown(self, features: NDArray[np.int32]) -> Array:
        """What active rows, (B, F), give the first layer and its bias: (B, 4H)."""
        active = features.shape[1]
        if active == 1:
            return self.table[features[:, 0]]
        shown = np.add.reduce(self.table[features], axis=1)  # (B, F, 4H) -> (B, 4H)
        shown -= (active - 1) * self.layers[0].bias  # each row brought it
        return shown


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
        self.layers = _layers(parameters, sizes)
        self._live: _Live | None = None
        self._tape: Tape | None = None
        self._gradients: dict[str, Array] | None = None

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
        dtype = self.parameters["embedding"].dtype
        h, c = np.zeros((2, *shape), dtype)
        return State(h, c, np.zeros((*shape[:2], 4 * self.sizes.units), dtype))

    def step(
        self,
        features: NDArray[np.int32],
        state: State,
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
        """
        if self._live is None:
            self._live = _Live.of(self.parameters, self.layers)
        ready = self._live
        shown = ready.shown(features)
        for k, (layer, place) in enumerate(zip(ready.layers, state.places, strict=True)):
            live.step(layer, place, None if k else shown)
            if hand is not None:
                hand(k, place.h)
        logits = np.dot(place.h, ready.readout)  # (B, H) (H, V) -> (B, V)
        np.add(logits, ready.bias, logits)
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

        Raises
        ------
        MemoryError
            If so long a sequence does not fit in memory.
        """
        steps, batch, active = features.shape
        self._live = None  # weights may have changed
        tape = self._blank_tape(steps, batch)
        tape.features, tape.share, tape.below = features, dropout, []
        tape.looked_up = active == 1 and not dropout and self.sizes.inputs <= steps * batch
        for k, (layer, own) in enumerate(zip(self.layers, tape.layers, strict=True)):
            if k == 0 and tape.looked_up:
                tape.below.append(tape.shown)  # not written to
                lstm.look_up(layer, self.parameters["embedding"], features[..., 0], own)
            else:
                x = tape.layers[k - 1].outputs if k else self._embed(features, tape.shown)
                tape.below.append(_drop(x, dropout, generator, tape, k))  # (T, B, D)
                lstm.take_in(layer, tape.below[k], own)
            lstm.run(layer, own, state.h[k], state.c[k], fresh)
            state.h[k], state.c[k] = own.outputs[-1], own.cells[-1]
        tape.below.append(_drop(own.outputs, dropout, generator, tape, self.sizes.layers))
        top, logits = _flat(tape.below[-1]), _flat(tape.logits)
        np.matmul(top, self.parameters["readout.weight"], out=logits)  # (T * B, H) (H, V)
        tape.logits += self.parameters["readout.bias"]
        return tape.logits, tape

    def backward(self, d_logits: Array, tape: Tape) -> dict[str, Array]:
        """Gradients of a loss by every parameter; the next backward writes over them.

        Parameters
        ----------
        d_logits : ndarray, shape (T, B, V)
        """
        if self._gradients is None:
            self._gradients = {name: np.empty_like(a) for name, a in self.parameters.items()}
        gradients, layers = self._gradients, _layers(self._gradients, self.sizes)
        embedding, weight = self.parameters["embedding"], self.parameters["readout.weight"]
        flat = _flat(d_logits)  # (T * B, V)
        np.matmul(_flat(tape.below[-1]).T, flat, out=gradients["readout.weight"])
        np.sum(flat, axis=0, out=gradients["readout.bias"])
        np.matmul(flat, weight.T, out=_flat(tape.d_outputs))  # (T * B, V) (V, H)
        for k in range(self.sizes.layers - 1, -1, -1):
            if tape.share:
                tape.d_outputs *= tape.drops[k + 1]
            layer, own = self.layers[k], tape.layers[k]
            lstm.run_back(layer, own, tape.d_outputs, layers[k])
            if k == 0 and tape.looked_up:
                tokens, d_embedding = tape.features[..., 0], gradients["embedding"]
                lstm.look_up_back(layer, embedding, tokens, own, layers[0], d_embedding)
                return gradients
            d_inputs = tape.d_outputs if k else tape.shown  # (T, B, D), free by now
            lstm.take_in_back(layer, tape.below[k], own, layers[k], d_inputs)
        if tape.share:
            tape.shown *= tape.drops[0]
        lstm.add_up(_flat(tape.features), _flat(tape.shown), gradients["embedding"])
        return gradients

    def _blank_tape(self, steps: int, batch: int) -> Tape:
        """The last tape again if it fits."""
        tape = self._tape
        if tape is None or tape.d_outputs.shape[:2] != (steps, batch):
            dtype = self.parameters["embedding"].dtype
            try:
                tape = Tape.blank(self.sizes, steps, batch, dtype)
            except MemoryError as error:
                raise MemoryError(f"{steps} steps of {batch} sequences: {error}") from error
            if tape.bytes > physical_memory():  # promised by the system, but not there
                wanted, there = tape.bytes / 1e9, physical_memory() / 1e9
                raise MemoryError(
                    f"{steps} steps of {batch} sequences take {wanted:.0f} GB of memory, "
                    f"this machine has {there:.0f}"
                )
            self._tape = tape
        return tape

    def _embed(self, features: NDArray[np.int32], shown: Array) -> Array:
        """The sum of the rows that are active, (T, B, E), in `shown`."""
        embedding = self.parameters["embedding"]
        work = np.empty_like(shown)
        for k in range(features.shape[2]):
            np.take(embedding, features[..., k], axis=0, out=work if k else shown, mode="clip")
            if k:
                np.add(shown, work, out=shown)
        return shown


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


def physical_memory() -> float:
    """Bytes this machine has; infinite where it does not say."""
    if not hasattr(os, "sysconf"):
        return math.inf
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


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
    outputs = logits.shape[-1]
    flat, wanted = logits.reshape(-1, outputs), targets.reshape(-1)  # (T * B, V), (T * B,)
    asked = np.flatnonzero(wanted >= 0)
    gradient = flat - flat.max(axis=1, keepdims=True)
    picked = gradient[asked, wanted[asked]].astype(np.float64)
    np.exp(gradient, out=gradient)
    total = gradient.sum(axis=1, keepdims=True)  # (T * B, 1)
    loss = float(np.log(total[asked, 0].astype(np.float64)).sum() - picked.sum())
    gradient *= (wanted >= 0)[:, None] / total
    gradient[asked, wanted[asked]] -= 1.0
    return loss, gradient.reshape(logits.shape)


def _layers(arrays: dict[str, Array], sizes: Sizes) -> list[Layer]:
    """Those of some arrays by name that belong to layers."""
    parts = ("input", "hidden", "bias")
    return [Layer(*(arrays[f"lstm{k}.{part}"] for part in parts)) for k in range(sizes.layers)]


def _flat(sequence: Array) -> Array:
    """A view of a sequence, (T, B, D), as one matrix: (T * B, D)."""
    return sequence.reshape(-1, sequence.shape[-1])


def _drop(
    x: Array, share: float, generator: np.random.Generator | None, tape: Tape, place: int
) -> Array:
    """Set a share of `x`, (T, B, D), to 0, in whole 256ths: one random byte decides on each."""
    if not share:
        return x
    if generator is None:
        raise ValueError("dropout needs a random generator")
    out = min(255, round(256 * share))
    kept = np.full(256, 256 / (256 - out), x.dtype)
    kept[:out] = 0.0
    mask, dropped = tape.drops[place], tape.dropped[place]
    dice = np.frombuffer(generator.bytes(x.size), np.uint8).reshape(x.shape)
    np.take(kept, dice, out=mask, mode="clip")
    return np.multiply(x, mask, out=dropped)
