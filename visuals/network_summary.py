"""Anatomy: what the stage draws of a network that does not change while it plays.

Which tone each unit came to favour, which connections are strong, and how much each unit of the
last layer speaks for each key: all read from a trained model, nothing invented.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from messages.cues import KEY_COUNT
from rnn.model.checkpoint import Checkpoint
from rnn.model.unit_atlas import UnitAtlas

RECURRENT_SYNAPSES_PER_UNIT = 6
"""Strongest synapses kept for each unit from others of its own layer."""
FORWARD_SYNAPSES_PER_UNIT = 2
"""Strongest synapses kept for each unit from the layer below."""


@dataclass(frozen=True, slots=True, eq=False)
class Synapses:
    """Connections between units, one an entry in five arrays of the same length.

    Parameters
    ----------
    source_layer, source_unit, target_layer, target_unit : ndarray of int, shape (n,)
    weight : ndarray of float32, shape (n,)
        Strength: sum over the four gates of the absolute weight.
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
    """The body of a network.

    Parameters
    ----------
    layers, units : int
        Layers, and LSTM units in each.
    preference : ndarray of int, shape (layers, units)
        Pitch class each unit favours, 0 = C.
    tuning : ndarray of float32, shape (layers, units)
        How decidedly it does; 0 or more, about 1 to 3 for a trained network.
    synapses : Synapses
        The strongest connections into each unit.
    readout : ndarray of float32, shape (88, units)
        Weight from each unit of the last layer to each key, MIDI number 21 first; where a key is
        spelled, to all that spells it.
    style, title : str
        Short name, and name for people.
    atlas : Atlas, optional
        What its units like.
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

    @classmethod
    def from_checkpoint(cls, checkpoint: Checkpoint) -> NetworkSummary:
        """The anatomy of a trained model."""
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
        )

    @classmethod
    def dummy(cls, layers: int = 2, units: int = 256, seed: int = 0) -> NetworkSummary:
        """A plausible body with no network behind it.

        Raises
        ------
        ValueError
            If there are no layers or no units.
        """
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


def gate_strength(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """How strongly each source acts on each unit, whichever gate it acts through.

    Parameters
    ----------
    weights : ndarray, shape (sources, 4H)

    Returns
    -------
    ndarray, shape (sources, H)
        Sum of the absolute weights over the four gates.
    """
    sources, columns = weights.shape
    return np.abs(weights).reshape(sources, 4, columns // 4).sum(axis=1)


def relative_preference(preference: NDArray[np.float32]) -> NDArray[np.float32]:
    """Preference of each unit, each pitch class weighed by how far it moves units in general.

    A tone that a corpus seldom holds moves many units by chance; without this it would seem to be
    everybody's favourite.

    Parameters
    ----------
    preference : ndarray, shape (layers, 12, H)
        See `rnn.training.evaluation.preference`.

    Returns
    -------
    ndarray of float32, shape (layers, 12, H)
        Root mean square over the units is 1 for each class, or 0 for one that moves none.
    """
    spread = np.sqrt(np.mean(np.square(preference), axis=2, keepdims=True))  # (layers, 12, 1)
    return (preference / np.maximum(spread, 1e-6)).astype(np.float32)


def strongest_synapses(
    recurrent: list[NDArray[np.float32]], upward: list[NDArray[np.float32]]
) -> Synapses:
    """The strongest connections into each unit.

    Parameters
    ----------
    recurrent : list of ndarray, shape (H, H)
        Strength from unit to unit within each layer.
    upward : list of ndarray, shape (H, H)
        Strength from each layer to the one above; one fewer.
    """
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
    """Columns of `Synapses`: the `count` strongest sources of each target, none of strength 0."""
    units = strength.shape[1]
    best = np.argsort(-strength, axis=0, kind="stable")[:count]  # (count, H)
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
