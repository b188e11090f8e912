"""Phrase generation: one stretch of the network's music, from its first note to an ending."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from copy import copy, deepcopy
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from messages.timed_note import TimedNote
from messages.withdrawal import is_withdrawn
from midi_data.beat_grid import BeatGrid, BeatPosition
from midi_data.key_detection import MusicalKey, find_key
from midi_data.notes import BEAT_EPSILON, Note, fold_pitch
from rnn.generation.composer import Composer, ComposerStep
from rnn.generation.performance_rules import DEFAULT_VELOCITY_SPREAD, Performance, PerformanceRules
from rnn.model.sampling_params import SamplingParams

MIN_FINAL_NOTE_BEATS = 1.5  # shortest final note, beats
ENDING_STRICTNESS_NATS = 3.0  # least strictness with which a phrase is drawn to its ending, nats
RESOLUTION_STRICTNESS_NATS = 12.0
"""Strictness with which an overdue phrase is drawn to its tonic, nats."""
OVERRUN_BEATS_PER_NAT = 4.0
"""Beats over the length of a tune for each nat by which its end on the tonic becomes likelier."""
SHORT_END_NATS = 2.0  # penalty of an ending on a note shorter than a beat, nats
ACCENT_VELOCITY = 7  # additional MIDI velocity of a note on the beat, without expression
MIN_VELOCITY, MAX_VELOCITY = 24, 112  # bounds of the network's MIDI velocities
LaterGenerators = Sequence[tuple[float, np.random.Generator]]
"""Generators that take over, and the beats from which they do."""


@dataclass(frozen=True, slots=True)
class PhrasePlan:
    """The plan of a phrase of the network.

    Parameters
    ----------
    length : float
        Length after which it should end, beats.
    sampling : SamplingParams
        How notes are sampled until then.
    velocity : int
        Mean MIDI velocity.
    key : MusicalKey or None
        Key in which it ends; None to end on any long note.
    min_notes : int
        Least number of notes.
    max_overrun_beats : float
        Beats over `length` after which it must end.
    may_end_after : float
        Length after which the network may end it by itself, beats.
    open_share : float
        Share of the endings in `key` that are open: on another note than the tonic.
    final_beats : tuple of float
        Least lengths of the final note, beats, each as likely as another.
    entry : float or None
        Beat of the first note; None to leave it to the network.
    shift_beats : float
        The grid moves by multiples of this, beats, so that the first note can be played. With the
        length of a bar, each beat keeps its place in the bar.
    velocity_spread : float
        Standard deviation of the MIDI velocities, with full expression.
    expression : float
        Share of the performance rules; with 0 each note is on the grid.
    agogics : bool
        Whether the rules may move onsets off the beat.
    cut_after : float
        Length at which it is cut off, even without an ending, beats.
    """

    length: float
    sampling: SamplingParams
    velocity: int
    key: MusicalKey | None = None
    min_notes: int = 4
    max_overrun_beats: float = 4.0
    may_end_after: float = math.inf
    open_share: float = 0.0
    final_beats: tuple[float, ...] = (MIN_FINAL_NOTE_BEATS,)
    entry: float | None = None
    shift_beats: float = 1.0
    velocity_spread: float = DEFAULT_VELOCITY_SPREAD
    expression: float = 0.0
    agogics: bool = True
    cut_after: float = math.inf


@dataclass(frozen=True, slots=True, eq=False)
class ComposedNote:
    """A composed note, the network's step, and the composer's snapshot after it.

    Parameters
    ----------
    note : TimedNote
    step : ComposerStep
        The step of the network that composed it.
    snapshot : object
        State of the composer after that step.
    delay : int
        Time from the note's place on the grid to its sound, ns.
    contributions : numpy.ndarray, optional
        Contributions of earlier notes, oldest first, nats, shape (notes,), float32.
    """

    note: TimedNote
    step: ComposerStep
    snapshot: object
    delay: int = 0
    contributions: NDArray[np.float32] | None = None


class PhraseGenerator:
    """Composes one note after another until the plan is fulfilled.

    Parameters
    ----------
    composer : Composer
        Continues from its current state.
    generator : numpy.random.Generator
        Used by this phrase alone: the notes must not depend on how far ahead others composed.
    plan : PhrasePlan
    beat_grid : BeatGrid
        Grid of the composer; it moves by whole beats so that the first note can be played.
    earliest : int
        Earliest time of the first note, ns.
    later_generators : sequence of tuple of float and numpy.random.Generator
        Each takes over after the first note at or after its beat of the composer; in order.

    Attributes
    ----------
    is_over : bool
        Whether the last note is composed.
    begin : int or None
        When the first note starts, ns; None before it is composed.
    end : int
        When the last note so far ends, ns.
    last_due : int
        When the last note so far starts, ns.
    """

    def __init__(
        self,
        composer: Composer,
        generator: np.random.Generator,
        plan: PhrasePlan,
        beat_grid: BeatGrid,
        earliest: int,
        later_generators: LaterGenerators = (),
    ) -> None:
        self.beat_grid = beat_grid
        self.plan = plan
        self.is_over = False
        self.begin: int | None = None
        self.end = earliest
        self.last_due = earliest
        self._composer = composer
        self._generator, self._later_generators = generator, deque(later_generators)
        self._earliest = earliest
        self._start_snapshot = composer.snapshot()
        self._start_position = BeatPosition(beat_grid, 0.0)
        self._recent_notes: deque[ComposedNote] = deque()
        self._note_count = 0
        self._notes: list[Note] = []
        self._final_beats, self._final_classes = self._draw_ending()
        self._first_onset = 0.0
        self._end_beat = 0.0
        self._final_onset: float | None = None
        self._rule_generator = generator.spawn(1)[0]  # the notes do not depend on the rules
        self._rules: PerformanceRules | None = None

    def compose_note(self) -> ComposedNote | None:
        """Compose the next note; None when the phrase is over, the composer after its last note."""
        if self.is_over:
            return None
        while self._later_generators and self.last_onset >= self._later_generators[0][0]:
            self._generator = self._later_generators.popleft()[1]
        step = self._compose_step()
        if step.note is None or self._is_after_final(step.note):
            self._composer.restore(
                self._recent_notes[-1].snapshot if self._recent_notes else self._start_snapshot
            )
            self.is_over = True
            return None
        if self._note_count == 0:
            self._first_onset = step.note.onset
            self.beat_grid = self.beat_grid.shifted_to(
                step.note.onset, self._earliest, self.plan.shift_beats
            )
            self.begin = self.beat_grid.time_at_beat(step.note.onset)
        timed = self._to_timed_note(step.note, step.deviation)
        delay = timed.due - self.beat_grid.time_at_beat(step.note.onset)
        composed = ComposedNote(timed, step, self._composer.snapshot(), delay)
        self._recent_notes.append(composed)
        return composed

    @property
    def last_onset(self) -> float:
        """Beat of the composer at which the last note starts; -inf before the first."""
        return self._notes[-1].onset if self._notes else -math.inf

    def fork(self, generator: np.random.Generator) -> PhraseGenerator:
        """The same phrase so far, to go on with another generator.

        The composer is the same, too: restore it to the snapshot of the last note first.
        """
        other = copy(self)
        other._generator, other._later_generators = generator, deque()
        other._recent_notes, other._notes = deque(self._recent_notes), list(self._notes)
        other._rule_generator = deepcopy(self._rule_generator)
        other._rules = None
        return other

    def _compose_step(self) -> ComposerStep:
        entry = self.plan.entry
        if entry is None or self._note_count:
            return self._composer.compose_note(self._generator, self._sampling())
        return self._composer.compose_note_at(entry, self._generator, self._sampling())

    def explain_last_note(self) -> ComposedNote:
        """The last note, with its contributions if the composer can compute them."""
        attribution = self._composer.explain_last_note()
        if attribution is not None:
            self._recent_notes[-1] = replace(
                self._recent_notes[-1], contributions=attribution.shares
            )
        return self._recent_notes[-1]

    def discard_snapshots(self, before: int) -> None:
        """Discard the snapshots of all notes due by `before` (ns) except the last of them."""
        while len(self._recent_notes) > 1 and self._recent_notes[1].note.due <= before:
            oldest = self._recent_notes.popleft()
            self._start_snapshot = oldest.snapshot
            self._start_position = self._position_after(oldest)

    def rewind_to(self, at: int) -> BeatPosition:
        """End the phrase at the last note due by `at` (ns), and restore the composer there.

        The position has the grid of that note: the phrase's own may have moved for later notes.
        """
        snapshot, position = self._start_snapshot, self._start_position
        for composed in self._recent_notes:
            if not is_withdrawn(composed.note.due, at):
                snapshot, position = composed.snapshot, self._position_after(composed)
        self._composer.restore(snapshot)
        self.is_over = True
        return position.limited_to(at)

    def finish(self) -> BeatPosition:
        """Position of the composer after the last note."""
        notes = self._recent_notes
        position = self._position_after(notes[-1]) if notes else self._start_position
        return position.limited_to(self.end)

    def postpone(self, first: int, earliest: int) -> list[ComposedNote]:
        """Move the notes due from `first` on, and all later ones, by whole beats.

        A note due at `first` moves to `earliest`, or less than a beat after it; both are ns.
        Returns the composed notes that moved.
        """
        beats = max(0, math.ceil((earliest - first) / self.beat_grid.beat_ns))
        delay = beats * self.beat_grid.beat_ns
        self.beat_grid = self.beat_grid.shifted(beats)
        self._earliest = max(self._earliest, earliest)
        if self.begin is not None and self.begin >= first:
            self.begin += delay
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
        """Position of the composer after a note."""
        note, grid = composed.step.note, self.beat_grid
        moved = composed.note.due - composed.delay - grid.time_at_beat(note.onset)
        return BeatPosition(replace(grid, origin_ns=grid.origin_ns + moved), note.end)

    @property
    def planned_length(self) -> float | None:
        """Beats from the first note to the final one; None if the network may end by itself."""
        return self._final_after if math.isinf(self.plan.may_end_after) else None

    @property
    def _final_after(self) -> float:
        """Beats after the first note from which on a note may be the final one."""
        return self.plan.length - max(1.0, self._final_beats)

    @property
    def _length(self) -> float:
        """Length composed so far, beats."""
        return self._end_beat - self._first_onset if self._note_count else 0.0

    @property
    def _is_overdue(self) -> bool:
        return self._length >= self.plan.length + self.plan.max_overrun_beats / 2

    def _draw_ending(self) -> tuple[float, frozenset[int]]:
        """Least length of the final note, beats, and the pitch classes of its note."""
        plan, final_beats = self.plan, self.plan.final_beats[0]
        if len(plan.final_beats) > 1:
            final_beats = float(self._generator.choice(plan.final_beats))
        if plan.key is None:
            return final_beats, frozenset()
        if plan.open_share and self._generator.random() < plan.open_share:
            second = (plan.key.tonic + 2) % 12
            return final_beats, plan.key.triad - {plan.key.tonic} | {second}
        return final_beats, frozenset({plan.key.tonic})

    def _sampling(self) -> SamplingParams:
        plan = self.plan
        ending = self._note_count >= plan.min_notes
        may_end = ending and self._length >= plan.may_end_after
        sampling = replace(plan.sampling, may_end=may_end)
        if plan.key is None and ending and (sampling.key_nats or sampling.homing):
            key = find_key(self._notes)
            if sampling.key_nats and not sampling.scale:
                sampling = replace(sampling, scale=key.scale, strictness=sampling.key_nats)
            if may_end and sampling.homing:
                sampling = replace(sampling, end_nats=self._end_nats(key.tonic))
        if (
            plan.key is None
            or not ending
            or self._length < plan.length - max(1.0, self._final_beats - 0.5)
        ):
            return sampling
        if self._is_overdue:
            return replace(
                sampling, scale=self._final_classes, strictness=RESOLUTION_STRICTNESS_NATS
            )
        drawn = plan.key.triad if not plan.open_share else self._final_classes
        return replace(
            sampling, scale=drawn, strictness=max(sampling.strictness, ENDING_STRICTNESS_NATS)
        )

    def _end_nats(self, tonic: int) -> float:
        """Nats added to the end of a tune: a loss off the tonic, a gain on it that grows."""
        last, bar = self._notes[-1], self._composer.meter.bar_beats
        bars = last.onset // bar - math.ceil(self._first_onset / bar) + 1
        is_last = bars % self.plan.sampling.ending_bars == 0
        if not is_last or last.pitch % 12 != tonic:
            return -self.plan.sampling.homing
        overrun = max(0.0, self._length - self.plan.length) / OVERRUN_BEATS_PER_NAT
        return overrun - (SHORT_END_NATS if last.duration < 1.0 else 0.0)

    def _is_after_final(self, note: Note) -> bool:
        """Whether a note starts after the final note; notes of the same chord still belong."""
        cut = self._first_onset + self.plan.cut_after
        if self._note_count and note.onset >= cut - BEAT_EPSILON:
            return True
        return self._final_onset is not None and note.onset > self._final_onset + BEAT_EPSILON

    def _to_timed_note(self, note: Note, deviation: float) -> TimedNote:
        self._note_count += 1
        self._notes.append(note)
        end = note.end
        if self._final_onset is None and self._is_final(note):
            self._final_onset = note.onset
        if self._final_onset is not None:
            end = max(end, note.onset + self._final_beats)
        self._end_beat = max(self._end_beat, note.end)
        grid = self.beat_grid
        played = self._perform(replace(note, duration=end - note.onset), deviation)
        due = grid.time_at_beat(note.onset) + round((played.onset - note.onset) * grid.beat_ns)
        until = grid.time_at_beat(end) + round((played.end - end) * grid.beat_ns)
        timed = TimedNote(
            fold_pitch(note.pitch),
            played.velocity,
            due,
            max(due + 1, until),
        )
        self.end = max(self.end, grid.time_at_beat(end), timed.end)
        self.last_due = due
        return timed

    def _perform(self, note: Note, deviation: float) -> Performance:
        """How a note is played: as the network wrote it, and by rules what it did not write."""
        played, composer = self._perform_by_rules(note), self._composer
        if composer.writes_velocities:
            played = replace(played, velocity=note.velocity)
        if composer.writes_timing:
            kept = deviation if self.plan.agogics else 0.0
            played = replace(played, onset=note.onset + kept, end=note.end)
        return played

    def _perform_by_rules(self, note: Note) -> Performance:
        plan = self.plan
        if not plan.expression:
            return Performance(self._velocity(note), note.onset, note.end)
        if self._rules is None:
            self._rules = PerformanceRules(
                self._rule_generator,
                plan.expression,
                plan.velocity,
                plan.velocity_spread,
                self._composer.meter,
                note.onset,
                plan.length if math.isinf(plan.may_end_after) else None,
                plan.agogics,
            )
        return self._rules.perform(note, is_final=note.onset == self._final_onset)

    def _is_final(self, note: Note) -> bool:
        """Whether a note is the final one: long enough and on the beat, or at the last moment."""
        plan = self.plan
        length = note.onset - self._first_onset
        if self._note_count < plan.min_notes or length < self._final_after:
            return False
        if length >= plan.length + plan.max_overrun_beats:
            return True
        if plan.key is None:
            return note.duration >= 1.0 and math.isinf(plan.may_end_after)
        is_end = note.pitch % 12 in self._final_classes
        return is_end and (self._is_overdue or self._composer.meter.is_on_beat(note.onset))

    def _velocity(self, note: Note) -> int:
        accent = ACCENT_VELOCITY if self._composer.meter.is_on_beat(note.onset) else 0
        return max(
            MIN_VELOCITY, min(MAX_VELOCITY, self.plan.velocity + accent - ACCENT_VELOCITY // 2)
        )
