"""Base class of the lessons: a walkthrough, which holds the state, and a picture of it."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
import pygame
from numpy.typing import ArrayLike

from visuals.drawing.animation import smoothstep
from visuals.drawing.picture_layout import LANDSCAPE, PictureLayout
from visuals.drawing.theme import LABEL_COLOUR, TEXT_COLOUR
from visuals.drawing.typography import TextStyle
from visuals.lessons.base.shared_state import SharedLessonState
from visuals.lessons.base.walkthrough import Walkthrough
from visuals.lessons.drawing.part_layout import PartRows
from visuals.lessons.drawing.renderer import BODY_COLOUR as CARD_COLOUR
from visuals.lessons.drawing.renderer import LessonRenderer
from visuals.words import Words

SUM_SIZE_PX, SUM_MARGIN_PX = 30, 20  # of a sum's numbers, and beside them
FADE_IN_S = 0.9  # time in which a new element fades in, s

W = TypeVar("W", bound=Walkthrough)


@dataclass(frozen=True, slots=True)
class WorkedSum:
    """The sum behind a number of the picture, which a touch shows.

    Parameters
    ----------
    centre : (float, float)
        Pixels.
    radius : float
        Distance from the centre that a touch may have, pixels.
    text : str
    outline : tuple of sequence of (float, float)
        Lines through pixels that show what the sum is about, where a touch alone would not.
    """

    centre: tuple[float, float]
    radius: float
    text: str
    outline: tuple[ArrayLike, ...] = field(default=(), compare=False)

    @property
    def rect(self) -> pygame.Rect:
        """Hit target."""
        rect = pygame.Rect(0, 0, round(2 * self.radius), round(2 * self.radius))
        rect.center = round(self.centre[0]), round(self.centre[1])
        return rect


class Lesson(ABC, Generic[W]):
    """One lesson.

    Parameters
    ----------
    words : Words
        Texts of the current language.
    shared_state : SharedLessonState, optional
        State shared with the other lessons; by default a state of its own.
    """

    hint_place = (84.0, 738.0)  # of the words that invite to touch a sum, pixels
    hint_key = "lesson.touch_sum"
    name: str  # prefix of the lesson's keys in the words: for each step, `title` and labels
    walkthrough_type: type[W]

    def __init__(self, words: Words, shared_state: SharedLessonState | None = None) -> None:
        self._words, self._layout = words, LANDSCAPE
        self.walkthrough: W = self.walkthrough_type(shared_state)
        self.step_age_s = self.time_s = 0.0
        self._prepare()

    def _prepare(self) -> None:
        """Build what all pictures of the lesson share; called once."""

    def set_language(self, words: Words) -> None:
        """Change the language; the state stays."""
        self._words = words

    def set_layout(self, layout: PictureLayout) -> None:
        """Change the layout in which the lesson's own picture is shown."""
        self._layout = layout

    def on_touch(self, x: float, y: float) -> None:
        """Handle a touch of the lesson's own part of the picture."""

    def hit_targets(self) -> tuple[pygame.Rect, ...]:
        """Rectangles of the lesson's own part where a touch has an effect in this step."""
        return ()

    def worked_sums(self) -> tuple[WorkedSum, ...]:
        """The sums that can be shown in this step."""
        return ()

    def sum_targets(self) -> tuple[pygame.Rect, ...]:
        """Rectangles where a touch shows a sum; places that meet are one of them."""
        targets = list[pygame.Rect]()
        for rect in (one.rect for one in self.worked_sums()):
            while (met := rect.collidelist(targets)) >= 0:
                rect = rect.union(targets.pop(met))
            targets.append(rect)
        return tuple(targets)

    def sum_at(self, place: tuple[float, float]) -> WorkedSum | None:
        """The sum that a touch of a place shows, if any."""
        near = [one for one in self.worked_sums() if one.rect.collidepoint(place)]
        return min(near, key=lambda one: math.dist(one.centre, place), default=None)

    def hint(self) -> tuple[str, tuple[float, float]]:
        """Key of the words that invite to touch a sum, and their place, pixels."""
        return self.hint_key, self.hint_place

    def draw_sum(
        self, renderer: LessonRenderer, place: tuple[float, float] | None, area: pygame.Rect
    ) -> None:
        """Draw the sum of the number at a place that was touched, or the invitation to touch.

        The sum lies inside `area`, the part of the picture that was touched.
        """
        touched = None if place is None else self.sum_at(place)
        if touched is None:
            level = self.step_reveal if self.worked_sums() else 0.0
            key, hint_place = self.hint()
            renderer.text(self._words[key], hint_place, 22, LABEL_COLOUR, level)
            return
        about = touched.rect
        for line in touched.outline:
            renderer.line(line, TEXT_COLOUR, 2.0)
            about = about.union(_bounds(line))
        if about.height > area.height / 2:
            about = touched.rect
        style = TextStyle(SUM_SIZE_PX, "mono-300", 0.0, TEXT_COLOUR)
        width = renderer.typesetter.render(touched.text, style).get_width()
        room = area.width - 2 * SUM_MARGIN_PX
        size = min(SUM_SIZE_PX, SUM_SIZE_PX * room // width)
        card = pygame.Rect(0, 0, min(width, room) + 2 * SUM_MARGIN_PX, 2 * size)
        card.midbottom = touched.rect.centerx, about.top - 10
        if card.top < area.top:
            card.top = about.bottom + 10
        card.clamp_ip(area)
        renderer.box(card, CARD_COLOUR, 0, 10)
        renderer.box(card, LABEL_COLOUR, 2, 10)
        renderer.formula(touched.text, (card.centerx, card.top + round(0.37 * size)), size)

    def parts(self) -> PartRows:
        """Parts of the lesson's picture that the layout shows in this step, row by row."""
        return self._upright_parts() if self._layout.is_upright else ((self._whole(),),)

    def _upright_parts(self) -> PartRows:
        """Parts for an upright layout."""
        return ((self._whole(),),)

    def _whole(self) -> pygame.Rect:
        """The lesson's picture as a whole."""
        return LANDSCAPE.lesson_rect

    def text(self, key: str) -> str:
        """Text of this lesson in the current language."""
        return self._words[f"{self.name}.{key}"]

    def current_sentence(self) -> str:
        """Sentence of the current step."""
        return self.text(self.walkthrough.current_step.name)

    def draw(self, renderer: LessonRenderer, step_age_s: float, time_s: float) -> None:
        """Draw the lesson at an age of the current step and a running time for motion, s."""
        self.step_age_s, self.time_s = step_age_s, time_s
        renderer.words = self._words
        self._draw(renderer)

    @abstractmethod
    def _draw(self, renderer: LessonRenderer) -> None:
        """Draw the part between title and sentence: x 80 to 1840, y 190 to 780."""

    @property
    def step_reveal(self) -> float:
        """Fade-in level of the current step: 0 as it begins, 1 after `FADE_IN_S`."""
        return smoothstep(self.step_age_s / FADE_IN_S)

    def reveal(self, name: str) -> float:
        """Fade-in level of the elements of the step `name`: 0 before it, 1 after it."""
        index = self.walkthrough.index_of_step(name)
        if self.walkthrough.step_index == index:
            return self.step_reveal
        return float(self.walkthrough.step_index > index)

    def has_come(self, name: str) -> bool:
        """Whether the walkthrough is at the step `name` or behind it."""
        return self.walkthrough.step_index >= self.walkthrough.index_of_step(name)

    def is_at(self, *names: str) -> bool:
        """Whether the current step has one of these names."""
        return self.walkthrough.current_step.name in names


def _bounds(line: ArrayLike) -> pygame.Rect:
    """Rectangle around a line."""
    places = np.asarray(line, np.float64)
    low, high = places.min(axis=0), places.max(axis=0)
    return pygame.Rect(low, high - low)
