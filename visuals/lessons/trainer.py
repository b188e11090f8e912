"""Workshops: where a small network learns while a lesson shows it.

Learning takes some milliseconds at a time, which a picture cannot spare: the real workshop is in
another process, and the stage is given one. The twin here learns where it is asked, for tests and
pictures off screen. Both take their time: at full speed there would be nothing to watch.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from midi_data.notes import Tune
from rnn.teaching.tune_learner import MOST_LAYERS, Apprentice, Snapshot

PACE = 5.0
"""Updates a second."""
TICKS_A_SECOND = 30
"""How often a lesson polls, at the most."""
MOST_UPDATES = 600
"""It rests after so many, long after it knows any tune."""


class Workshop(ABC):
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
    def poll(self) -> list[Snapshot]:
        """How the network was since the last call, oldest first; empty if nothing is new.

        The first is of the weights before any update.
        """

    @abstractmethod
    def stop(self) -> None:
        """Learn no more, and forget the tune."""


class Pupil:
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
        self._apprentice = Apprentice(tune, seed)

    @property
    def rests(self) -> bool:
        """Whether it has learned for long enough."""
        return len(self._apprentice.errors) >= MOST_UPDATES

    def work(self) -> Snapshot:
        """One update more; how it is after it."""
        self._apprentice.learn()
        return self._apprentice.snapshot()

    def look(self) -> Snapshot:
        """How it is."""
        return self._apprentice.snapshot()

    def add_layer(self) -> None:
        """Put a second layer on, if there is none."""
        if self._apprentice.network.sizes.layers < MOST_LAYERS:
            self._apprentice.add_layer()


class InlineWorkshop(Workshop):
    """Learns while it is polled: an update for every few calls, whatever the clock says.

    Parameters
    ----------
    updates : float
        For each call of `poll`.
    """

    def __init__(self, updates: float = PACE / TICKS_A_SECOND) -> None:
        self._share = updates
        self._pupil: Pupil | None = None
        self._due = 0.0
        self._waiting: list[Snapshot] = []

    def start(self, tune: Tune, seed: int) -> None:
        self._pupil, self._due = Pupil(tune, seed), 0.0
        self._waiting = [self._pupil.look()]

    def add_layer(self) -> None:
        if self._pupil is not None:
            self._pupil.add_layer()
            self._waiting.append(self._pupil.look())

    def poll(self) -> list[Snapshot]:
        found, self._waiting = self._waiting, []
        if self._pupil is None or self._pupil.rests:
            return found
        self._due += self._share
        while self._due >= 1.0:
            self._due -= 1.0
            found.append(self._pupil.work())
        return found

    def stop(self) -> None:
        self._pupil, self._waiting = None, []
