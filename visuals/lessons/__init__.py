"""Lessons: scenes that explain what a network is. `lesson_types` lists them in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from visuals.lessons.base import Lesson


def lesson_types() -> tuple[type[Lesson], ...]:
    """Every lesson there is: number 1 first."""
    from visuals.lessons.create.lesson import Create
    from visuals.lessons.features.lesson import WhatTheLayersSee
    from visuals.lessons.graph.lesson import ComputationalGraph
    from visuals.lessons.hidden_layer.lesson import WhyOneFails
    from visuals.lessons.memory.lesson import Memory
    from visuals.lessons.neuron.lesson import OneNeuron
    from visuals.lessons.song.lesson import ASongIsLearned

    return (
        OneNeuron,
        WhyOneFails,
        ComputationalGraph,
        Memory,
        ASongIsLearned,
        WhatTheLayersSee,
        Create,
    )
