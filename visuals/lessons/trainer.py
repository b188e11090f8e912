"""Workshops: where a small network learns while a lesson shows it.

Learning takes some milliseconds at a time, which a picture cannot spare: the real workshop is in
another process, and the stage is given one. The twin here learns where it is asked, for tests and
pictures off screen. Both take their time: at full speed there would be nothing to watch.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from midi_data.notes import Tune
from rnn.teaching.tune_learner import MAX_LAYERS, TuneLearner, TuneLearnerSnapshot

UPDATES_PER_SECOND = 5.0
"""Updates a second."""
POLLS_PER_SECOND = 30
"""How often a lesson polls, at the most."""
MAX_UPDATES = 600
"""It rests after so many, long after it knows any tune."""


class LessonTrainer(ABC):
    """Has a small network learn a tune.

    A workshop works on one tune at a time, or on none; nothing here waits.
    """

    @abstractmethod
    def start(self, tune: Tune, seed: int) -> None:
        """Begin to learn a tune from weights drawn anew, whatever was being learned before.

        A tune that is too short is not learned: ask `rnn.teaching.tune_learner.fitted` before.
        """

    @abstractmethod
    def add_layer(self) -> None:
        """Put a second layer on; nothing is done without a tune, or if there are enough."""

    @abstractmethod
    def poll(self) -> list[TuneLearnerSnapshot]:
        """How the network was since the last call, oldest first; empty if nothing is new.

        The first is of the weights before any update.
        """

    @abstractmethod
    def stop(self) -> None:
        """Learn no more, and forget the tune."""


class TuneTrainingSession:
    """An apprentice at work: what both kinds of workshop do.

    Parameters
    ----------
    tune : Tune
    seed : int

    Raises
    ------
    rnn.teaching.tune_learner.TuneTooShortError
        If there is too little to learn.
    """

    def __init__(self, tune: Tune, seed: int) -> None:
        self._apprentice = TuneLearner(tune, seed)

    @property
    def is_finished(self) -> bool:
        """Whether it has learned for long enough."""
        return len(self._apprentice.bits_per_note) >= MAX_UPDATES

    def run_update(self) -> TuneLearnerSnapshot:
        """One update more; how it is after it."""
        self._apprentice.learn()
        return self._apprentice.snapshot()

    def take_snapshot(self) -> TuneLearnerSnapshot:
        """How it is."""
        return self._apprentice.snapshot()

    def add_layer(self) -> None:
        """Put a second layer on, if there is none."""
        if self._apprentice.network.sizes.layers < MAX_LAYERS:
            self._apprentice.add_layer()


class InlineLessonTrainer(LessonTrainer):
    """Learns while it is polled: an update for every few calls, whatever the clock says.

    Parameters
    ----------
    updates : float
        For each call of `poll`.
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
        found, self._unread_snapshots = self._unread_snapshots, []
        if self._session is None or self._session.is_finished:
            return found
        self._pending_updates += self._updates_per_poll
        while self._pending_updates >= 1.0:
            self._pending_updates -= 1.0
            found.append(self._session.run_update())
        return found

    def stop(self) -> None:
        self._session, self._unread_snapshots = None, []
