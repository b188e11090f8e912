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


class LessonTrainer(ABC):
    """Trains a small network on one tune at a time, or on none; no method blocks."""

    @abstractmethod
    def start(self, tune: Tune, seed: int) -> None:
        """Train a new network with initial weights of that seed, in place of any other."""

    @abstractmethod
    def add_layer(self) -> None:
        """Add a second layer; does nothing without a tune or with enough layers."""

    @abstractmethod
    def poll(self) -> list[TuneLearnerSnapshot]:
        """Return the states since the last call, from the one before any update on."""

    @abstractmethod
    def stop(self) -> None:
        """Stop training and forget the tune."""


class InlineLessonTrainer(LessonTrainer):
    """Trains as it is polled, by a number of updates a call, independent of the clock."""

    def __init__(self, updates: float = UPDATES_PER_SECOND / POLLS_PER_SECOND) -> None:
        self._updates_per_poll = updates
        self._learner: TuneLearner | None = None
        self._pending_updates = 0.0
        self._unread_snapshots: list[TuneLearnerSnapshot] = []

    def start(self, tune: Tune, seed: int) -> None:
        self._learner, self._pending_updates = TuneLearner(tune, seed), 0.0
        self._unread_snapshots = [self._learner.snapshot()]

    def add_layer(self) -> None:
        if self._learner is not None:
            self._learner.add_layer()
            self._unread_snapshots.append(self._learner.snapshot())

    def poll(self) -> list[TuneLearnerSnapshot]:
        snapshots, self._unread_snapshots = self._unread_snapshots, []
        if self._learner is None or self._learner.is_finished:
            return snapshots
        self._pending_updates += self._updates_per_poll
        while self._pending_updates >= 1.0:
            self._pending_updates -= 1.0
            self._learner.learn()
            snapshots.append(self._learner.snapshot())
        return snapshots

    def stop(self) -> None:
        self._learner, self._unread_snapshots = None, []
