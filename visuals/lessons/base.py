"""Lessons: scenes that explain. Each has a walk, which knows, and a drawing, which shows it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import pygame

from visuals.lessons.drawing.renderer import LessonRenderer
from visuals.lessons.shared_state import SharedLessonState
from visuals.lessons.walkthrough import Walkthrough
from visuals.words import Words

FADE_IN_S = 0.9
"""Seconds in which something new appears."""


@dataclass(frozen=True, slots=True)
class LessonFrame:
    """The moment a lesson is drawn at.

    Parameters
    ----------
    walk : Walk
    age : float
        Seconds since the step shown began.
    time : float
        Seconds, for what moves all the time.
    """

    walkthrough: Walkthrough
    step_age_s: float
    time_s: float

    @property
    def step_reveal(self) -> float:
        """0 as the step begins, 1 when it has settled."""
        return smoothstep(self.step_age_s / FADE_IN_S)

    def reveal(self, name: str) -> float:
        """How far what comes with the step of that name is there: 0 before, 1 after."""
        place = self.walkthrough.index_of_step(name)
        if self.walkthrough.step_index == place:
            return self.step_reveal
        return float(self.walkthrough.step_index > place)

    def is_at(self, *names: str) -> bool:
        """Whether the step shown is one of these."""
        return self.walkthrough.current_step.name in names


class Lesson(ABC):
    """One lesson.

    Parameters
    ----------
    words : Words

    Attributes
    ----------
    name : str
        Prefix of its words: those of its steps, and ``title``.
    walk : Walk
    """

    name: str
    walkthrough: Walkthrough

    def __init__(self, words: Words) -> None:
        self._words = words

    def set_language(self, words: Words) -> None:
        """Go on in another language, where it is."""
        self._words = words

    def use_shared_state(self, bench: SharedLessonState) -> None:  # noqa: B027  most need none
        """Work on a bench from now on: for lessons in which a network learns."""

    def on_touch(self, x: float, y: float) -> None:  # noqa: B027  most have buttons enough
        """A visitor touched the lesson's own part of the picture."""

    def hit_targets(self) -> tuple[pygame.Rect, ...]:
        """Where a touch of the lesson's own part does something at this step."""
        return ()

    def text(self, key: str) -> str:
        """A text of this lesson."""
        return self._words[f"{self.name}.{key}"]

    def current_sentence(self) -> str:
        """What is said about the step shown."""
        return self.text(self.walkthrough.current_step.name)

    @abstractmethod
    def draw(self, brush: LessonRenderer, look: LessonFrame) -> None:
        """Draw what is between the title and the sentence: x 80..1840, y 190..780."""


def smoothstep(share: float) -> float:
    """0..1 to 0..1, slow at both ends."""
    share = float(np.clip(share, 0.0, 1.0))
    return share * share * (3.0 - 2.0 * share)
