"""Panel: the sentence, where one is in the lesson, and the buttons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

import pygame

from visuals.lessons.actions import Action
from visuals.lessons.brush import Brush
from visuals.theme import DIM, FAINT, INK, SIZE, TITLE_PLACE, Colour, mix, shade
from visuals.type import TITLE
from visuals.words import Words

SENTENCE_Y = 792
DOTS_Y = 858
BUTTONS_Y = 890
RADIUS = 19
SPACE = 132
_NUMBERS = (1500, 76)


class Back(Enum):
    """What the last button does, which no lesson knows: back to the music."""

    BACK = auto()


BUTTONS: tuple[tuple[Action | Back, str], ...] = (
    (Action.RESTART, "restart"),
    (Action.PLAY, "play"),
    (Action.STEP, "step"),
    (Action.NEXT, "next"),
    (Back.BACK, "back"),
)
"""What each button does, from the left, and the key of its word."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a visitor is.

    Parameters
    ----------
    lesson, lessons : int
        Which of how many, from 0.
    step, steps : int
    playing : bool
    """

    lesson: int
    lessons: int
    step: int
    steps: int
    playing: bool


def button_at(x: float, y: float) -> Action | Back | None:
    """What the button under a point of the picture does, if there is one."""
    for action, centre in button_places().items():
        if abs(x - centre[0]) <= SPACE / 2 and -RADIUS - 14 <= y - centre[1] <= RADIUS + 26:
            return action
    return None


def button_places() -> Mapping[Action | Back, tuple[float, float]]:
    """The middle of each button."""
    left = SIZE[0] / 2 - SPACE * (len(BUTTONS) - 1) / 2
    return {action: (left + SPACE * k, BUTTONS_Y) for k, (action, _) in enumerate(BUTTONS)}


class Panel:
    """Draws what all lessons have.

    Parameters
    ----------
    words : Words
    """

    def __init__(self, words: Words) -> None:
        self._words = words

    def draw(self, brush: Brush, title: str, sentence: str, fresh: float, place: Place) -> None:
        """Draw title, sentence (`fresh` 0..1 is how far it has appeared), dots and buttons."""
        brush.type.put(brush.surface, title, TITLE_PLACE, TITLE)
        self._draw_lessons(brush, place)
        brush.text(sentence, (SIZE[0] / 2, SENTENCE_Y), 38, INK, 0.25 + 0.75 * fresh, "centre", 0.6)
        _draw_dots(brush, place)
        for action, name in BUTTONS:
            x, y = button_places()[action]
            shown = "pause" if name == "play" and place.playing else name
            colour = mix(DIM, INK, 0.55)
            brush.ring((x, y), RADIUS, shade(FAINT, 0.95), 1)
            _draw_sign(brush.surface, shown, (x, y), colour)
            word = self._words[f"lesson.{shown}"]
            brush.text(word, (x, y + RADIUS + 3), 13, DIM, 0.85, "centre", 0.8)

    def _draw_lessons(self, brush: Brush, place: Place) -> None:
        right = SIZE[0] - TITLE_PLACE[0]
        for lesson in range(place.lessons):
            x = right - (place.lessons - 1 - lesson) * 34 - 10
            current = lesson == place.lesson
            colour = INK if current else FAINT
            brush.text(str(lesson + 1), (x, TITLE_PLACE[1] + 8), 24, colour, align="centre")
            if current:
                brush.line([(x - 9, 108), (x + 9, 108)], INK, 1)
        left = right - place.lessons * 34 - 12
        brush.label(self._words["lesson.lesson"], (left, TITLE_PLACE[1] + 17), align="right")


def _draw_dots(brush: Brush, place: Place) -> None:
    space = 20
    left = SIZE[0] / 2 - space * (place.steps - 1) / 2
    for step in range(place.steps):
        centre = (left + space * step, DOTS_Y)
        if step < place.step:
            brush.disc(centre, 3, shade(DIM, 0.9))
        elif step == place.step:
            brush.disc(centre, 5, INK)
        else:
            brush.disc(centre, 3, FAINT)


def _draw_sign(
    surface: pygame.Surface, name: str, centre: tuple[float, float], colour: Colour
) -> None:
    """The sign on a button, some 16 pixels large."""
    x, y = centre
    triangle = [(x - 5, y - 8), (x - 5, y + 8), (x + 8, y)]
    if name == "play":
        _fill(surface, triangle, colour)
    elif name == "pause":
        for left in (-6, 2):
            pygame.draw.rect(surface, colour, (x + left, y - 7, 4, 15))
    elif name == "step":
        _fill(surface, [(px - 2, py) for px, py in triangle], colour)
        pygame.draw.rect(surface, colour, (x + 6, y - 7, 2, 15))
    elif name == "next":
        for left in (-7, 1):
            _fill(surface, [(x + left, y - 7), (x + left, y + 7), (x + left + 8, y)], colour)
    elif name == "restart":
        box = pygame.Rect(0, 0, 18, 18)
        box.center = round(x), round(y)
        pygame.draw.arc(surface, colour, box, -2.2, 2.2, 2)
        _fill(surface, [(x - 9, y - 9), (x - 9, y + 1), (x - 1, y - 5)], colour)
    else:  # back to the music: three keys of a piano
        for key in range(3):
            pygame.draw.rect(surface, colour, (x - 10 + 7 * key, y - 8, 6, 17), 1, 1)


def _fill(surface: pygame.Surface, points: list[tuple[float, float]], colour: Colour) -> None:
    pygame.draw.polygon(surface, colour, points)
    pygame.draw.aalines(surface, colour, True, points)
