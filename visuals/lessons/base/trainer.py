"""Lesson trainers: train a small network on a tune while a lesson shows it.

An update takes some milliseconds, too long for a frame. So the real trainer is a process of its
own; the inline trainer here trains as it is polled, for tests and offscreen pictures. Both keep to
a slow pace that can be watched.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from midi_data.notes import Tune
from rnn.teaching.tune_learner import TuneLearner, TuneLearnerSnapshot

UPDATES_PER_SECOND = 5.0  # pace of training, updates a second
POLLS_PER_SECOND = 30  # most polls a second
MAX_UPDATES = 600  # updates after which training stops, long after any tune is learned


class LessonTrainer(ABC):
    """Trains a small network on one tune at a time, or on none; no method blocks."""

    @abstractmethod
    def start(self, tune: Tune, seed: int) -> None:
        """Train a new network, in place of any other.

        Parameters
        ----------
        tune : Tune
            Tune to learn, cut by `rnn.teaching.tune_learner.fit_tune_to_learn`.
        seed : int
            Seed of the initial weights.
        """

    @abstractmethod
    def add_layer(self) -> None:
        """Add a second layer; does nothing without a tune or with enough layers."""

    @abstractmethod
    def poll(self) -> list[TuneLearnerSnapshot]:
        """Return the states since the last call, oldest first.

        Returns
        -------
        list of TuneLearnerSnapshot
            The first after `start` is the state before any update.
        """

    @abstractmethod
    def stop(self) -> None:
        """Stop training and forget the tune."""


class TuneTrainingSession:
    """The training of one network, as both kinds of trainer run it.

    Parameters
    ----------
    tune : Tune
        Tune to learn.
    seed : int
        Seed of the initial weights.

    Raises
    ------
    rnn.teaching.tune_learner.TuneTooShortError
        If the tune has too few notes.
    """

    def __init__(self, tune: Tune, seed: int) -> None:
        self._learner = TuneLearner(tune, seed)

    @property
    def is_finished(self) -> bool:
        """Whether `MAX_UPDATES` were made."""
        return len(self._learner.bits_per_note) >= MAX_UPDATES

    def run_update(self) -> TuneLearnerSnapshot:
        """Make one update; returns the state after it."""
        self._learner.learn()
        return self._learner.snapshot()

    def take_snapshot(self) -> TuneLearnerSnapshot:
        """Copy the current state."""
        return self._learner.snapshot()

    def add_layer(self) -> None:
        """Add a second layer if there is none."""
        self._learner.add_layer()


class InlineLessonTrainer(LessonTrainer):
    """Trains as it is polled, independent of the clock.

    Parameters
    ----------
    updates : float
        Updates for each call of `poll`.
    """

    def __init__(self, updates: float = UPDATES_PER_SECOND / POLLS_PER_SECOND) -> None:
        self._updates_per_poll = updates
        self._session: TuneTrainingSession | None = None
        self._pending_updates = 0.0
        self._unread_snapshots: list[TuneLearnerSnapshot] = []

    def start(self, tune: Tune, seed: int) -> None:
        self._session, self._pending_updates = TuneTrainingSession(tune, seed), 0.0
        self._unread_snapshots = [self._session.take_snapshot()]

    def add_layer(self) -> None:
        if self._session is not None:
            self._session.add_layer()
            self._unread_snapshots.append(self._session.take_snapshot())

    def poll(self) -> list[TuneLearnerSnapshot]:
        snapshots, self._unread_snapshots = self._unread_snapshots, []
        if self._session is None or self._session.is_finished:
            return snapshots
        self._pending_updates += self._updates_per_poll
        while self._pending_updates >= 1.0:
            self._pending_updates -= 1.0
            snapshots.append(self._session.run_update())
        return snapshots

    def stop(self) -> None:
        self._session, self._unread_snapshots = None, []
