"""State that the lessons share: trainer, captured tune, learned network, networks to choose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import Tune
from rnn.model.checkpoint import Checkpoint
from rnn.teaching.probed_network import ProbedNetwork
from rnn.teaching.tune_learner import TuneLearnerSnapshot
from visuals.lessons.base.trainer import InlineLessonTrainer, LessonTrainer
from visuals.lessons.base.tune_capture import TuneCapture
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


class SharedLessonState:
    """State that outlasts a lesson and ends with the visit.

    Parameters
    ----------
    trainer : LessonTrainer, optional
        Trains a network beside the drawing; by default within it.
    probed_network : ProbedNetwork, optional
        The network that plays, for the lesson on units.
    network_options : callable, optional
        Returns the networks that the last lesson offers; called when that lesson is drawn.
    """

    def __init__(
        self,
        trainer: LessonTrainer | None = None,
        probed_network: ProbedNetwork | None = None,
        network_options: Callable[[], Sequence[NetworkOption]] = tuple,
    ) -> None:
        self.trainer = trainer or InlineLessonTrainer()
        self.probed_network = probed_network
        self.network_options = network_options
        self.tune_capture = TuneCapture()
        self.tune_choice: str | None = None  # key of the tune the visitor chose
        self.visitor_tune: Tune | None = None  # as it was last offered
        self.learned_snapshot: TuneLearnerSnapshot | None = None  # latest of the trained network
        self.chosen_network: TuneLearnerSnapshot | Path | None = None  # or a model file, to play

    def pop_chosen_network(self) -> TuneLearnerSnapshot | Path | None:
        """Return and forget the chosen network, if any."""
        chosen, self.chosen_network = self.chosen_network, None
        return chosen

    def reset(self) -> None:
        """Stop training and forget all that was played and learned."""
        self.trainer.stop()
        self.tune_capture.clear()
        self.tune_choice = self.visitor_tune = None
        self.learned_snapshot = None
