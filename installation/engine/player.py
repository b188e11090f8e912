"""The player: the network that plays, a guest network in its place, and its phrases."""

from __future__ import annotations

import logging
import math
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field, replace
from itertools import count

import numpy as np

from installation.band.band import ANSWER_LIFT, Band, BandSection
from installation.config import LiveSettings
from installation.engine.composer_input import ComposerInput, UpcomingNote
from installation.engine.key_input import ComposerChange, KeyPressed, NoteStopped
from installation.engine.live_controls import InterventionsChange, LiveControlChange, LiveControls
from installation.engine.phrases.audition import Audition, DrawnTune
from installation.engine.phrases.phrase import (
    DEFAULT_METER,
    MIN_LAST_NOTE_BEATS,
    MIN_REACTION_NS,
    Ghost,
    Phrase,
)
from installation.engine.phrases.phrase_generator import (
    ComposedNote,
    LaterGenerators,
    PhraseGenerator,
    PhrasePlan,
)
from installation.engine.phrases.phrase_plans import (
    is_key_mash,
    plan_answer,
    plan_attract_tune,
    plan_farewell,
    plan_harmony,
)
from installation.engine.publisher import Publisher
from installation.engine.scheduler import MAX_LATENESS_NS, Scheduler
from installation.engine.tempo_sync import SyncedTempo
from installation.io.drop_counter import DropCounter
from messages.clock import MILLISECOND, SECOND
from messages.crowd import CrowdSteering
from messages.cues import (
    BlendChange,
    ComparedVersion,
    GhostAnswer,
    ModelChange,
    NoteSource,
    UnitComparison,
)
from messages.gestures import ComparisonRequest
from messages.timed_note import TimedNote
from midi_data.beat_grid import BeatGrid
from rnn.generation.composer import Composer
from rnn.generation.unit_intervention import InterventionKind, UnitIntervention
from rnn.model.sampling_params import SamplingParams

MAX_REPLAYED_NOTES = 24  # largest number of notes that the composer replays before it answers
SIMULTANEITY_NS = 30 * MILLISECOND
"""Time after a visitor's key within which the network's notes still sound, ns."""
COLLISION_NS = 150 * MILLISECOND
"""Time after an answer's first note within which a key is no reaction to it, ns."""
MAX_GHOST_NOTE_NS = 4 * SECOND
"""Longest note of a ghost, ns: a past visitor may have held a pedal or a key for a minute."""
GUEST_TIMEOUT_NS = 90 * SECOND  # time without a visitor after which a guest model is removed, ns
COMPARED_BEATS = 16.0  # most of a phrase that is played with and without a unit, beats
AUDITION_INTERVAL_NS = 20 * MILLISECOND
"""Time between two notes of an audition, ns: a tune is chosen while one is heard."""
AUDITION_STREAM = 0xA0D1  # sets the seeds of auditions apart from those of phrases
STALL_LOG_INTERVAL_NS = 60 * SECOND  # shortest time between two log lines about stalls, ns

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class PhraseStart:
    """All it takes to play a phrase again."""

    snapshot: object
    generators: tuple[np.random.Generator, LaterGenerators]
    plan: PhrasePlan
    beat_grid: BeatGrid


@dataclass(frozen=True, slots=True, eq=False)
class _GhostNote:
    """A note of a past visitor, due at a time (ns), which the composer has heard in advance."""

    due: int
    heard: UpcomingNote


@dataclass(slots=True)
class Comparison:
    """A phrase that is played with and then without a unit, and the notes of each version."""

    request: ComparisonRequest
    version: ComparedVersion = ComparedVersion.WITH_UNIT
    notes: tuple[Counter, Counter] = field(default_factory=lambda: (Counter(), Counter()))


class Player:
    """Owns the network that plays, its beat grid, and the phrase it plays.

    `guest_expires_at` is when a guest model is removed if nobody plays, ns.
    """

    def __init__(
        self,
        composer: Composer,
        scheduler: Scheduler,
        publisher: Publisher,
        tempo: SyncedTempo,
        settings: LiveSettings,
        seed: int,
        start: int,
        band: Band,
    ) -> None:
        self.phrase_generator: PhraseGenerator | None = None
        self.postponements = 0
        self.guest_expires_at: int | None = None
        self._default_composer = self._composer = composer
        self._model_path = self._default_path = ""
        self._scheduler, self._publisher, self._tempo = scheduler, publisher, tempo
        self._band, self._section = band, BandSection()
        self._look_ahead, self._attract_velocity = settings.look_ahead, settings.attract_level
        self._expression = settings.expression
        self._seed, self._phrase_numbers = seed, count()
        self._max_candidates, self._audition_numbers = settings.auditions, count()
        self._audition: Audition | None = None
        self._audition_at = start
        self._first_serial = 0  # of the phrase's first cue
        self._ghost_notes: tuple[_GhostNote, ...] = ()  # that the phrase begins with
        self._phrase_start: PhraseStart | None = None
        self._comparison: Comparison | None = None
        self._live_controls = LiveControls(composer, settings)
        self._composer_input = ComposerInput(composer, BeatGrid(start, tempo.beat_ns))
        self._rejected_changes = DropCounter("steering")
        self._stall_logged_at: int | None = None

    @property
    def beat_grid(self) -> BeatGrid:
        """Beat grid of the music; may be read from any thread."""
        return (self.phrase_generator or self._composer_input).beat_grid

    @property
    def compose_at(self) -> int | None:
        """When to compose the next note, ns; None if the phrase has all its notes."""
        phrase = self.phrase_generator
        if phrase is None or phrase.is_over:
            return None
        return phrase.last_due - round(self._look_ahead * phrase.beat_grid.beat_ns)

    @property
    def audition_at(self) -> int | None:
        """When to compose the next note of an audition, ns; None where there is none to compose."""
        if not (self._max_candidates and self._composer.candidates):
            return None
        return None if self._audition is not None and self._audition.is_over else self._audition_at

    def audition_note(self, at: int) -> None:
        """Compose a note, which nobody hears, for the next tune of attract mode."""
        if self._audition is None:
            seed = (self._seed, AUDITION_STREAM, next(self._audition_numbers))
            candidates = min(self._max_candidates, self._composer.candidates)
            self._audition = Audition(self._composer, self.sampling, seed, candidates)
        self._audition.compose_note()
        self._audition_at = at + AUDITION_INTERVAL_NS

    def is_beginning(self, at: int) -> bool:
        """Whether the phrase's first note is to come at the time `at` (ns), or has just begun."""
        if self._ghost_notes:
            return self._ghost_notes[0].due > at - COLLISION_NS
        phrase = self.phrase_generator
        return phrase is not None and (phrase.begin is None or phrase.begin > at - COLLISION_NS)

    @property
    def sampling(self) -> SamplingParams:
        """Current sampling parameters."""
        return self._live_controls.sampling

    # The network; all times are ns

    def publish_model(self, at: int) -> None:
        """Publish which model plays, and its mixture of styles."""
        self._publisher.publish(ModelChange(self._model_path))
        self.publish_blend(at)

    def publish_blend(self, at: int) -> None:
        """Publish the mixture of styles from the time `at` on."""
        controls = self._live_controls
        names, weights = controls.style_shares
        blend = BlendChange(
            at,
            names,
            weights,
            self.sampling.temperature,
            controls.set_shares,
            controls.set_temperature,
        )
        self._publisher.publish(blend)

    def switch_composer(self, change: ComposerChange, at: int) -> None:
        """Let a guest model play, another default one, or that again; no phrase may be playing."""
        guest = change.composer
        if change.is_default and guest is not None:
            self._default_composer, self._default_path = guest, change.path
            if self.guest_expires_at is not None:
                return  # it plays once the guest is removed
            guest = None
        self._composer = self._default_composer if guest is None else guest
        self._phrase_start = self._audition = None
        self._model_path = self._default_path if guest is None else change.path
        self.guest_expires_at = None if guest is None else change.at + GUEST_TIMEOUT_NS
        self._live_controls.switch_composer(self._composer)
        self._composer_input.switch_composer(self._composer, BeatGrid(at, self._tempo.beat_ns))
        self.publish_model(at)

    def apply_control_change(self, change: LiveControlChange) -> None:
        """Change how the network plays; notes already composed stay.

        The phrase of a comparison goes on as it began, so that both versions are alike.
        """
        before = self.sampling
        try:
            self._live_controls.apply_change(change)
        except ValueError as error:  # meant for a network that no longer plays
            log.debug("ignored a change: %s", error)
            self._rejected_changes.record_drop("changes meant for another network")
            return
        if not isinstance(change.change, CrowdSteering):  # whose wishes move little by little
            self._audition = None  # another network would go on with it
        if not isinstance(change.change, InterventionsChange):
            self.publish_blend(change.at)
        phrase = self.phrase_generator
        if phrase is not None and not self.is_comparing and self.sampling != before:
            sampling = self._live_controls.move_with_current(phrase.plan.sampling, before)
            phrase.plan = replace(phrase.plan, sampling=sampling)

    # The visitor's keys

    def reset(self, beat_grid: BeatGrid) -> None:
        """Begin anew: network and band forget everything, and the beat grid is a new one."""
        self._composer_input.reset(beat_grid)
        self._band.forget()

    def strike(self, pressed: KeyPressed) -> None:
        """Pass a key press on to the network, and publish its step."""
        step = self._composer_input.strike(pressed.pitch, pressed.at, pressed.velocity)
        self._publisher.publish_press(pressed, step)

    def release(self, stopped: NoteStopped) -> None:
        """Pass the end of a visitor's note on to the network, and publish it."""
        self._composer_input.release(stopped.pitch, stopped.at)
        self._publisher.publish_release(stopped.pitch, stopped.at)

    # The network's phrases

    def begin_answer(self, phrase: Phrase, at: int, ghost: Ghost | None = None) -> None:
        """Replay the end of a phrase to the network, and answer it on a bar line or its upbeat.

        A style of several voices harmonises a melody, and then goes on. A ghost answers first.
        Mashed keys are no melody.
        """
        recent = phrase.last_bars(MAX_REPLAYED_NOTES)
        if ghost is not None:
            self._begin_answer_of(ghost, phrase, recent, at)
            return
        plan = plan_answer(phrase, recent.entry, self.sampling)
        self._composer_input.replay_phrase(recent.tune_until(recent.entry))
        is_melody = not is_key_mash(phrase)
        begin = self._composer_input.harmonise_phrase(recent.tune) if is_melody else None
        if begin is not None:
            plan = plan_harmony(plan, recent.tune, begin)
        grid = BeatGrid(recent.origin_ns, recent.beat_ns, recent.swing)
        energy = min(1.0, phrase.energy + ANSWER_LIFT)
        self._section = BandSection(phrase.tune.meter, energy, phrase.key)
        self._begin_phrase(plan, grid, at + MIN_REACTION_NS)

    def _begin_answer_of(self, ghost: Ghost, phrase: Phrase, recent: Phrase, at: int) -> None:
        """Let a past visitor answer a phrase, and the network go on from there."""
        grid, bar = BeatGrid(recent.origin_ns, recent.beat_ns, recent.swing), recent.bar_beats
        first = ghost.notes[0].onset % bar
        pickup = bar if first > bar / 2 else 0.0  # beats by which it begins before its bar line
        begin = recent.entry + recent.upbeat - ghost.notes[0].onset + first - pickup
        grid = self._tempo.align(grid, at + MIN_REACTION_NS)
        while grid.time_at_beat(begin + ghost.notes[0].onset) < at + MIN_REACTION_NS:
            begin += bar
        notes = [replace(note, onset=note.onset + begin) for note in ghost.notes]
        over = math.ceil((notes[-1].onset + MIN_LAST_NOTE_BEATS + recent.upbeat) / bar) * bar
        plan = plan_answer(phrase, over - recent.upbeat, self.sampling)
        self._composer_input.replay_phrase(recent.tune_until(notes[0].onset))
        heard = self._composer_input.hear(notes)
        self._section = BandSection(
            phrase.tune.meter, min(1.0, phrase.energy + ANSWER_LIFT), phrase.key
        )
        self._begin_phrase(plan, grid, grid.time_at_beat(plan.entry))
        end_beats = [min(note.onset + note.duration, plan.entry) for note in notes]
        dues = [grid.time_at_beat(note.onset) for note in notes]
        ends = [
            max(due + 1, min(grid.time_at_beat(beat), due + MAX_GHOST_NOTE_NS))
            for due, beat in zip(dues, end_beats, strict=True)
        ]
        self._ghost_notes = tuple(map(_GhostNote, dues, heard))
        for note, due, end, each in zip(notes, dues, ends, heard, strict=True):
            sounded = TimedNote(note.pitch, phrase.velocity, due, end, NoteSource.GHOST)
            self._schedule(sounded)
            self._publisher.publish_ghost_note(sounded, each.step)
        times = (grid.time_at_beat(beat) for beat in (notes[0].onset, plan.entry))
        began = ghost.began
        self._publisher.publish(GhostAnswer(*times, began.weekday(), began.hour))

    def begin_play_along(self, plan: PhrasePlan, at: int) -> None:
        """Continue at once from the visitor's last key, on a beat grid through it."""
        beat = self._tempo.beat_ns
        origin = at - round(self._composer_input.beat_grid.beat_at_time(at) * beat)
        self._begin_phrase(plan, BeatGrid(origin, beat), at + SIMULTANEITY_NS)

    def begin_continuation(self, plan: PhrasePlan, at: int) -> None:
        """Continue from the last note, without a visitor."""
        self._begin_phrase(plan, self._composer_input.beat_grid, at + MIN_REACTION_NS)

    def begin_farewell(self, phrase: Phrase | None, at: int) -> None:
        """Play a closing phrase in the key of the visitor's last phrase, if any."""
        plan = plan_farewell(phrase, self.sampling, self._attract_velocity)
        energy = self._attract_velocity / 127
        self._section = replace(self._section, energy=energy, key=plan.key)
        self.begin_continuation(plan, at)

    def begin_attract_tune(self, begin_at: int) -> None:
        """Play a new tune from the time `begin_at` on."""
        grid, generator = BeatGrid(begin_at, self._tempo.beat_ns), self._next_generator()
        drawn = self._audition.finish() if self._audition is not None else None
        drawn, self._audition = drawn or DrawnTune(generator), None
        generator = drawn.generator
        meter = self._composer.draw_meter(generator)
        self._composer_input.reset(grid, meter)
        self._band.forget()
        self._section = BandSection(meter or DEFAULT_METER, energy=self._attract_velocity / 127)
        plan = plan_attract_tune(self.sampling, self._attract_velocity)
        if self._tempo.bar_line_after(begin_at) is not None:  # an upbeat leaves its bar line there
            plan = replace(plan, shift_beats=self._composer.meter.bar_beats)
        self._begin_phrase(plan, grid, begin_at, generator, drawn.later_generators)

    def compose_note(self, at: int) -> None:
        """Compose, schedule and publish one note of the phrase."""
        phrase = self.phrase_generator
        phrase.beat_grid = self._tempo.align(phrase.beat_grid, phrase.last_due)
        is_first = phrase.begin is None
        composed = phrase.compose_note()
        if composed is not None and self._comparison is not None:
            note = composed.step.note
            self._comparison.notes[self._comparison.version][note.pitch, note.onset] += 1
        if composed is None:
            self._band.end_section(phrase.last_due)
            return
        if is_first:
            section = replace(self._section, length=phrase.planned_length)
            self._band.begin_section(section, phrase.beat_grid, phrase.begin)
        serial, shares = self._publisher.next_serial, composed.step.next_key_probabilities
        self._band.hear(composed.note, shares, serial)
        phrase.discard_snapshots(at)
        self._schedule_note(composed)  # first: the attribution takes longer than the note
        self._publish_attribution(phrase.explain_last_note())

    @property
    def compose_band_at(self) -> int | None:
        """When to compose the band's next beat, ns; None while it rests."""
        return self._band.compose_at

    def compose_band(self, at: int) -> None:
        """Compose and schedule a beat of the band."""
        phrase = self.phrase_generator
        for each in self._band.compose_beat(None if phrase is None else phrase.beat_grid, at):
            self._schedule(each.note)
            self._publisher.publish_band_note(each)

    def accompany(self, at: int) -> None:
        """Let the band go on with a visitor who pressed a key at the time `at`."""
        self._band.accompany(at)

    def withdraw_pending(self, at: int) -> None:
        """End the phrase, and withdraw its notes due later than `SIMULTANEITY_NS` after `at`."""
        phrase, self.phrase_generator = self.phrase_generator, None
        self._end_comparison(at)
        if phrase is not None:
            self._withdraw_after(at + SIMULTANEITY_NS)
            self._composer_input.resume_from(phrase.rewind_to(at + SIMULTANEITY_NS))
            self._composer_input.clear_held_keys()
            for note in self._ghost_notes:
                if note.due > at + SIMULTANEITY_NS:  # neither it nor those after it will sound
                    self._composer_input.rewind_before(note.heard)
                    break
        elif self._band.compose_at is not None:
            self._withdraw_after(at + SIMULTANEITY_NS)
        self._band.rest(at + SIMULTANEITY_NS)

    @property
    def is_comparing(self) -> bool:
        """Whether a phrase is played with and without a unit."""
        return self._comparison is not None

    def can_compare(self, request: ComparisonRequest) -> bool:
        """Whether there is a phrase to play again, and such a unit."""
        composer = self._composer
        has_unit = 0 <= request.layer < composer.layers and 0 <= request.unit < composer.units
        return self._phrase_start is not None and has_unit

    def begin_comparison(self, request: ComparisonRequest, at: int) -> None:
        """Play the last phrase again, if that is possible; none may be playing."""
        if self.can_compare(request):
            self._comparison = Comparison(request)
            self._replay_phrase(at)

    def continue_comparison(self, at: int) -> None:
        """Play the other version after the first, or end the comparison after both."""
        if self._comparison.version is not ComparedVersion.WITH_UNIT:
            self._end_comparison(at)
            return
        self._comparison.version = ComparedVersion.WITHOUT_UNIT
        self._replay_phrase(at)

    def _replay_phrase(self, at: int) -> None:
        start, comparison = self._phrase_start, self._comparison
        request, version = comparison.request, comparison.version
        self._composer.restore(start.snapshot)
        is_silenced = version is ComparedVersion.WITHOUT_UNIT
        silence = UnitIntervention(request.layer, request.unit, InterventionKind.SILENCE)
        touches = InterventionsChange((silence,) if is_silenced else (), origin="comparison")
        self.apply_control_change(LiveControlChange(touches, at))
        plan = replace(start.plan, cut_after=COMPARED_BEATS)
        earliest = at + MIN_REACTION_NS
        grid = self._tempo.align(start.beat_grid, earliest)
        generator, later = deepcopy(start.generators)
        self.phrase_generator = PhraseGenerator(
            self._composer, generator, plan, grid, earliest, later
        )
        self._first_serial = self._publisher.next_serial
        self._publisher.publish(UnitComparison(at, request.layer, request.unit, version))

    def _end_comparison(self, at: int) -> None:
        comparison, self._comparison = self._comparison, None
        if comparison is None:
            return
        none = InterventionsChange((), origin="comparison")
        self.apply_control_change(LiveControlChange(none, at))
        with_unit, without = comparison.notes
        counts = (without - with_unit).total(), without.total()
        request = comparison.request
        over = UnitComparison(at, request.layer, request.unit, ComparedVersion.NONE, *counts)
        self._publisher.publish(over)

    def finish_phrase(self) -> BeatGrid:
        """End the phrase after its last note; returns its beat grid."""
        phrase, self.phrase_generator = self.phrase_generator, None
        position = phrase.finish()
        self._composer_input.resume_from(position)
        return position.beat_grid

    def postpone_missed(self, now: int) -> None:
        """Move notes that were missed because the machine stalled to a later beat."""
        phrase = self.phrase_generator
        first = self._scheduler.first_missed_due(now)
        composing = phrase is not None and not phrase.is_over
        if first is None and composing and phrase.last_due < now - MAX_LATENESS_NS:
            first = phrase.last_due + 1  # all composed notes have sounded, and the next is late
        if first is None:
            return
        self._withdraw_after(first - 1)
        played_band = self._band.compose_at is not None
        self._band.rest(first - 1)
        if phrase is None:
            return
        for composed in phrase.postpone(first, now + MIN_REACTION_NS):
            self._schedule_note(composed)
            self._publish_attribution(composed)
        if played_band:
            self._band.resume(phrase.last_due if phrase.is_over else None)
        self.postponements += 1
        if self._stall_logged_at is None or now - self._stall_logged_at >= STALL_LOG_INTERVAL_NS:
            self._stall_logged_at = now
            late = (now - first) / SECOND
            log.warning("%.1f s late: the machine stalled; going on at the next beat", late)

    def _next_generator(self) -> np.random.Generator:
        """The generator of the next phrase."""
        return np.random.default_rng([self._seed, next(self._phrase_numbers)])

    def _begin_phrase(
        self,
        plan: PhrasePlan,
        beat_grid: BeatGrid,
        earliest: int,
        generator: np.random.Generator | None = None,
        later_generators: LaterGenerators = (),
    ) -> None:
        generator = generator or self._next_generator()
        grid = self._tempo.align(beat_grid, earliest)
        agogics = plan.agogics and not self._tempo.is_external
        plan = replace(plan, expression=self._expression, agogics=agogics)
        self._phrase_start = PhraseStart(
            self._composer.snapshot(), deepcopy((generator, later_generators)), plan, beat_grid
        )
        self.phrase_generator = PhraseGenerator(
            self._composer, generator, plan, grid, earliest, later_generators
        )
        self._first_serial, self._ghost_notes = self._publisher.next_serial, ()

    def _schedule_note(self, composed: ComposedNote) -> None:
        self._schedule(composed.note)
        self._publisher.publish_composed_note(composed)

    def _schedule(self, note: TimedNote) -> None:
        if self._comparison is not None:
            note = replace(note, is_comparison=True)
        self._scheduler.schedule_note(note, self._publisher.add_handed_over)

    def _publish_attribution(self, composed: ComposedNote) -> None:
        if composed.contributions is not None:
            self._publisher.publish_attribution(composed.contributions)

    def _withdraw_after(self, at: int) -> None:
        self._scheduler.withdraw_pending(at)
        self._publisher.publish_withdrawal(self._first_serial, at)
