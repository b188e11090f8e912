"""State that the lessons share: trainer, captured tune, learned network, chosen network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from midi_data.notes import Tune
from rnn.teaching.probed_network import ProbedNetwork
from rnn.teaching.tune_learner import TuneLearnerSnapshot
from visuals.lessons.base.network_option import NetworkOption
from visuals.lessons.base.trainer import InlineLessonTrainer, LessonTrainer
from visuals.lessons.base.tune_capture import TuneCapture


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

    Attributes
    ----------
    tune_choice : str or None
        Key of the tune the visitor chose; None before a choice.
    visitor_tune : Tune or None
        The visitor's tune, as it was last offered.
    learned_snapshot : TuneLearnerSnapshot or None
        Latest state of the network that was trained.
    chosen_network : TuneLearnerSnapshot, Path or None
        Network the visitor chose to play with: the trained one, or a model file.
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
        self.tune_choice: str | None = None
        self.visitor_tune: Tune | None = None
        self.learned_snapshot: TuneLearnerSnapshot | None = None
        self.chosen_network: TuneLearnerSnapshot | Path | None = None

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
