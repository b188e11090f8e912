from __future__ import annotations

import numpy as np
import pytest

from tests.walkthroughs import walk_to
from visuals.lessons.drawing.shapes import format_number, format_sum
from visuals.lessons.memory.lesson import MemoryLesson
from visuals.words import load_words


def test_the_step_learn_fades_in(fading_light):
    start, middle, end = fading_light(MemoryLesson(load_words()), "learn")
    assert start < middle < end


@pytest.mark.parametrize(
    ("step", "count"), [("note", 0), ("kept", 1), ("written", 3), ("said", 5), ("run", 5)]
)
def test_each_valve_and_what_is_held_show_their_sum_from_their_step_on(step, count):
    lesson = MemoryLesson(load_words())
    walk_to(lesson.walkthrough, step)
    lesson.step_age_s = 2.0
    assert len(lesson.worked_sums()) == count


def sums_of(*names: str) -> tuple[list[str], list[float]]:
    """The sums in the step `said`, and signals of the shown cell by their names."""
    lesson = MemoryLesson(load_words())
    walk = walk_to(lesson.walkthrough, "said")
    lesson.step_age_s = 2.0
    step = walk.with_memory[walk.note_index]
    signals = [float(getattr(step, name)[walk.cell_index]) for name in names]
    return [one.text for one in lesson.worked_sums()], signals


def test_what_is_held_is_what_was_kept_plus_what_was_written():
    names = ("forget_gate", "input_gate", "cell_before", "candidate", "cell_after")
    texts, (keep, write, before, new, after) = sums_of(*names)
    times = " \N{MULTIPLICATION SIGN} "
    assert texts[0] == format_number(keep) + times + format_sum([before], keep * before)
    assert texts[1] == format_number(write) + times + format_sum([new], write * new)
    assert texts[2] == format_sum([keep * before, write * new], after)


def test_what_is_held_is_squashed_before_it_is_said():
    texts, (held, say) = sums_of("cell_after", "output_gate")
    squashed, said = texts[3:]
    assert squashed == f"tanh({format_number(held)}) = {format_number(np.tanh(held))}"
    assert said.endswith(f"= {format_number(say * np.tanh(held))}")
