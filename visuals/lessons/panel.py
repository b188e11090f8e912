"""Panel: the sentence, where one is in the lesson, and the buttons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

import pygame

from visuals.drawing.theme import DIM, FAINT, INK, SIZE, TITLE_PLACE, Colour, mix, shade
from visuals.drawing.typography import TITLE
from visuals.lessons.actions import ARROWS, Action
from visuals.lessons.drawing.renderer import Brush
from visuals.words import Words

SENTENCE_Y = 786
DOTS_Y = 849
BUTTONS_Y = 886
RADIUS = 23
SPACE, HEIGHT = 140, 76
"""Width and height in which a touch means a button."""
ARROWS_X, ARROW_SPACE = 1430, 92
"""Middle of the first arrow, and from one to the next."""
NUMBER_SPACE, NUMBERS_Y, NUMBER_HEIGHT = 48, 88, 60
"""Width of a lesson's number, the middle of all, and the height in which a touch means one."""
_WORD_SIZE = 17


class Back(Enum):
    """What the last button does, which no lesson knows: back to the music."""

    BACK = auto()


@dataclass(frozen=True, slots=True)
class Goto:
    """The number of a lesson was touched, counted from 0."""

    lesson: int


Press = Action | Back | Goto

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
    turns : tuple of Action
        Arrows that do something here.
    """

    lesson: int
    lessons: int
    step: int
    steps: int
    playing: bool
    turns: tuple[Action, ...] = ()


def targets(lessons: int, turns: Sequence[Action]) -> Mapping[Press, pygame.Rect]:
    """Where a touch does what, among so many lessons and with these arrows."""
    found: dict[Press, pygame.Rect] = {}
    for action, centre in (button_places() | arrow_places(turns)).items():
        wide = ARROW_SPACE if action in ARROWS else SPACE
        rect = pygame.Rect(0, 0, wide, HEIGHT)
        rect.midtop = round(centre[0]), round(centre[1]) - RADIUS - 6
        found[action] = rect
    for lesson in range(lessons):
        rect = pygame.Rect(0, 0, NUMBER_SPACE, NUMBER_HEIGHT)
        rect.center = _number_x(lesson, lessons), NUMBERS_Y
        found[Goto(lesson)] = rect
    return found


def button_places() -> dict[Action | Back, tuple[float, float]]:
    """The middle of each button."""
    left = SIZE[0] / 2 - SPACE * (len(BUTTONS) - 1) / 2
    return {action: (left + SPACE * k, BUTTONS_Y) for k, (action, _) in enumerate(BUTTONS)}


def arrow_places(turns: Sequence[Action]) -> dict[Action | Back, tuple[float, float]]:
    """The middle of each arrow that does something."""
    shown = [arrow for arrow in ARROWS if arrow in turns]
    return {arrow: (ARROWS_X + ARROW_SPACE * k, BUTTONS_Y) for k, arrow in enumerate(shown)}


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
            centre = button_places()[action]
            shown = "pause" if name == "play" and place.playing else name
            _draw_button(brush, shown, centre)
            word = self._words[f"lesson.{shown}"]
            below = centre[0], centre[1] + RADIUS + 1
            brush.text(word, below, _WORD_SIZE, DIM, 0.95, "centre", 0.6)
        for arrow, centre in arrow_places(place.turns).items():
            _draw_button(brush, arrow.name.lower(), centre)

    def _draw_lessons(self, brush: Brush, place: Place) -> None:
        for lesson in range(place.lessons):
            x = _number_x(lesson, place.lessons)
            current = lesson == place.lesson
            colour = INK if current else mix(FAINT, DIM, 0.5)
            brush.text(str(lesson + 1), (x, NUMBERS_Y - 18), 26, colour, align="centre")
            if current:
                brush.line([(x - 10, NUMBERS_Y + 22), (x + 10, NUMBERS_Y + 22)], INK, 1)
        left = _number_x(0, place.lessons) - 34
        brush.label(self._words["lesson.lesson"], (left, NUMBERS_Y - 11), align="right")


def _number_x(lesson: int, lessons: int) -> int:
    """The middle of a lesson's number."""
    return SIZE[0] - TITLE_PLACE[0] - (lessons - 1 - lesson) * NUMBER_SPACE - 12


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


def _draw_button(brush: Brush, name: str, centre: tuple[float, float]) -> None:
    brush.ring(centre, RADIUS, shade(FAINT, 0.95), 1)
    _draw_sign(brush.surface, name, centre, mix(DIM, INK, 0.55))


_TIPS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


def _draw_sign(
    surface: pygame.Surface, name: str, centre: tuple[float, float], colour: Colour
) -> None:
    """The sign on a button, some 16 pixels large."""
    x, y = centre
    triangle = [(x - 5, y - 8), (x - 5, y + 8), (x + 8, y)]
    if name in _TIPS:
        along, down = _TIPS[name]
        sides = [(x - 5 * along + k * 8 * down, y - 5 * down + k * 8 * along) for k in (-1, 1)]
        _fill(surface, [*sides, (x + 8 * along, y + 8 * down)], colour)
    elif name == "play":
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
