"""Panel: the sentence, where one is in the lesson, and the buttons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

import pygame

from visuals.drawing.theme import (
    LABEL_COLOUR,
    PICTURE_SIZE_PX,
    RULE_COLOUR,
    TEXT_COLOUR,
    TITLE_POSITION,
    Colour,
    mix,
    shade,
)
from visuals.drawing.typography import TITLE_STYLE
from visuals.lessons.actions import ARROWS, LessonAction
from visuals.lessons.drawing.renderer import LessonRenderer
from visuals.words import Words

SENTENCE_Y = 786
DOTS_Y = 849
BUTTONS_Y = 886
BUTTON_RADIUS_PX = 23
BUTTON_WIDTH_PX, BUTTON_HEIGHT_PX = 140, 76
"""Width and height in which a touch means a button."""
ARROWS_X, ARROW_SPACING_PX = 1430, 92
"""Middle of the first arrow, and from one to the next."""
NUMBER_SPACING_PX, NUMBERS_Y, NUMBER_HEIGHT_PX = 48, 88, 60
"""Width of a lesson's number, the middle of all, and the height in which a touch means one."""
_WORD_SIZE_PX = 17


class LessonExit(Enum):
    """What the last button does, which no lesson knows: back to the music."""

    EXIT = auto()


@dataclass(frozen=True, slots=True)
class GoToLesson:
    """The number of a lesson was touched, counted from 0."""

    lesson: int


PanelAction = LessonAction | LessonExit | GoToLesson

BUTTONS: tuple[tuple[LessonAction | LessonExit, str], ...] = (
    (LessonAction.RESTART, "restart"),
    (LessonAction.PLAY, "play"),
    (LessonAction.STEP, "step"),
    (LessonAction.NEXT, "next"),
    (LessonExit.EXIT, "back"),
)
"""What each button does, from the left, and the key of its word."""


@dataclass(frozen=True, slots=True)
class LessonProgress:
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
    arrows: tuple[LessonAction, ...] = ()


def hit_targets(lessons: int, turns: Sequence[LessonAction]) -> Mapping[PanelAction, pygame.Rect]:
    """Where a touch does what, among so many lessons and with these arrows."""
    found: dict[PanelAction, pygame.Rect] = {}
    for action, centre in (button_centres() | arrow_centres(turns)).items():
        wide = ARROW_SPACING_PX if action in ARROWS else BUTTON_WIDTH_PX
        rect = pygame.Rect(0, 0, wide, BUTTON_HEIGHT_PX)
        rect.midtop = round(centre[0]), round(centre[1]) - BUTTON_RADIUS_PX - 6
        found[action] = rect
    for lesson in range(lessons):
        rect = pygame.Rect(0, 0, NUMBER_SPACING_PX, NUMBER_HEIGHT_PX)
        rect.center = _number_x(lesson, lessons), NUMBERS_Y
        found[GoToLesson(lesson)] = rect
    return found


def button_centres() -> dict[LessonAction | LessonExit, tuple[float, float]]:
    """The middle of each button."""
    left = PICTURE_SIZE_PX[0] / 2 - BUTTON_WIDTH_PX * (len(BUTTONS) - 1) / 2
    return {
        action: (left + BUTTON_WIDTH_PX * k, BUTTONS_Y) for k, (action, _) in enumerate(BUTTONS)
    }


def arrow_centres(
    turns: Sequence[LessonAction],
) -> dict[LessonAction | LessonExit, tuple[float, float]]:
    """The middle of each arrow that does something."""
    shown = [arrow for arrow in ARROWS if arrow in turns]
    return {arrow: (ARROWS_X + ARROW_SPACING_PX * k, BUTTONS_Y) for k, arrow in enumerate(shown)}


class LessonPanel:
    """Draws what all lessons have.

    Parameters
    ----------
    words : Words
    """

    def __init__(self, words: Words) -> None:
        self._words = words

    def draw(
        self, brush: LessonRenderer, title: str, sentence: str, fresh: float, place: LessonProgress
    ) -> None:
        """Draw title, sentence (`fresh` 0..1 is how far it has appeared), dots and buttons."""
        brush.typesetter.draw_text(brush.surface, title, TITLE_POSITION, TITLE_STYLE)
        self._draw_lessons(brush, place)
        brush.text(
            sentence,
            (PICTURE_SIZE_PX[0] / 2, SENTENCE_Y),
            38,
            TEXT_COLOUR,
            0.25 + 0.75 * fresh,
            "centre",
            0.6,
        )
        _draw_dots(brush, place)
        for action, name in BUTTONS:
            centre = button_centres()[action]
            shown = "pause" if name == "play" and place.playing else name
            _draw_button(brush, shown, centre)
            word = self._words[f"lesson.{shown}"]
            below = centre[0], centre[1] + BUTTON_RADIUS_PX + 1
            brush.text(word, below, _WORD_SIZE_PX, LABEL_COLOUR, 0.95, "centre", 0.6)
        for arrow, centre in arrow_centres(place.arrows).items():
            _draw_button(brush, arrow.name.lower(), centre)

    def _draw_lessons(self, brush: LessonRenderer, place: LessonProgress) -> None:
        for lesson in range(place.lessons):
            x = _number_x(lesson, place.lessons)
            current = lesson == place.lesson
            colour = TEXT_COLOUR if current else mix(RULE_COLOUR, LABEL_COLOUR, 0.5)
            brush.text(str(lesson + 1), (x, NUMBERS_Y - 18), 26, colour, align="centre")
            if current:
                brush.line([(x - 10, NUMBERS_Y + 22), (x + 10, NUMBERS_Y + 22)], TEXT_COLOUR, 1)
        left = _number_x(0, place.lessons) - 34
        brush.label(self._words["lesson.lesson"], (left, NUMBERS_Y - 11), align="right")


def _number_x(lesson: int, lessons: int) -> int:
    """The middle of a lesson's number."""
    return PICTURE_SIZE_PX[0] - TITLE_POSITION[0] - (lessons - 1 - lesson) * NUMBER_SPACING_PX - 12


def _draw_dots(brush: LessonRenderer, place: LessonProgress) -> None:
    space = 20
    left = PICTURE_SIZE_PX[0] / 2 - space * (place.steps - 1) / 2
    for step in range(place.steps):
        centre = (left + space * step, DOTS_Y)
        if step < place.step:
            brush.disc(centre, 3, shade(LABEL_COLOUR, 0.9))
        elif step == place.step:
            brush.disc(centre, 5, TEXT_COLOUR)
        else:
            brush.disc(centre, 3, RULE_COLOUR)


def _draw_button(brush: LessonRenderer, name: str, centre: tuple[float, float]) -> None:
    brush.ring(centre, BUTTON_RADIUS_PX, shade(RULE_COLOUR, 0.95), 1)
    _draw_icon(brush.surface, name, centre, mix(LABEL_COLOUR, TEXT_COLOUR, 0.55))


_ARROW_DIRECTIONS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


def _draw_icon(
    surface: pygame.Surface, name: str, centre: tuple[float, float], colour: Colour
) -> None:
    """The sign on a button, some 16 pixels large."""
    x, y = centre
    triangle = [(x - 5, y - 8), (x - 5, y + 8), (x + 8, y)]
    if name in _ARROW_DIRECTIONS:
        along, down = _ARROW_DIRECTIONS[name]
        sides = [(x - 5 * along + k * 8 * down, y - 5 * down + k * 8 * along) for k in (-1, 1)]
        _fill_polygon(surface, [*sides, (x + 8 * along, y + 8 * down)], colour)
    elif name == "play":
        _fill_polygon(surface, triangle, colour)
    elif name == "pause":
        for left in (-6, 2):
            pygame.draw.rect(surface, colour, (x + left, y - 7, 4, 15))
    elif name == "step":
        _fill_polygon(surface, [(px - 2, py) for px, py in triangle], colour)
        pygame.draw.rect(surface, colour, (x + 6, y - 7, 2, 15))
    elif name == "next":
        for left in (-7, 1):
            _fill_polygon(
                surface, [(x + left, y - 7), (x + left, y + 7), (x + left + 8, y)], colour
            )
    elif name == "restart":
        box = pygame.Rect(0, 0, 18, 18)
        box.center = round(x), round(y)
        pygame.draw.arc(surface, colour, box, -2.2, 2.2, 2)
        _fill_polygon(surface, [(x - 9, y - 9), (x - 9, y + 1), (x - 1, y - 5)], colour)
    else:  # back to the music: three keys of a piano
        for key in range(3):
            pygame.draw.rect(surface, colour, (x - 10 + 7 * key, y - 8, 6, 17), 1, 1)


def _fill_polygon(
    surface: pygame.Surface, points: list[tuple[float, float]], colour: Colour
) -> None:
    pygame.draw.polygon(surface, colour, points)
    pygame.draw.aalines(surface, colour, True, points)
