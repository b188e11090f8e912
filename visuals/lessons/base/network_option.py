"""Network option: a network that the last lesson offers to play with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rnn.model.checkpoint import Checkpoint
from rnn.teaching.tune_learner import TuneLearnerSnapshot
from visuals.network_summary import relative_preference


@dataclass(frozen=True, slots=True, eq=False)
class NetworkOption:
    """Name, size and source of a network to play with.

    Parameters
    ----------
    name, title : str
        Short name and display name of its style.
    network : TuneLearnerSnapshot or Path
        State of a learner, or path of a model file.
    layers, units, weights, notes : int
        Number of layers, of units in each, of weights, and of notes in its training set.
    preferred_pitch_class : ndarray of int32, shape (layers, units)
        Pitch class each unit favours, 0 = C.
    """

    name: str
    title: str
    network: TuneLearnerSnapshot | Path
    layers: int
    units: int
    weights: int
    notes: int
    preferred_pitch_class: NDArray[np.int32]

    @classmethod
    def from_checkpoint(
        cls, name: str, network: TuneLearnerSnapshot | Path, checkpoint: Checkpoint
    ) -> NetworkOption:
        """Describe the model of a style; `checkpoint` is read and not kept."""
        card, sizes = checkpoint.card, checkpoint.network.sizes
        return cls(
            name,
            card.title,
            network,
            sizes.layers,
            sizes.units,
            sum(array.size for array in checkpoint.network.parameters.values()),
            card.notes.get("train", 0),
            relative_preference(checkpoint.preference).argmax(axis=1).astype(np.int32),
        )
