"""Lines: one stretch of the network's music, from its first note to a proper ending."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from installation.engine.key_detection import MusicalKey
from installation.engine.timed_note import TimedNote
from midi_data.notes import Note, fold_pitch
from rnn.generation.composer import Composer, ComposerStep, SamplingParams

MIN_FINAL_NOTE_BEATS = 1.5
"""A last note is at least this long."""
RESOLUTION_STRICTNESS_NATS = 12.0
"""Strictness (nats) with which a line is drawn to its tonic once it is overdue."""
EPSILON = 1e-6
"""Two onsets nearer than this are the same, beats."""
ACCENT_VELOCITY = 7
"""How much louder a note on the beat is, MIDI velocity."""
MIN_VELOCITY, MAX_VELOCITY = 24, 112
"""Bounds of the network's velocities."""


@dataclass(frozen=True, slots=True)
class BeatGrid:
    """Where a composer's beats lie in time.

    Parameters
    ----------
    origin : int
        When beat 0 is, ns.
    beat : int
        Length of a beat, ns.
    """

    origin_ns: int
    beat_ns: int

    def time_at_beat(self, beats: float) -> int:
        """The moment of a beat, ns."""
        return self.origin_ns + round(beats * self.beat_ns)

    def beat_at_time(self, time: int) -> float:
        """The beat of a moment."""
        return (time - self.origin_ns) / self.beat_ns

    def shifted(self, beats: int) -> BeatGrid:
        """The same beats, that many later."""
        return replace(self, origin_ns=self.origin_ns + beats * self.beat_ns)

    def shifted_to(self, beats: float, earliest: int) -> BeatGrid:
        """Moved by whole beats so that `beats` falls on `earliest` or less than a beat after."""
        return self.shifted(math.ceil((earliest - self.time_at_beat(beats)) / self.beat_ns))


@dataclass(frozen=True, slots=True)
class BeatPosition:
    """How far a composer has come.

    Parameters
    ----------
    axis : Axis
        Where its beats lie.
    beat : float
        Up to here it has heard and played.
    """

    beat_grid: BeatGrid
    beat: float

    def limited_to(self, at: int) -> BeatPosition:
        """The same, no later than a moment, ns."""
        return replace(self, beat=min(self.beat, self.beat_grid.beat_at_time(at)))


@dataclass(frozen=True, slots=True)
class PhrasePlan:
    """What a line is to be.

    Parameters
    ----------
    length : float
        Beats after which it should come to an end.
    taste : Taste
        How to choose notes until then.
    velocity : int
        How loud, MIDI velocity.
    key : Key or None
        The key it closes in; None to end on any long note.
    min_notes : int
        It has at least so many notes.
    bar : float
        Beats by which it may run over before it must end.
    may_end_after : float
        Beats after which the network may end it by itself.
    """

    length: float
    taste: SamplingParams
    velocity: int
    key: MusicalKey | None = None
    min_notes: int = 4
    max_overrun_beats: float = 4.0
    may_end_after: float = math.inf


@dataclass(frozen=True, slots=True, eq=False)
class ComposedNote:
    """A note of a line.

    Parameters
    ----------
    note : TimedNote
        When it sounds.
    step : Step
        What the network did about it.
    memory : object
        The composer's, after it.
    shares : ndarray, shape (notes,), or None
        What the notes before it did for it, oldest first, nats; None while nobody has asked.
    """

    note: TimedNote
    step: ComposerStep
    snapshot: object
    contributions: NDArray[np.float32] | None = None


class PhraseGenerator:
    """Composes one note after another until the plan is fulfilled.

    Parameters
    ----------
    composer : Composer
        Continues from whatever it remembers.
    generator : numpy.random.Generator
        Of this line alone, so that what it plays does not depend on how far ahead others got.
    plan : Plan
    axis : Axis
        Of the composer; moved by whole beats to where the first note can be played.
    earliest : int
        The first note is not before this, ns.
    """

    def __init__(
        self,
        composer: Composer,
        generator: np.random.Generator,
        plan: PhrasePlan,
        axis: BeatGrid,
        earliest: int,
    ) -> None:
        self.beat_grid = axis
        self.plan = plan
        self.is_over = False
        self.end = earliest
        self.last_due = earliest
        self._composer = composer
        self._generator = generator
        self._earliest = earliest
        self._start_snapshot = composer.snapshot()
        self._start_position = BeatPosition(axis, 0.0)
        self._recent_notes: deque[ComposedNote] = deque()
        self._note_count = 0
        self._first_onset = 0.0
        self._end_beat = 0.0
        self._final_onset: float | None = None

    def compose_note(self) -> ComposedNote | None:
        """The next note; None when the line is over, the composer left at its last note."""
        if self.is_over:
            return None
        step = self._composer.compose_note(self._generator, self._taste())
        if step.note is None or self._is_after_final(step.note):
            self._composer.restore(
                self._recent_notes[-1].snapshot if self._recent_notes else self._start_snapshot
            )
            self.is_over = True
            return None
        if self._note_count == 0:
            self._first_onset = step.note.onset
            self.beat_grid = self.beat_grid.shifted_to(step.note.onset, self._earliest)
        composed = ComposedNote(self._to_timed_note(step.note), step, self._composer.snapshot())
        self._recent_notes.append(composed)
        return composed

    def explain_last_note(self) -> ComposedNote:
        """The last note, with its reasons if the composer has any; kept with it from now on."""
        why = self._composer.explain_last_note()
        if why is not None:
            self._recent_notes[-1] = replace(self._recent_notes[-1], contributions=why.shares)
        return self._recent_notes[-1]

    def discard_snapshots(self, before: int) -> None:
        """Keep no memories of notes due before `before`, save the last of them."""
        while len(self._recent_notes) > 1 and self._recent_notes[1].note.due <= before:
            gone = self._recent_notes.popleft()
            self._start_snapshot, self._start_position = gone.snapshot, self._position_after(gone)

    def rewind_to(self, at: int) -> BeatPosition:
        """Take the composer back to the last note due by `at`; the line is over.

        Returns
        -------
        Place
            Of the composer now. Its beats lie as they did when that note was due, or as they did
            to begin with: the line's own axis may have been moved since, for notes that were to be.
        """
        memory, place = self._start_snapshot, self._start_position
        for composed in self._recent_notes:
            if composed.note.due <= at:
                memory, place = composed.snapshot, self._position_after(composed)
        self._composer.restore(memory)
        self.is_over = True
        return place.limited_to(at)

    def finish(self) -> BeatPosition:
        """The last note has sounded, and the composer stays there."""
        return (
            self._position_after(self._recent_notes[-1])
            if self._recent_notes
            else self._start_position
        ).limited_to(self.end)

    def postpone(self, first: int, earliest: int) -> list[ComposedNote]:
        """Move what is due from `first` on, and all to come, to later beats.

        It moves by whole beats, so that a note due at `first` falls on `earliest` or less than a
        beat after.

        Returns
        -------
        list of Composed
            What was composed and moved, as it is now.
        """
        beats = max(0, math.ceil((earliest - first) / self.beat_grid.beat_ns))
        delay = beats * self.beat_grid.beat_ns
        self.beat_grid = self.beat_grid.shifted(beats)
        self._earliest = max(self._earliest, earliest)
        self.end += delay
        self.last_due += delay
        moved = []
        for index, composed in enumerate(self._recent_notes):
            note = composed.note
            if note.due >= first:
                note = replace(note, due=note.due + delay, end=note.end + delay)
                self._recent_notes[index] = replace(composed, note=note)
                moved.append(self._recent_notes[index])
        return moved

    def _position_after(self, composed: ComposedNote) -> BeatPosition:
        """Where the composer was after a note."""
        note = composed.step.note
        beat = self.beat_grid.beat_ns
        return BeatPosition(BeatGrid(composed.note.due - round(note.onset * beat), beat), note.end)

    @property
    def _length(self) -> float:
        """Beats composed so far."""
        return self._end_beat - self._first_onset if self._note_count else 0.0

    @property
    def _is_overdue(self) -> bool:
        return self._length >= self.plan.length + self.plan.max_overrun_beats / 2

    def _taste(self) -> SamplingParams:
        plan = self.plan
        ending = self._note_count >= plan.min_notes
        taste = replace(plan.taste, may_end=ending and self._length >= plan.may_end_after)
        if plan.key is None or not ending or self._length < plan.length - 1.0:
            return taste
        if self._is_overdue:
            tonic = frozenset({plan.key.tonic})
            return replace(taste, scale=tonic, strictness=RESOLUTION_STRICTNESS_NATS)
        return replace(taste, scale=plan.key.triad)

    def _is_after_final(self, note: Note) -> bool:
        """Whether the final note is behind: only notes struck with it still belong."""
        return self._final_onset is not None and note.onset > self._final_onset + EPSILON

    def _to_timed_note(self, note: Note) -> TimedNote:
        self._note_count += 1
        end = note.end
        if self._final_onset is None and self._is_final(note):
            self._final_onset = note.onset
        if self._final_onset is not None:
            end = max(end, note.onset + MIN_FINAL_NOTE_BEATS)
        self._end_beat = max(self._end_beat, note.end)
        due = self.beat_grid.time_at_beat(note.onset)
        timed = TimedNote(
            fold_pitch(note.pitch),
            self._velocity(note),
            due,
            max(due + 1, self.beat_grid.time_at_beat(end)),
        )
        self.end = max(self.end, timed.end)
        self.last_due = due
        return timed

    def _is_final(self, note: Note) -> bool:
        """Whether to close here: on a tonic on the beat, or when the line has run over a bar."""
        plan = self.plan
        length = note.onset - self._first_onset
        if self._note_count < plan.min_notes or length < plan.length - MIN_FINAL_NOTE_BEATS:
            return False
        if length >= plan.length + plan.max_overrun_beats:
            return True
        if plan.key is None:
            return note.duration >= 1.0
        at_home = note.pitch % 12 == plan.key.tonic
        return at_home and (self._is_overdue or _is_on_beat(note.onset))

    def _velocity(self, note: Note) -> int:
        accent = ACCENT_VELOCITY if _is_on_beat(note.onset) else 0
        return max(
            MIN_VELOCITY, min(MAX_VELOCITY, self.plan.velocity + accent - ACCENT_VELOCITY // 2)
        )


def _is_on_beat(onset: float) -> bool:
    return abs(onset - round(onset)) < EPSILON
