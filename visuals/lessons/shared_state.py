"""Bench: what the lessons in which a network learns have in common, and leave to one another."""

from __future__ import annotations

from pathlib import Path

from messages.clock import SECOND
from messages.cues import NoteSource, Turn
from messages.timed_note import TimedNote
from midi_data.beat_tracking import transcribe
from midi_data.notes import Tune
from rnn.teaching.probed_network import ProbedNetwork
from rnn.teaching.tune_learner import (
    MIN_NOTES,
    TuneLearnerSnapshot,
    TuneTooShortError,
    fit_tune_to_learn,
)
from visuals.lessons.trainer import InlineLessonTrainer, LessonTrainer
from visuals.timeline import Timeline

MAX_CAPTURED_NOTES = 600
"""Notes of a visitor that are remembered, the latest."""
TUNE_GAP_NS = 4 * SECOND
"""A silence this long parts one tune from the next, ns."""


class TuneCapture:
    """Remembers what the visitor plays while the lessons are open, and just before."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Nothing was played."""
        self._notes_by_serial: dict[int, TimedNote] = {}
        self._capture_start: int | None = None

    def capture_new_notes(self, timeline: Timeline, time: int) -> bool:
        """Look what is new at `time`, ns; whether anything was played since the last look."""
        if self._capture_start is None:
            alone = timeline.turn(time).turn is Turn.ATTRACT
            self._capture_start = time if alone else 0  # the timeline itself forgets soon enough
        latest = self.latest_serial
        for timed in timeline.cues:
            cue = timed.cue
            if cue.source is NoteSource.VISITOR and self._capture_start <= cue.due <= time:
                end = max(timed.end_at(time), cue.due + 1)
                self._notes_by_serial[cue.serial] = TimedNote(cue.pitch, cue.velocity, cue.due, end)

        while len(self._notes_by_serial) > MAX_CAPTURED_NOTES:
            del self._notes_by_serial[min(self._notes_by_serial)]  # serials count up
        return self.latest_serial > latest

    @property
    def latest_serial(self) -> int:
        """Serial of the last note heard; -1 before the first."""
        return max(self._notes_by_serial, default=-1)

    @property
    def note_count(self) -> int:
        """Notes heard, of those remembered."""
        return len(self._notes_by_serial)

    @property
    def last_tune_notes(self) -> list[TimedNote]:
        """The last tune that was played: what came since the last long silence, if it is enough."""
        tunes: list[list[TimedNote]] = [[]]
        end = 0
        for note in sorted(self._notes_by_serial.values(), key=lambda note: note.due):
            if tunes[-1] and note.due - end > TUNE_GAP_NS:
                tunes.append([])
            tunes[-1].append(note)
            end = max(end, note.end)
        long = [tune for tune in tunes if len(tune) >= MIN_NOTES]
        return long[-1] if long else []

    def last_tune(self, name: str) -> Tune | None:
        """What was played last, as it can be learned; None if it is too short."""
        played = self.last_tune_notes
        if not played:
            return None
        try:
            return fit_tune_to_learn(transcribe(played, name))
        except TuneTooShortError:
            return None


class SharedLessonState:
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

    def __init__(
        self, workshop: LessonTrainer | None = None, subject: ProbedNetwork | None = None
    ) -> None:
        self.trainer = workshop or InlineLessonTrainer()
        self.probed_network = subject
        self.tune_capture = TuneCapture()
        self.tune_choice: str | None = None
        self.visitor_tune: Tune | None = None
        self.learned_snapshot: TuneLearnerSnapshot | None = None
        self.chosen_network: TuneLearnerSnapshot | Path | None = None

    def pop_chosen_network(self) -> TuneLearnerSnapshot | Path | None:
        """What was chosen since the last call, if anything was."""
        chosen, self.chosen_network = self.chosen_network, None
        return chosen

    def reset(self) -> None:
        """Nothing was played, chosen or learned."""
        self.trainer.stop()
        self.tune_capture.clear()
        self.tune_choice = self.visitor_tune = None
        self.learned_snapshot = None
