"""Bench: what the lessons in which a network learns have in common, and leave to one another."""

from __future__ import annotations

from pathlib import Path

from messages.cues import Source, Turn
from midi_data.beat_tracking import Played, transcribed
from midi_data.notes import Tune
from rnn.teaching.probed_network import Subject
from rnn.teaching.tune_learner import FEWEST_NOTES, Snapshot, TuneTooShortError, fitted
from visuals.lessons.trainer import InlineWorkshop, Workshop
from visuals.timeline import SECOND, Timeline

MOST_PLAYED = 600
"""Notes of a visitor that are remembered, the latest."""
PAUSE = 4 * SECOND
"""A silence this long parts one tune from the next, ns."""


class Ear:
    """Remembers what the visitor plays while the lessons are open, and just before."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Nothing was played."""
        self._played: dict[int, Played] = {}
        self._since: int | None = None

    def listen(self, timeline: Timeline, time: int) -> bool:
        """Look what is new at `time`, ns; whether anything was played since the last look."""
        if self._since is None:
            alone = timeline.turn(time).turn is Turn.ATTRACT
            self._since = time if alone else 0  # the timeline itself forgets soon enough
        latest = self.latest
        for timed in timeline.cues:
            cue = timed.cue
            if cue.source is Source.VISITOR and self._since <= cue.due <= time:
                end = max(timed.end_at(time), cue.due + 1)
                self._played[cue.serial] = Played(cue.pitch, cue.velocity, cue.due, end)

        while len(self._played) > MOST_PLAYED:
            del self._played[min(self._played)]  # serials count up
        return self.latest > latest

    @property
    def latest(self) -> int:
        """Serial of the last note heard; -1 before the first."""
        return max(self._played, default=-1)

    @property
    def count(self) -> int:
        """Notes heard, of those remembered."""
        return len(self._played)

    @property
    def last(self) -> list[Played]:
        """The last tune that was played: what came since the last long silence, if it is enough."""
        tunes: list[list[Played]] = [[]]
        end = 0
        for note in sorted(self._played.values(), key=lambda note: note.start):
            if tunes[-1] and note.start - end > PAUSE:
                tunes.append([])
            tunes[-1].append(note)
            end = max(end, note.end)
        long = [tune for tune in tunes if len(tune) >= FEWEST_NOTES]
        return long[-1] if long else []

    def tune(self, name: str) -> Tune | None:
        """What was played last, as it can be learned; None if it is too short."""
        played = self.last
        if not played:
            return None
        try:
            return fitted(transcribed(played, name))
        except TuneTooShortError:
            return None


class Bench:
    """A workshop, an ear, and the network last seen in the workshop.

    Parameters
    ----------
    workshop : Workshop, optional
    subject : Subject, optional
        The network that plays, where its cells can be asked what they like.

    Attributes
    ----------
    choice : str or None
        Key of the tune the visitor chose to have learned; None before.
    tune : Tune or None
        The visitor's own, as it was last offered when a tune was chosen.
    learned : Snapshot or None
        What the next lesson may play with.
    chosen : Snapshot, Path or None
        The network a visitor chose to play with: the learned one, or that of a model file.
    """

    def __init__(self, workshop: Workshop | None = None, subject: Subject | None = None) -> None:
        self.workshop = workshop or InlineWorkshop()
        self.subject = subject
        self.ear = Ear()
        self.choice: str | None = None
        self.tune: Tune | None = None
        self.learned: Snapshot | None = None
        self.chosen: Snapshot | Path | None = None

    def take_chosen(self) -> Snapshot | Path | None:
        """What was chosen since the last call, if anything was."""
        chosen, self.chosen = self.chosen, None
        return chosen

    def clear(self) -> None:
        """Nothing was played, chosen or learned."""
        self.workshop.stop()
        self.ear.forget()
        self.choice = self.tune = None
        self.learned = None
