from __future__ import annotations

from visuals.lessons.graph.lesson import GraphLesson
from visuals.words import load_words


def test_the_step_error_fades_in(fading_light):
    start, middle, end = fading_light(GraphLesson(load_words()), "error")
    assert start < middle < end
