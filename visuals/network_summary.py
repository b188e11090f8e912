"""Network summary: the constant properties of a trained network that the stage draws.

These are the preferred pitch class of each unit, the strongest synapses, and the weights from the
last layer to each key.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from messages.cues import KEY_COUNT
from rnn.model.checkpoint import Checkpoint
from rnn.model.model_card import ComparedAnswers, GenerationMark
from rnn.model.unit_atlas import UnitAtlas

RECURRENT_SYNAPSES_PER_UNIT = 6
"""Number of strongest synapses kept for each unit from other units of its layer."""
FORWARD_SYNAPSES_PER_UNIT = 2
"""Number of strongest synapses kept for each unit from the layer below."""


@dataclass(frozen=True, slots=True, eq=False)
class Synapses:
    """Connections between units, one for each entry of five arrays.

    Parameters
    ----------
    source_layer, source_unit, target_layer, target_unit : ndarray of int32, shape (n,)
        Indices.
    weight : ndarray of float32, shape (n,)
        Sum of the absolute weights over the four gates.
    """

    source_layer: NDArray[np.int32]
    source_unit: NDArray[np.int32]
    target_layer: NDArray[np.int32]
    target_unit: NDArray[np.int32]
    weight: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.weight)


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class NetworkSummary:
    """Constant properties of a network.

    Parameters
    ----------
    layers, units : int
        Number of layers, and of LSTM units in each.
    preferred_pitch_class : ndarray of int32, shape (layers, units)
        Pitch class to which each unit responds most; 0 is C.
    selectivity : ndarray of float32, shape (layers, units)
        Strength of that preference; at least 0, about 1 to 3 in a trained network.
    synapses : Synapses
        The strongest connections into each unit.
    readout : ndarray of float32, shape (88, units)
        Weight from each unit of the last layer to each key, MIDI number 21 first. It is the sum
        over all tokens of a key.
    style, title : str
        Short name, and name for visitors.
    atlas : UnitAtlas, optional
        Preferences of the units.
    lineage : tuple of GenerationMark
        Generations up to this network; empty for a style as it was installed.
    moved : ndarray of float32, shape (layers, units), optional
        How far the weights of each unit lie from those of generation 0.
    compared : ComparedAnswers, optional
        How generation 0 and this one answer one phrase.
    """

    layers: int
    units: int
    preferred_pitch_class: NDArray[np.int32]
    selectivity: NDArray[np.float32]
    synapses: Synapses
    readout: NDArray[np.float32]
    style: str = ""
    title: str = ""
    atlas: UnitAtlas | None = None
    lineage: tuple[GenerationMark, ...] = ()
    moved: NDArray[np.float32] | None = None
    compared: ComparedAnswers | None = None

    @classmethod
    def from_checkpoint(cls, checkpoint: Checkpoint) -> NetworkSummary:
        """The summary of a trained model."""
        network = checkpoint.network
        layers, units = network.sizes.layers, network.sizes.units
        weights = network.parameters
        recurrent = [gate_strength(weights[f"lstm{k}.hidden"]) for k in range(layers)]
        upward = [gate_strength(weights[f"lstm{k}.input"]) for k in range(1, layers)]
        favour = relative_preference(checkpoint.preference)
        readout = (weights["readout.weight"] @ checkpoint.codec.key_token_counts()).T  # (88, H)
        return cls(
            layers,
            units,
            favour.argmax(axis=1).astype(np.int32),
            favour.max(axis=1).clip(min=0),
            strongest_synapses(recurrent, upward),
            np.ascontiguousarray(readout, np.float32),
            checkpoint.card.style,
            checkpoint.card.title,
            checkpoint.atlas,
            checkpoint.card.generations,
            read_moved(checkpoint.card.moved, (layers, units)),
            checkpoint.card.comparison,
        )

    def pushed_pitch_class(self, layer: int, unit: int) -> int | None:
        """Pitch class whose keys a unit's activation makes likelier; None below the last layer.

        Parameters
        ----------
        layer, unit : int

        Returns
        -------
        int or None
            The class of the largest mean weight to the readout; 0 is C.
        """
        if layer != self.layers - 1:
            return None
        weights, classes = self.readout[:, unit], np.arange(21, 21 + KEY_COUNT) % 12
        return int(np.argmax(np.bincount(classes, weights, 12) / np.bincount(classes)))

    @classmethod
    def dummy(cls, layers: int = 2, units: int = 256, seed: int = 0) -> NetworkSummary:
        """A random summary, for tests and demos; raises ValueError for a size below 1."""
        if layers < 1 or units < 1:
            raise ValueError(f"layers and units must be at least 1, not {layers} and {units}")
        generator = np.random.default_rng(seed)
        matrices = [
            np.abs(generator.normal(size=(units, units))).astype(np.float32)
            for _ in range(2 * layers - 1)
        ]
        favour = relative_preference(generator.normal(size=(layers, 12, units)).astype(np.float32))
        preference = favour.argmax(axis=1).astype(np.int32)
        keys = np.arange(21, 21 + KEY_COUNT) % 12  # (88,)
        readout = generator.normal(0, 0.15, (KEY_COUNT, units))
        readout += 0.5 * (keys[:, None] == preference[-1][None])
        return cls(
            layers,
            units,
            preference,
            favour.max(axis=1).clip(min=0),
            strongest_synapses(matrices[:layers], matrices[layers:]),
            readout.astype(np.float32),
            "dummy",
            "Dummy",
        )


def read_moved(rows: list[list[float]], shape: tuple[int, int]) -> NDArray[np.float32] | None:
    """The distances in a model card, as an array of a shape; None if it has none of that shape."""
    if [len(row) for row in rows] != [shape[1]] * shape[0]:
        return None
    return np.array(rows, np.float32)


def gate_strength(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sum of the absolute weights over four gates beside one another: (n, 4H) to (n, H)."""
    sources, columns = weights.shape
    return np.abs(weights).reshape(sources, 4, columns // 4).sum(axis=1)


def relative_preference(preference: NDArray[np.float32]) -> NDArray[np.float32]:
    """Preference of each unit, normalized for each pitch class.

    A pitch class that is rare in the corpus moves many units by chance; without normalization most
    units would prefer it.

    Parameters
    ----------
    preference : ndarray of float32, shape (layers, 12, H)
        See `rnn.training.evaluation.pitch_class_preference`.

    Returns
    -------
    ndarray of float32, shape (layers, 12, H)
        The root mean square over the units of each pitch class is 1, or 0 if it moves none.
    """
    spread = np.sqrt(np.mean(np.square(preference), axis=2, keepdims=True))  # (layers, 12, 1)
    return (preference / np.maximum(spread, 1e-6)).astype(np.float32)


def strongest_synapses(
    recurrent: list[NDArray[np.float32]], upward: list[NDArray[np.float32]]
) -> Synapses:
    """The strongest connections into each unit, by strengths (H, H) in layers and between them."""
    parts = []
    for layer, strength in enumerate(recurrent):
        others = strength - np.diag(np.diag(strength))
        parts.append(_strongest_columns(others, layer, layer, RECURRENT_SYNAPSES_PER_UNIT))
    for layer, strength in enumerate(upward):
        parts.append(_strongest_columns(strength, layer, layer + 1, FORWARD_SYNAPSES_PER_UNIT))
    return Synapses(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _strongest_columns(
    strength: NDArray[np.float32], source_layer: int, target_layer: int, count: int
) -> tuple[NDArray, ...]:
    """Columns of `Synapses`: up to `count` strongest sources of each target, above 0."""
    units = strength.shape[1]
    best = _largest_rows(strength, count)  # (count, H)
    target = np.broadcast_to(np.arange(units), best.shape)
    weight = np.take_along_axis(strength, best, axis=0)
    real = weight > 0
    size = int(real.sum())
    return (
        np.full(size, source_layer, np.int32),
        best[real].astype(np.int32),
        np.full(size, target_layer, np.int32),
        target[real].astype(np.int32),
        weight[real].astype(np.float32),
    )


def _largest_rows(values: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """Rows of the largest values of each column, the first of equals first; no full sort."""
    left, columns = values.copy(), np.arange(values.shape[1])
    best = np.empty((min(count, len(values)), values.shape[1]), np.intp)
    for rows in best:
        left.argmax(axis=0, out=rows)
        left[rows, columns] = -np.inf
    return best
