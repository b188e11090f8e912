"""Lines: one stretch of the network's music, from its first note to a proper ending."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from installation.engine.key_detection import Key
from installation.engine.timed_note import TimedNote
from midi_data.notes import Note, fold_pitch
from rnn.generation.composer import Composer, Step, Taste

FINAL_BEATS = 1.5
"""A last note is at least this long."""
RESOLVE = 12.0
"""Strictness (nats) with which a line is drawn to its tonic once it is overdue."""
EPSILON = 1e-6
"""Two onsets nearer than this are the same, beats."""
ACCENT = 7
"""How much louder a note on the beat is, MIDI velocity."""
SOFTEST, LOUDEST = 24, 112
"""Bounds of the network's velocities."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Where a composer's beats lie in time.

    Parameters
    ----------
    origin : int
        When beat 0 is, ns.
    beat : int
        Length of a beat, ns.
    """

    origin: int
    beat: int

    def time(self, beats: float) -> int:
        """The moment of a beat, ns."""
        return self.origin + round(beats * self.beat)

    def beats(self, time: int) -> float:
        """The beat of a moment."""
        return (time - self.origin) / self.beat

    def moved(self, beats: int) -> Axis:
        """The same beats, that many later."""
        return replace(self, origin=self.origin + beats * self.beat)

    def not_before(self, beats: float, earliest: int) -> Axis:
        """Moved by whole beats so that `beats` falls on `earliest` or less than a beat after."""
        return self.moved(math.ceil((earliest - self.time(beats)) / self.beat))


@dataclass(frozen=True, slots=True)
class Place:
    """How far a composer has come.

    Parameters
    ----------
    axis : Axis
        Where its beats lie.
    beat : float
        Up to here it has heard and played.
    """

    axis: Axis
    beat: float

    def by(self, at: int) -> Place:
        """The same, no later than a moment, ns."""
        return replace(self, beat=min(self.beat, self.axis.beats(at)))


@dataclass(frozen=True, slots=True)
class Plan:
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
    fewest : int
        It has at least so many notes.
    bar : float
        Beats by which it may run over before it must end.
    own_end : float
        Beats after which the network may end it by itself.
    """

    length: float
    taste: Taste
    velocity: int
    key: Key | None = None
    fewest: int = 4
    bar: float = 4.0
    own_end: float = math.inf


@dataclass(frozen=True, slots=True, eq=False)
class Composed:
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
    step: Step
    memory: object
    shares: NDArray[np.float32] | None = None


class Line:
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
        plan: Plan,
        axis: Axis,
        earliest: int,
    ) -> None:
        self.axis = axis
        self.plan = plan
        self.over = False
        self.end = earliest
        self.last_due = earliest
        self._composer = composer
        self._generator = generator
        self._earliest = earliest
        self._start_memory = composer.snapshot()
        self._start = Place(axis, 0.0)
        self._kept: deque[Composed] = deque()
        self._count = 0
        self._first = 0.0
        self._reached = 0.0
        self._final: float | None = None

    def compose(self) -> Composed | None:
        """The next note; None when the line is over, the composer left at its last note."""
        if self.over:
            return None
        step = self._composer.compose(self._generator, self._taste())
        if step.note is None or self._is_beyond(step.note):
            self._composer.restore(self._kept[-1].memory if self._kept else self._start_memory)
            self.over = True
            return None
        if self._count == 0:
            self._first = step.note.onset
            self.axis = self.axis.not_before(step.note.onset, self._earliest)
        composed = Composed(self._timed(step.note), step, self._composer.snapshot())
        self._kept.append(composed)
        return composed

    def explain(self) -> Composed:
        """The last note, with its reasons if the composer has any; kept with it from now on."""
        why = self._composer.explain()
        if why is not None:
            self._kept[-1] = replace(self._kept[-1], shares=why.shares)
        return self._kept[-1]

    def forget(self, before: int) -> None:
        """Keep no memories of notes due before `before`, save the last of them."""
        while len(self._kept) > 1 and self._kept[1].note.due <= before:
            gone = self._kept.popleft()
            self._start_memory, self._start = gone.memory, self._after(gone)

    def cut(self, at: int) -> Place:
        """Take the composer back to the last note due by `at`; the line is over.

        Returns
        -------
        Place
            Of the composer now. Its beats lie as they did when that note was due, or as they did
            to begin with: the line's own axis may have been moved since, for notes that were to be.
        """
        memory, place = self._start_memory, self._start
        for composed in self._kept:
            if composed.note.due <= at:
                memory, place = composed.memory, self._after(composed)
        self._composer.restore(memory)
        self.over = True
        return place.by(at)

    def finish(self) -> Place:
        """The last note has sounded, and the composer stays there."""
        return (self._after(self._kept[-1]) if self._kept else self._start).by(self.end)

    def put_off(self, first: int, earliest: int) -> list[Composed]:
        """Move what is due from `first` on, and all to come, to later beats.

        It moves by whole beats, so that a note due at `first` falls on `earliest` or less than a
        beat after.

        Returns
        -------
        list of Composed
            What was composed and moved, as it is now.
        """
        beats = max(0, math.ceil((earliest - first) / self.axis.beat))
        delay = beats * self.axis.beat
        self.axis = self.axis.moved(beats)
        self._earliest = max(self._earliest, earliest)
        self.end += delay
        self.last_due += delay
        moved = []
        for index, composed in enumerate(self._kept):
            note = composed.note
            if note.due >= first:
                note = replace(note, due=note.due + delay, end=note.end + delay)
                self._kept[index] = replace(composed, note=note)
                moved.append(self._kept[index])
        return moved

    def _after(self, composed: Composed) -> Place:
        """Where the composer was after a note."""
        note = composed.step.note
        beat = self.axis.beat
        return Place(Axis(composed.note.due - round(note.onset * beat), beat), note.end)

    @property
    def _length(self) -> float:
        """Beats composed so far."""
        return self._reached - self._first if self._count else 0.0

    @property
    def _overdue(self) -> bool:
        return self._length >= self.plan.length + self.plan.bar / 2

    def _taste(self) -> Taste:
        plan = self.plan
        ending = self._count >= plan.fewest
        taste = replace(plan.taste, may_end=ending and self._length >= plan.own_end)
        if plan.key is None or not ending or self._length < plan.length - 1.0:
            return taste
        if self._overdue:
            tonic = frozenset({plan.key.tonic})
            return replace(taste, scale=tonic, strictness=RESOLVE)
        return replace(taste, scale=plan.key.triad)

    def _is_beyond(self, note: Note) -> bool:
        """Whether the final note is behind: only notes struck with it still belong."""
        return self._final is not None and note.onset > self._final + EPSILON

    def _timed(self, note: Note) -> TimedNote:
        self._count += 1
        end = note.end
        if self._final is None and self._is_final(note):
            self._final = note.onset
        if self._final is not None:
            end = max(end, note.onset + FINAL_BEATS)
        self._reached = max(self._reached, note.end)
        due = self.axis.time(note.onset)
        timed = TimedNote(
            fold_pitch(note.pitch), self._velocity(note), due, max(due + 1, self.axis.time(end))
        )
        self.end = max(self.end, timed.end)
        self.last_due = due
        return timed

    def _is_final(self, note: Note) -> bool:
        """Whether to close here: on a tonic on the beat, or when the line has run over a bar."""
        plan = self.plan
        length = note.onset - self._first
        if self._count < plan.fewest or length < plan.length - FINAL_BEATS:
            return False
        if length >= plan.length + plan.bar:
            return True
        if plan.key is None:
            return note.duration >= 1.0
        at_home = note.pitch % 12 == plan.key.tonic
        return at_home and (self._overdue or _on_beat(note.onset))

    def _velocity(self, note: Note) -> int:
        accent = ACCENT if _on_beat(note.onset) else 0
        return max(SOFTEST, min(LOUDEST, self.plan.velocity + accent - ACCENT // 2))


def _on_beat(onset: float) -> bool:
    return abs(onset - round(onset)) < EPSILON
