from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from installation.engine.phrase_generator import Axis, Line, Plan
from messages.clock import SECOND
from rnn.generation.composer import DummyComposer, Taste

PLAN = Plan(16.0, Taste(), 80)
AXIS = Axis(0, SECOND)


class Hesitant(DummyComposer):
    """Its first note comes six beats after the last it heard."""

    def compose(self, generator, taste):
        step = super().compose(generator, taste)
        return replace(step, note=replace(step.note, onset=step.note.onset + 6))


@pytest.fixture
def line() -> Line:
    return Line(Hesitant(), np.random.default_rng(1), PLAN, AXIS, earliest=2 * SECOND)


def test_its_first_note_is_moved_to_where_it_can_be_played(line) -> None:
    first = line.compose().note
    assert 2 * SECOND <= first.due < 3 * SECOND


def test_cut_before_its_first_note_it_leaves_the_axis_it_began_with(line) -> None:
    first = line.compose().note
    assert line.axis != AXIS
    assert line.cut(first.due - 1).axis == AXIS


def test_cut_after_its_first_note_it_leaves_the_axis_that_note_was_on(line) -> None:
    first = line.compose()
    line.compose()
    place = line.cut(first.note.due)
    assert place.axis == line.axis != AXIS
    assert place.beat == pytest.approx(first.step.note.onset)


def test_what_was_put_off_does_not_move_what_has_sounded(line) -> None:
    first, second = line.compose(), line.compose()
    axis = line.axis
    line.put_off(second.note.due, second.note.due + 30 * SECOND)
    assert line.cut(first.note.due + SECOND // 4).axis == axis


def test_notes_it_has_forgotten_have_sounded_on_their_axis(line) -> None:
    notes = [line.compose().note for _ in range(3)]
    axis = line.axis
    line.forget(notes[1].due)
    line.put_off(notes[2].due, notes[2].due + 30 * SECOND)
    assert line.cut(notes[0].due).axis == axis


def test_silence_after_its_last_note_is_not_counted(line) -> None:
    composed = line.compose()
    assert line.cut(composed.note.end + 60 * SECOND).beat == composed.step.note.end
