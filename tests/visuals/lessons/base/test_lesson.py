from __future__ import annotations

import re
from functools import cache
from types import SimpleNamespace

import pytest

from visuals.drawing.animation import smoothstep
from visuals.lessons import lesson_types
from visuals.lessons.base.lesson import Lesson
from visuals.lessons.base.walkthrough import LessonStep, Walkthrough
from visuals.lessons.features.walkthrough import STEPS
from visuals.words import languages, load_words

MAX_SENTENCE_WORDS = 14

BRINGS = {
    "axon": ("neuron", "axons"),
    "neuron": ("neuron", "axons"),
    "synapse": ("neuron", "synapses"),
    "weight": ("neuron", "synapses"),
    "sum": ("neuron", "sum"),
    "squash": ("neuron", "squash"),
    "guess": ("neuron", "squash"),
    "error": ("neuron", "error"),
    "miss": ("neuron", "miss"),
    "nudge": ("neuron", "nudge"),
    "learning": ("neuron", "learn"),
    "plane": ("fold", "plane"),
    "hidden": ("fold", "hidden"),
    "network": ("fold", "end"),
    "product": ("graph", "products"),
    "gradient": ("graph", "back"),
    "cell": ("memory", "cell"),
    "gate": ("memory", "kept"),
    "chance": ("song", "chances"),
    "target": ("song", "target"),
    "layer": ("song", "layer"),
}
"""A term, and the lesson and step whose sentence brings it."""

SPELLED = {
    "en": {
        "axon": "axons?",
        "neuron": "neurons?",
        "synapse": "synapses?",
        "weight": "weights?",
        "sum": "sum",
        "squash": r"squash\w*",
        "guess": r"guess\w*",
        "error": "errors?",
        "miss": "miss",
        "nudge": "nudged?",
        "learning": "learning",
        "plane": "planes?",
        "hidden": "hidden",
        "network": "networks?",
        "product": "products?",
        "gradient": "gradients?",
        "cell": "(memory )?cells?",
        "gate": "gates?",
        "chance": "chances?",
        "target": "targets?",
        "layer": "layers?",
    },
    "ca": {
        "axon": "axons?",
        "neuron": "neuron(a|es)",
        "synapse": "sinapsis?",
        "weight": "pes(os)?",
        "sum": "suma",
        "squash": "corb(a|es)",
        "guess": "apost(a|es)",
        "error": "errors?",
        "miss": "fallad(a|es)",
        "nudge": "mou",
        "learning": "aprendre",
        "plane": "plans?|pla",
        "hidden": "ocultes",
        "network": "xarx(a|es)",
        "product": "productes?",
        "gradient": "gradients?",
        "cell": "cèl·lul(a|es)",
        "gate": "comport(a|es)",
        "chance": "probabilitats?",
        "target": "objectius?",
        "layer": "cap(a|es)",
    },
    "es": {
        "axon": "ax(ón|ones)",
        "neuron": "neuronas?",
        "synapse": "sinapsis",
        "weight": "pesos?",
        "sum": "suma",
        "squash": "curvas?",
        "guess": "apuestas?",
        "error": "error(es)?",
        "miss": "fallos?",
        "nudge": "mueve",
        "learning": "aprender",
        "plane": "planos?",
        "hidden": "ocultas",
        "network": "red(es)?",
        "product": "productos?",
        "gradient": "gradientes?",
        "cell": "células?",
        "gate": "compuertas?",
        "chance": "probabilidad(es)?",
        "target": "objetivos?",
        "layer": "capas?",
    },
}
"""How each language writes them, as patterns."""


@cache
def sentences(language: str) -> list[tuple[tuple[str, str], str]]:
    """Every sentence in the order of a walk through all lessons, by lesson and step."""
    words, found = load_words(language), []
    for new in lesson_types():
        lesson = new(words)
        for step in STEPS if lesson.name == "seen" else lesson.walkthrough.steps:
            key = lesson.name, step.name
            found.append((key, words[f"{lesson.name}.{step.name}"].lower()))
    return found


@pytest.mark.parametrize("term", BRINGS)
@pytest.mark.parametrize("language", languages())
def test_a_term_is_first_used_by_the_sentence_that_brings_it(language, term):
    pattern = re.compile(rf"\b({SPELLED[language][term]})\b")
    users = [key for key, sentence in sentences(language) if pattern.search(sentence)]
    assert users[0] == BRINGS[term]


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("lesson", lesson_types(), ids=lambda lesson: lesson.name)
def test_sentences_are_short(lesson, language):
    words = load_words(language)
    for step in lesson(words).walkthrough.steps:
        sentence = words[f"{lesson.name}.{step.name}"]
        assert len(re.findall(r"[\w'’-]+", sentence)) <= MAX_SENTENCE_WORDS, sentence


class TwoSteps(Walkthrough):
    steps = (LessonStep("first"), LessonStep("second"))

    def _reset(self) -> None: ...


class TwoStepLesson(Lesson[TwoSteps]):
    name, walkthrough_type = "neuron", TwoSteps

    def _draw(self, renderer) -> None: ...

    def level_at(self, age_s: float, step: str) -> float:
        self.draw(SimpleNamespace(words=None), age_s, 0.0)
        return self.reveal(step)


def test_an_element_fades_in_with_its_step_and_stays():
    lesson = TwoStepLesson(load_words())
    assert lesson.level_at(9.0, "second") == 0.0
    lesson.walkthrough.advance()
    levels = [lesson.level_at(age, "second") for age in (0.0, 0.3, 9.0)]
    assert levels == [0.0, pytest.approx(smoothstep(0.3 / 0.9)), 1.0]
    assert lesson.level_at(0.0, "first") == 1.0


def test_a_step_has_come_from_its_begin_on():
    lesson = TwoStepLesson(load_words())
    assert lesson.has_come("first") and not lesson.has_come("second")
    lesson.walkthrough.advance()
    assert lesson.has_come("first") and lesson.has_come("second")
