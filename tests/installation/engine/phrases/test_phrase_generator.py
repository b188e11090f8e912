from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from installation.engine.phrases.phrase_generator import PhraseGenerator, PhrasePlan
from installation.engine.phrases.phrase_plans import plan_attract_tune
from messages.clock import SECOND
from midi_data.beat_grid import BeatGrid
from midi_data.key_detection import MusicalKey
from midi_data.notes import Meter, Note
from rnn.model.sampling_params import SamplingParams
from tests.dummy_composer import DummyComposer

PLAN = PhrasePlan(16.0, SamplingParams(), 80)
GRID = BeatGrid(0, SECOND)


class LateComposer(DummyComposer):
    """Composes each note six beats later than usual."""

    def compose_note(self, generator, sampling):
        step = super().compose_note(generator, sampling)
        return replace(step, note=replace(step.note, onset=step.note.onset + 6))


@pytest.fixture
def phrase() -> PhraseGenerator:
    return PhraseGenerator(
        LateComposer(), np.random.default_rng(1), PLAN, GRID, earliest=2 * SECOND
    )


def test_the_first_note_moves_to_where_it_can_be_played(phrase) -> None:
    first = phrase.compose_note().note
    assert 2 * SECOND <= first.due < 3 * SECOND


def test_rewinding_before_the_first_note_restores_the_first_grid(phrase) -> None:
    first = phrase.compose_note().note
    assert phrase.beat_grid != GRID
    assert phrase.rewind_to(first.due - 1).beat_grid == GRID


def test_rewinding_to_the_first_note_keeps_its_grid(phrase) -> None:
    first = phrase.compose_note()
    phrase.compose_note()
    position = phrase.rewind_to(first.note.due)
    assert position.beat_grid == phrase.beat_grid != GRID
    assert position.beat == pytest.approx(first.step.note.onset)


def test_a_postponement_does_not_move_earlier_notes(phrase) -> None:
    first, second = phrase.compose_note(), phrase.compose_note()
    grid = phrase.beat_grid
    phrase.postpone(second.note.due, second.note.due + 30 * SECOND)
    assert phrase.rewind_to(first.note.due + SECOND // 4).beat_grid == grid


def test_a_note_without_a_snapshot_keeps_its_grid(phrase) -> None:
    notes = [phrase.compose_note().note for _ in range(3)]
    grid = phrase.beat_grid
    phrase.discard_snapshots(notes[1].due)
    phrase.postpone(notes[2].due, notes[2].due + 30 * SECOND)
    assert phrase.rewind_to(notes[0].due).beat_grid == grid


def test_silence_after_the_last_note_is_not_counted(phrase) -> None:
    composed = phrase.compose_note()
    assert phrase.rewind_to(composed.note.end + 60 * SECOND).beat == composed.step.note.end


class EndlessComposer(DummyComposer):
    """Plays C and G in turn, and ends as soon as its end leans more than `ends_at` nats."""

    def __init__(self, ends_at: float) -> None:
        super().__init__()
        self.end_nats, self._ends_at = [], ends_at

    def compose_note(self, generator, sampling):
        step = super().compose_note(generator, sampling)
        self.end_nats.append(sampling.end_nats)
        if sampling.may_end and sampling.end_nats > self._ends_at:
            return replace(step, note=None)
        place = len(self.end_nats)
        return replace(step, note=Note(60 + 7 * (place % 2), float(place), 1.0))


def test_a_tune_of_its_own_rather_ends_at_home_and_more_and_more_so() -> None:
    composer = EndlessComposer(ends_at=2.0)
    plan = plan_attract_tune(SamplingParams(homing=3.0), 80)
    phrase = PhraseGenerator(composer, np.random.default_rng(1), plan, GRID, earliest=0)
    while phrase.compose_note() is not None:
        pass
    assert {-3.0, 0.0} <= set(composer.end_nats)
    assert composer.end_nats[-1] > 2.0


def test_a_tune_of_its_own_is_at_home_at_the_end_of_some_bars_only() -> None:
    composer = EndlessComposer(ends_at=-1.0)
    plan = plan_attract_tune(SamplingParams(homing=3.0, ending_bars=4), 80)
    phrase = PhraseGenerator(composer, np.random.default_rng(1), plan, GRID, earliest=0)
    while (composed := phrase.compose_note()) is not None:
        last = composed.step.note.onset
    assert last // 4 == 4  # the first note is an upbeat of bar 0


class OutsideComposer(DummyComposer):
    """Plays the scale of C, and keeps the sampling it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.samplings = []

    def compose_note(self, generator, sampling):
        step = super().compose_note(generator, sampling)
        self.samplings.append(sampling)
        pitch = (60, 62, 64, 65, 67, 69, 71)[len(self.samplings) % 7]
        return replace(step, note=Note(pitch, float(len(self.samplings)), 1.0))


def test_a_tune_of_its_own_leans_to_the_key_it_is_in() -> None:
    composer = OutsideComposer()
    plan = plan_attract_tune(SamplingParams(key_nats=0.7), 80)
    phrase = PhraseGenerator(composer, np.random.default_rng(1), plan, GRID, earliest=0)
    for _ in range(9):
        phrase.compose_note()
    assert composer.samplings[0].scale == frozenset()
    assert (composer.samplings[-1].scale, composer.samplings[-1].strictness) == (
        MusicalKey(0).scale,
        0.7,
    )


@pytest.mark.parametrize(("open_share", "classes"), [(0.0, {0}), (1.0, {2, 4, 7})])
def test_an_ending_is_on_the_tonic_or_open(open_share, classes) -> None:
    plan = replace(PLAN, key=MusicalKey(0), open_share=open_share, final_beats=(0.5, 1.0, 2.0))
    pitches, lengths = set(), set()
    for seed in range(20):
        phrase = PhraseGenerator(
            DummyComposer(), np.random.default_rng(seed), plan, GRID, earliest=0
        )
        while (composed := phrase.compose_note()) is not None:
            last = composed.note
        pitches.add(last.pitch % 12)
        lengths.add(last.end - last.due)
    assert pitches <= classes
    assert len(lengths) > 1


class PlayingComposer(DummyComposer):
    """Writes velocities and timing of its own."""

    writes_velocities = writes_timing = True

    def compose_note(self, generator, sampling):
        step = super().compose_note(generator, sampling)
        return replace(step, note=replace(step.note, velocity=33), deviation=0.02)


@pytest.mark.parametrize(("agogics", "deviation"), [(True, 0.02), (False, 0.0)])
def test_what_the_network_wrote_of_a_note_sounds_and_no_rule_changes_it(agogics, deviation) -> None:
    plan = replace(PLAN, expression=1.0, agogics=agogics)
    line = PhraseGenerator(PlayingComposer(), np.random.default_rng(1), plan, GRID, earliest=0)
    composed = [line.compose_note() for _ in range(5)]
    assert {each.note.velocity for each in composed} == {33}
    assert {each.delay for each in composed} == {round(deviation * SECOND)}


def test_the_planned_length_is_that_to_the_final_note_where_a_plan_has_one() -> None:
    plan = replace(PLAN, key=MusicalKey(0), final_beats=(2.0,))
    generator = PhraseGenerator(DummyComposer(), np.random.default_rng(1), plan, GRID, 0)
    assert generator.planned_length == 14.0
    notes = []
    while (composed := generator.compose_note()) is not None:
        notes.append(composed.step.note)
    assert notes[-1].onset - notes[0].onset >= generator.planned_length
    tune = plan_attract_tune(SamplingParams(), 54)
    own = PhraseGenerator(DummyComposer(), np.random.default_rng(1), tune, GRID, 0)
    assert own.planned_length is None


class EighthsComposer(DummyComposer):
    """Plays C in eighths, in a given meter."""

    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self._meter, self._notes = meter, 0

    @property
    def meter(self) -> Meter:
        return self._meter

    def compose_note(self, generator, sampling):
        step = super().compose_note(generator, sampling)
        self._notes += 1
        return replace(step, note=Note(60, (self._notes - 1) / 2, 0.5))


def compose_eighths(meter: Meter, plan: PhrasePlan) -> list[tuple[float, int]]:
    """Onset in beats and velocity of each note of a phrase in eighths."""
    phrase = PhraseGenerator(
        EighthsComposer(meter), np.random.default_rng(1), plan, GRID, earliest=0
    )
    notes = []
    while (composed := phrase.compose_note()) is not None:
        notes.append((composed.step.note.onset, composed.note.velocity))
    return notes


@pytest.mark.parametrize(
    ("meter", "length", "last"),
    [
        (Meter(4, 4), 8.6, 8.0),  # 7.5 is late enough, but off the beat
        (Meter(6, 8), 9.0, 9.0),  # the whole quarter 8.0 is a weak eighth
        (Meter(6, 8), 8.5, 7.5),  # a dotted beat, no whole quarter
        (Meter(9, 8), 8.5, 7.5),
        (Meter(7, 8), 8.0, 7.0),
        (Meter(7, 8), 4.5, 3.5),  # a bar line, no whole quarter
    ],
)
def test_a_phrase_ends_on_a_beat_of_its_meter(meter, length, last) -> None:
    plan = replace(PLAN, length=length, key=MusicalKey(0), final_beats=(1.0,))
    assert compose_eighths(meter, plan)[-1][0] == last


@pytest.mark.parametrize(
    ("meter", "accents"),
    [
        (Meter(4, 4), [0, 1, 2, 3]),
        (Meter(6, 8), [0, 1.5, 3]),
        (Meter(9, 8), [0, 1.5, 3]),
        (Meter(7, 8), [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5]),
    ],
)
def test_without_expression_the_beats_of_the_meter_are_accented(meter, accents) -> None:
    notes = [note for note in compose_eighths(meter, replace(PLAN, length=8.0)) if note[0] < 4]
    loudest = max(velocity for _, velocity in notes)
    assert [onset for onset, velocity in notes if velocity == loudest] == accents
