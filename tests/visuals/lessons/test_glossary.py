"""No term before it is shown: each has one sentence that brings it, and none uses it earlier."""

from __future__ import annotations

import re

import pytest

from visuals.lessons import lesson_types
from visuals.lessons.bench import Bench
from visuals.words import load_words

BRINGS = {
    r"axons?": ("neuron", "axons"),
    r"neurons?": ("neuron", "axons"),
    r"synapses?": ("neuron", "synapses"),
    r"weights?": ("neuron", "synapses"),
    r"sum": ("neuron", "sum"),
    r"squash\w*": ("neuron", "squash"),
    r"guess\w*": ("neuron", "squash"),
    r"errors?": ("neuron", "error"),
    r"miss": ("neuron", "miss"),
    r"nudged?": ("neuron", "nudge"),
    r"learning": ("neuron", "learn"),
    r"planes?": ("fold", "plane"),
    r"hidden": ("fold", "hidden"),
    r"networks?": ("fold", "end"),
    r"products?": ("graph", "products"),
    r"gradients?": ("graph", "back"),
    r"(memory )?cells?": ("memory", "cell"),
    r"gates?": ("memory", "kept"),
}
"""In English: a term, as a pattern, and the lesson and step whose sentence brings it."""


@pytest.fixture(scope="module")
def sentences() -> list[tuple[tuple[str, str], str]]:
    """Every sentence in the order of a walk through all lessons, by lesson and step."""
    words, found = load_words("en"), []
    for new in lesson_types():
        lesson = new(words)
        lesson.equip(Bench())
        for step in lesson.walk.steps:
            key = lesson.name, step.name
            found.append((key, words[f"{lesson.name}.{step.name}"].lower()))
    return found


@pytest.mark.parametrize("term", BRINGS)
def test_a_term_is_first_used_by_the_sentence_that_brings_it(sentences, term):
    pattern = re.compile(rf"\b{term}\b")
    users = [key for key, sentence in sentences if pattern.search(sentence)]
    assert users[0] == BRINGS[term]
