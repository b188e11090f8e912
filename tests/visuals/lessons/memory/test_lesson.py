from __future__ import annotations

from visuals.lessons.memory.lesson import MemoryLesson
from visuals.words import load_words


def test_the_step_learn_fades_in(fading_light):
    start, middle, end = fading_light(MemoryLesson(load_words()), "learn")
    assert start < middle < end
