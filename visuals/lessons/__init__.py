"""Lessons: scenes that explain what a network is. `lesson_types` lists them in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from visuals.lessons.base import Lesson


def lesson_types() -> tuple[type[Lesson], ...]:
    """Every lesson there is: number 1 first."""
    from visuals.lessons.create import Create
    from visuals.lessons.fold import WhyOneFails
    from visuals.lessons.graph import ComputationalGraph
    from visuals.lessons.memory import Memory
    from visuals.lessons.neuron import OneNeuron
    from visuals.lessons.seen import WhatTheLayersSee
    from visuals.lessons.song import ASongIsLearned

    return (
        OneNeuron,
        WhyOneFails,
        ComputationalGraph,
        Memory,
        ASongIsLearned,
        WhatTheLayersSee,
        Create,
    )
