from __future__ import annotations

import pygame
import pytest

from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.lessons.drawing.renderer import LessonRenderer
from visuals.lessons.neuron.lesson import NeuronLesson
from visuals.lessons.neuron.walkthrough import LEARNING_RATE
from visuals.words import languages, load_words


@pytest.fixture
def lesson() -> NeuronLesson:
    return NeuronLesson(load_words())


def picture_of(lesson: NeuronLesson, resources) -> bytes:
    surface, renderer = blank_surface(PICTURE_SIZE_PX), LessonRenderer(resources.typesetter)
    renderer.begin_frame(surface)
    lesson.draw(renderer, 2.0, 5.0)
    renderer.end_frame()
    return pygame.surfarray.array3d(surface)[::4, ::4].tobytes()


def test_a_turned_weight_shows(lesson, resources):
    while lesson.walkthrough.current_step.name != "hands":
        lesson.walkthrough.advance()
    before = picture_of(lesson, resources)
    lesson.walkthrough.neuron.weights[0] = -2.0
    assert picture_of(lesson, resources) != before


def test_the_nudge_tells_the_guess_before_and_after(lesson, resources, monkeypatch):
    walk = lesson.walkthrough
    walk.restart()
    while walk.current_step.name != "miss":
        walk.advance()
    missed = walk.guess.output
    walk.advance()
    numbers = []
    monkeypatch.setattr(LessonRenderer, "number", lambda *given, **_: numbers.append(given[1]))
    picture_of(lesson, resources)
    place = next(k for k, number in enumerate(numbers) if number == pytest.approx(missed))
    assert numbers[place + 1] == walk.guess.output < missed


@pytest.mark.parametrize("language", languages())
def test_the_sentence_of_the_nudge_names_the_learning_rate(language):
    words = load_words(language)
    assert f" {LEARNING_RATE} " in words["neuron.nudge"].replace("0,", "0.")
