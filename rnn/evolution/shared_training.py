"""Shared training: one rank of a job says what is trained, and all of them train it together."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType

from rnn.evolution.candidate_training import EvolutionSettings, train_candidate
from rnn.evolution.evolution_data import EvolutionData
from rnn.evolution.generation import GenerationError
from rnn.model.checkpoint import Checkpoint
from rnn.training.ranks import Ranks, SingleRank
from rnn.training.trainer import DivergedError, TrainingProgress

SHARED_ERRORS = (DivergedError, GenerationError)  # all ranks raise them, from the same data


@dataclass(frozen=True, slots=True)
class TrainingTask:
    """What the ranks train: the arguments of `train_candidate`."""

    parent: Checkpoint
    data: EvolutionData
    settings: EvolutionSettings


class SharedTraining:
    """Trainings that rank 0 begins within a `with`, whose end releases the other ranks.

    Parameters
    ----------
    ranks : Ranks, optional
        By default one process alone.
    """

    def __init__(self, ranks: Ranks | None = None) -> None:
        self._ranks = ranks or SingleRank()

    def __enter__(self) -> SharedTraining:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ranks.share(None)

    def train(
        self,
        parent: Checkpoint,
        data: EvolutionData,
        settings: EvolutionSettings,
        report: Callable[[TrainingProgress], None] = lambda progress: None,
    ) -> Checkpoint:
        """Train a candidate with all ranks; called by rank 0.

        Parameters and errors are those of `train_candidate`.
        """
        self._ranks.share(TrainingTask(parent, data, settings))
        with self._ranks.end_together(*SHARED_ERRORS):
            return train_candidate(parent, data, settings, self._ranks, report)

    def assist(self) -> None:
        """Train what rank 0 begins, until that one has finished; called by all others."""
        while (task := self._ranks.share(None)) is not None:
            with suppress(*SHARED_ERRORS), self._ranks.end_together(*SHARED_ERRORS):
                train_candidate(task.parent, task.data, task.settings, self._ranks)
