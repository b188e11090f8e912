"""Lessons: scenes that explain. Each has a walk, which knows, and a drawing, which shows it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import pygame

from visuals.lessons.drawing.renderer import Brush
from visuals.lessons.shared_state import Bench
from visuals.lessons.walkthrough import Walk
from visuals.words import Words

APPEAR = 0.9
"""Seconds in which something new appears."""


@dataclass(frozen=True, slots=True)
class Look:
    """The moment a lesson is drawn at.

    Parameters
    ----------
    walk : Walk
    age : float
        Seconds since the step shown began.
    time : float
        Seconds, for what moves all the time.
    """

    walk: Walk
    age: float
    time: float

    @property
    def fresh(self) -> float:
        """0 as the step begins, 1 when it has settled."""
        return ease(self.age / APPEAR)

    def seen(self, name: str) -> float:
        """How far what comes with the step of that name is there: 0 before, 1 after."""
        place = self.walk.place(name)
        if self.walk.position == place:
            return self.fresh
        return float(self.walk.position > place)

    def is_at(self, *names: str) -> bool:
        """Whether the step shown is one of these."""
        return self.walk.now.name in names


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
    walk: Walk

    def __init__(self, words: Words) -> None:
        self._words = words

    def speak(self, words: Words) -> None:
        """Go on in another language, where it is."""
        self._words = words

    def equip(self, bench: Bench) -> None:  # noqa: B027  most need none
        """Work on a bench from now on: for lessons in which a network learns."""

    def point(self, x: float, y: float) -> None:  # noqa: B027  most have buttons enough
        """A visitor touched the lesson's own part of the picture."""

    def targets(self) -> tuple[pygame.Rect, ...]:
        """Where a touch of the lesson's own part does something at this step."""
        return ()

    def say(self, key: str) -> str:
        """A text of this lesson."""
        return self._words[f"{self.name}.{key}"]

    def sentence(self) -> str:
        """What is said about the step shown."""
        return self.say(self.walk.now.name)

    @abstractmethod
    def draw(self, brush: Brush, look: Look) -> None:
        """Draw what is between the title and the sentence: x 80..1840, y 190..780."""


def ease(share: float) -> float:
    """0..1 to 0..1, slow at both ends."""
    share = float(np.clip(share, 0.0, 1.0))
    return share * share * (3.0 - 2.0 * share)
