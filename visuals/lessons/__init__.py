"""Lessons: scenes that explain how a network computes and learns; `lesson_types` lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["browser", "lesson_types"]


if TYPE_CHECKING:
    from visuals.lessons.base.lesson import Lesson


def lesson_types() -> tuple[type[Lesson], ...]:
    """Class of each lesson, in the order of their numbers.

    Returns
    -------
    tuple of type of Lesson
    """
    from visuals.lessons.create.lesson import CreateLesson
    from visuals.lessons.features.lesson import FeaturesLesson
    from visuals.lessons.graph.lesson import GraphLesson
    from visuals.lessons.hidden_layer.lesson import HiddenLayerLesson
    from visuals.lessons.memory.lesson import MemoryLesson
    from visuals.lessons.neuron.lesson import NeuronLesson
    from visuals.lessons.song.lesson import SongLesson

    return (
        NeuronLesson,
        HiddenLayerLesson,
        GraphLesson,
        MemoryLesson,
        SongLesson,
        FeaturesLesson,
        CreateLesson,
    )
