"""Panel of a lesson: title, lesson numbers, sentence, step dots and buttons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

import pygame

from visuals.drawing.picture_layout import LANDSCAPE, PictureLayout
from visuals.drawing.theme import (
    LABEL_COLOUR,
    RULE_COLOUR,
    TEXT_COLOUR,
    TITLE_POSITION,
    mix,
    shade,
)
from visuals.drawing.typography import TITLE_STYLE, TextStyle, Typesetter, wrap_words
from visuals.input.lesson_actions import ARROWS, LessonAction
from visuals.lessons.base.lesson import Lesson
from visuals.lessons.drawing.renderer import LessonRenderer
from visuals.words import Words

SENTENCE_SIZE_PX = 38
_LINE_HEIGHT = 1.3  # distance of two lines of the sentence, in sizes
DOT_SIZE_PX = (42, 42)  # width and height of a step dot's hit target
BUTTON_RADIUS_PX = 23
BUTTON_WIDTH_PX, BUTTON_HEIGHT_PX = 140, 76  # size of a button's hit target
ARROW_SPACING_PX = 92  # distance between arrow buttons
NUMBER_SPACING_PX, NUMBER_HEIGHT_PX = 48, 60
"""Width and height of a lesson number's hit target."""
_WORD_SIZE_PX = 22
_ICON_POLYGONS: Mapping[str, tuple[tuple[tuple[int, int], ...], ...]] = {
    "left": (((5, 8), (5, -8), (-8, 0)),),
    "right": (((-5, -8), (-5, 8), (8, 0)),),
    "up": (((8, 5), (-8, 5), (0, -8)),),
    "down": (((-8, -5), (8, -5), (0, 8)),),
    "play": (((-5, -8), (-5, 8), (8, 0)),),
    "step": (((-7, -8), (-7, 8), (6, 0)),),
    "next": (((-7, -7), (-7, 7), (1, 0)), ((1, -7), (1, 7), (9, 0))),
    "restart": (((-9, -9), (-9, 1), (-1, -5)),),
}
"""Corners of each icon's filled shapes, pixels from the button's centre."""
_ICON_BARS: Mapping[str, tuple[tuple[int, int, int, int], ...]] = {
    "pause": ((-6, -7, 4, 15), (2, -7, 4, 15)),
    "step": ((6, -7, 2, 15),),
}
"""Left, top, width and height of each icon's filled bars."""


@dataclass(frozen=True, slots=True)
class PanelPlaces:
    """Heights of the panel's rows, and the places of its arrows, pixels."""

    width: int
    numbers_y: int
    sentence_y: int
    dots_y: int
    buttons_y: int
    arrows: tuple[int, int]  # centre of the first arrow button, upright of their row


def panel_places(layout: PictureLayout) -> PanelPlaces:
    """Places of the panel in a layout; below a lesson that is not as wide, all is in rows.

    Parameters
    ----------
    layout : PictureLayout

    Returns
    -------
    PanelPlaces
    """
    width = layout.size[0]
    if layout is LANDSCAPE:
        return PanelPlaces(width, 88, 764, 840, 890, (1430, 890))
    bottom = layout.keyboard.rect.top
    top, high = layout.lesson_rect.bottom, layout.is_upright
    dots, buttons = (top + 190, top + 250) if high else (bottom - 150, bottom - 90)
    arrows = (width // 2, buttons + 116)
    if not high:
        arrows = (width - 60 - 3 * ARROW_SPACING_PX, buttons)
    return PanelPlaces(width, 170, top + 20, dots, buttons, arrows)


class LessonExit(Enum):
    """Action of the last button, which no lesson handles: back to the music."""

    EXIT = auto()


@dataclass(frozen=True, slots=True)
class GoToLesson:
    """Action of a lesson number; `lesson` counts from 0."""

    lesson: int


@dataclass(frozen=True, slots=True)
class GoToStep:
    """Action of a dot; `step` counts from 0."""

    step: int


PanelAction = LessonAction | LessonExit | GoToLesson | GoToStep

BUTTONS: tuple[tuple[LessonAction | LessonExit, str], ...] = (
    (LessonAction.RESTART, "restart"),
    (LessonAction.PLAY, "play"),
    (LessonAction.STEP, "step"),
    (LessonAction.NEXT, "next"),
    (LessonExit.EXIT, "back"),
)
"""Action of each button from the left, and the key of its word."""


def hit_targets(
    lessons: int,
    arrows: Sequence[LessonAction],
    layout: PictureLayout = LANDSCAPE,
    steps: int = 0,
) -> Mapping[PanelAction, pygame.Rect]:
    """Hit target of each action, for so many lessons and steps, and these arrows."""
    targets: dict[PanelAction, pygame.Rect] = {}
    places = panel_places(layout)
    for action, centre in button_centres(arrows, layout).items():
        width = ARROW_SPACING_PX if action in ARROWS else BUTTON_WIDTH_PX
        rect = pygame.Rect(0, 0, width, BUTTON_HEIGHT_PX)
        rect.midtop = round(centre[0]), round(centre[1]) - BUTTON_RADIUS_PX - 6
        targets[action] = rect
    for lesson in range(lessons):
        rect = pygame.Rect(0, 0, NUMBER_SPACING_PX, NUMBER_HEIGHT_PX)
        rect.center = _number_x(lesson, lessons, places.width), places.numbers_y
        targets[GoToLesson(lesson)] = rect
    for step in range(steps):
        rect = pygame.Rect((0, 0), DOT_SIZE_PX)
        rect.center = round(_dot_x(step, steps, places.width)), places.dots_y
        targets[GoToStep(step)] = rect
    return targets


def button_centres(
    arrows: Sequence[LessonAction] = (), layout: PictureLayout = LANDSCAPE
) -> dict[LessonAction | LessonExit, tuple[float, float]]:
    """Centre of each button, and of the button of each of these arrows."""
    places = panel_places(layout)
    middle = places.width / 2
    if layout is not LANDSCAPE and not layout.is_upright:
        middle = 60 + BUTTON_WIDTH_PX * len(BUTTONS) / 2  # the arrows are at the right
    left = middle - BUTTON_WIDTH_PX * (len(BUTTONS) - 1) / 2
    centres: dict[LessonAction | LessonExit, tuple[float, float]] = {
        action: (left + BUTTON_WIDTH_PX * k, places.buttons_y)
        for k, (action, _) in enumerate(BUTTONS)
    }
    (x, y), shown = places.arrows, [arrow for arrow in ARROWS if arrow in arrows]
    if layout.is_upright:
        x = middle - ARROW_SPACING_PX * (len(shown) - 1) / 2
    return centres | {arrow: (x + ARROW_SPACING_PX * k, y) for k, arrow in enumerate(shown)}


class LessonPanel:
    """Draws the parts that all lessons have in common."""

    def __init__(self, words: Words, layout: PictureLayout = LANDSCAPE) -> None:
        self._words, self._layout, self._places = words, layout, panel_places(layout)

    def draw(
        self,
        renderer: LessonRenderer,
        lesson: Lesson,
        number: int,
        count: int,
        playing: bool,
        sentence: str | None = None,
    ) -> None:
        """Draw the panel of a lesson; `number` counts from 0, of `count` lessons.

        A sentence stands in place of that of the step.
        """
        title, walk = lesson.text("title"), lesson.walkthrough
        style = title_style(title, renderer.typesetter, self._layout)
        renderer.typesetter.draw_text(renderer.surface, title, TITLE_POSITION, style)
        self._draw_lesson_numbers(renderer, number, count)
        if sentence is None:
            sentence, level = lesson.current_sentence(), 0.25 + 0.75 * lesson.step_reveal
        else:
            level = 1.0
        self._write_sentence(renderer, sentence, level)
        self._draw_dots(renderer, walk.step_index, len(walk.steps))
        names = dict(BUTTONS)
        for action, (x, y) in button_centres(walk.current_step.arrows, self._layout).items():
            name = names.get(action, action.name.lower())
            shown = "pause" if name == "play" and playing else name
            _draw_button(renderer, shown, (x, y))
            if action in names:
                word, below = self._words[f"lesson.{shown}"], (x, y + BUTTON_RADIUS_PX + 1)
                renderer.text(word, below, _WORD_SIZE_PX, LABEL_COLOUR, 0.95, "centre", 0.6)

    def _write_sentence(self, renderer: LessonRenderer, sentence: str, level: float) -> None:
        """Write a sentence in as many lines as the width asks for."""
        size = SENTENCE_SIZE_PX
        style, width = TextStyle(size, "jost-300", 0.6), self._places.width - 60
        lines = wrap_words(
            sentence,
            lambda text: renderer.typesetter.render(text, style).get_width() <= width,
        )
        for row, line in enumerate(lines):
            place = self._places.width / 2, self._places.sentence_y + _LINE_HEIGHT * size * row
            renderer.text(line, place, size, TEXT_COLOUR, level, "centre", 0.6)

    def _draw_lesson_numbers(self, renderer: LessonRenderer, number: int, count: int) -> None:
        width, y = self._places.width, self._places.numbers_y
        for lesson in range(count):
            x, current = _number_x(lesson, count, width), lesson == number
            colour = TEXT_COLOUR if current else mix(RULE_COLOUR, LABEL_COLOUR, 0.8)
            renderer.text(str(lesson + 1), (x, y - 18), 26, colour, align="centre")
            if current:
                renderer.line([(x - 10, y + 22), (x + 10, y + 22)], TEXT_COLOUR, 1)
        left = _number_x(0, count, width) - 34
        renderer.label(self._words["lesson.lesson"], (left, y - 11), align="right")

    def _draw_dots(self, renderer: LessonRenderer, current: int, count: int) -> None:
        for step in range(count):
            centre = (_dot_x(step, count, self._places.width), self._places.dots_y)
            if step == current:
                renderer.disc(centre, 8, TEXT_COLOUR)
            else:
                colour = shade(LABEL_COLOUR, 0.9) if step < current else RULE_COLOUR
                renderer.disc(centre, 5, colour)


def _dot_x(step: int, steps: int, width: int) -> float:
    """Centre of a step's dot."""
    return width / 2 + DOT_SIZE_PX[0] * (step - (steps - 1) / 2)


def _number_x(lesson: int, lessons: int, width: int) -> int:
    """Centre of a lesson's number."""
    right = width - (TITLE_POSITION[0] if width == LANDSCAPE.size[0] else 40)
    return right - (lessons - 1 - lesson) * NUMBER_SPACING_PX - 12


def _draw_button(renderer: LessonRenderer, name: str, centre: tuple[float, float]) -> None:
    """Draw a button's ring and its icon, about 16 pixels wide."""
    (x, y), colour = centre, mix(LABEL_COLOUR, TEXT_COLOUR, 0.55)
    renderer.ring(centre, BUTTON_RADIUS_PX, shade(RULE_COLOUR, 0.95), 1)
    if name == "restart":
        box = pygame.Rect(0, 0, 18, 18)
        box.center = round(x), round(y)
        pygame.draw.arc(renderer.surface, colour, box, -2.2, 2.2, 2)
    elif name == "back":  # three piano keys
        for key in range(3):
            box = pygame.Rect(x - 10 + 7 * key, y - 8, 6, 17)
            renderer.box(box, colour, 1, 1)
    for corners in _ICON_POLYGONS.get(name, ()):
        renderer.polygon([(x + across, y + down) for across, down in corners], colour)
    for left, top, width, height in _ICON_BARS.get(name, ()):
        pygame.draw.rect(renderer.surface, colour, (x + left, y + top, width, height))


def title_style(title: str, typesetter: Typesetter, layout: PictureLayout) -> TextStyle:
    """Style of a title: its letters stand closer together where the picture is too narrow."""
    room = layout.size[0] - 2 * TITLE_POSITION[0]
    excess = max(0, typesetter.render(title, TITLE_STYLE).get_width() - room)
    tracking = TITLE_STYLE.tracking - excess / max(1, len(title) - 1)
    return replace(TITLE_STYLE, tracking=tracking)
