from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from installation.engine.phrase_generator import PhraseGenerator, PhrasePlan
from messages.clock import SECOND
from midi_data.beat_grid import BeatGrid
from rnn.generation.composer import DummyComposer, SamplingParams

PLAN = PhrasePlan(16.0, SamplingParams(), 80)
AXIS = BeatGrid(0, SECOND)


class Hesitant(DummyComposer):
    """Its first note comes six beats after the last it heard."""

    def compose_note(self, generator, taste):
        step = super().compose_note(generator, taste)
        return replace(step, note=replace(step.note, onset=step.note.onset + 6))


@pytest.fixture
def line() -> PhraseGenerator:
    return PhraseGenerator(Hesitant(), np.random.default_rng(1), PLAN, AXIS, earliest=2 * SECOND)


def test_its_first_note_is_moved_to_where_it_can_be_played(line) -> None:
    first = line.compose_note().note
    assert 2 * SECOND <= first.due < 3 * SECOND


def test_cut_before_its_first_note_it_leaves_the_axis_it_began_with(line) -> None:
    first = line.compose_note().note
    assert line.beat_grid != AXIS
    assert line.rewind_to(first.due - 1).beat_grid == AXIS


def test_cut_after_its_first_note_it_leaves_the_axis_that_note_was_on(line) -> None:
    first = line.compose_note()
    line.compose_note()
    place = line.rewind_to(first.note.due)
    assert place.beat_grid == line.beat_grid != AXIS
    assert place.beat == pytest.approx(first.step.note.onset)


def test_what_was_put_off_does_not_move_what_has_sounded(line) -> None:
    first, second = line.compose_note(), line.compose_note()
    axis = line.beat_grid
    line.postpone(second.note.due, second.note.due + 30 * SECOND)
    assert line.rewind_to(first.note.due + SECOND // 4).beat_grid == axis


def test_notes_it_has_forgotten_have_sounded_on_their_axis(line) -> None:
    notes = [line.compose_note().note for _ in range(3)]
    axis = line.beat_grid
    line.discard_snapshots(notes[1].due)
    line.postpone(notes[2].due, notes[2].due + 30 * SECOND)
    assert line.rewind_to(notes[0].due).beat_grid == axis


def test_silence_after_its_last_note_is_not_counted(line) -> None:
    composed = line.compose_note()
    assert line.rewind_to(composed.note.end + 60 * SECOND).beat == composed.step.note.end
