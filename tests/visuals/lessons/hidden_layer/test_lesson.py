from __future__ import annotations

from visuals.lessons.hidden_layer.lesson import HiddenLayerLesson
from visuals.words import load_words


def test_the_step_fold_fades_in(fading_light):
    start, middle, end = fading_light(HiddenLayerLesson(load_words()), "fold")
    assert start < middle < end
