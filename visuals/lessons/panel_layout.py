"""Panel layout: places of a lesson's numbers, sentence, step dots, buttons and arrows.

The sentence and the words beside the buttons are as large as the viewing distance asks for, so
the buttons' places follow from the length of their words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

import pygame

from visuals.drawing.picture_layout import LANDSCAPE, PictureLayout
from visuals.drawing.theme import TITLE_POSITION
from visuals.drawing.typography import TextStyle, Typesetter
from visuals.input.lesson_actions import ARROWS, LessonAction
from visuals.words import Words

SENTENCE_SIZE_PX = 38  # least size of the sentence
_LINE_HEIGHT = 1.2  # distance of two lines of the sentence, in sizes
DOT_SIZE_PX = (42, 42)  # width and height of a step dot's hit target
_DOT_RADIUS_PX = 8  # of the step that is shown
BUTTON_RADIUS_PX = 23
BUTTON_HEIGHT_PX = 52  # height of a button's hit target
WORD_GAP_PX = 10  # gap between a button's ring and its word
ARROW_SPACING_PX = 92  # distance between arrow buttons
NUMBER_SPACING_PX, NUMBER_HEIGHT_PX = 48, 60
"""Width and height of a lesson number's hit target."""
_BUTTON_MARGIN_PX = 6  # of a button's hit target, at both sides
_BUTTON_GAP_PX = 28  # gap between a button's word and the next ring
_ROW_HEIGHT_PX = 70  # distance between two rows of buttons
_MARGIN_PX = 30  # least distance of a button or the sentence from the picture's side


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
    (LessonAction.BACK, "step_back"),
    (LessonAction.STEP, "step"),
    (LessonAction.NEXT, "next"),
    (LessonExit.EXIT, "back"),
)
"""Action of each button from the left, and the key of its word."""
WORDLESS = ("step_back",)
"""Buttons without a word: 4:3 has no room for it, and the word of the next button says it."""


@dataclass(frozen=True, slots=True)
class PanelRows:
    """Heights of the panel's rows, pixels: the middle of each, of the sentence its top."""

    numbers_y: int
    sentence_y: int
    dots_y: int
    buttons_y: int


_ROWS: Mapping[str, PanelRows] = {
    "landscape": PanelRows(88, 766, 854, 908),  # the arrows stand beside the dots
    "4:3": PanelRows(148, 708, 148, 856),  # the dots stand beside the numbers
    "portrait": PanelRows(170, 1270, 1425, 1490),
}
"""Rows of each layout, by its name."""


class PanelLayout:
    """Places of the panel in a picture.

    Parameters
    ----------
    words : Words
    typesetter : Typesetter
        Its scale gives the sizes of the text.
    layout : PictureLayout, optional
    """

    def __init__(
        self, words: Words, typesetter: Typesetter, layout: PictureLayout = LANDSCAPE
    ) -> None:
        self.rows, self.width = _ROWS[layout.name], layout.size[0]
        self.word_size = typesetter.scale.needed
        self.sentence_size = max(SENTENCE_SIZE_PX, typesetter.scale.needed)
        self.sentence_width = self.width - 2 * _MARGIN_PX
        style = TextStyle(self.word_size, "jost-300", 0.6)

        def measure(name: str) -> int:
            names = ("play", "pause") if name == "play" else (name,)
            return max(
                typesetter.render(words[f"lesson.{one}"], style).get_width() for one in names
            )

        self._button_widths = {
            action: 2 * BUTTON_RADIUS_PX + (0 if name in WORDLESS else WORD_GAP_PX + measure(name))
            for action, name in BUTTONS
        }
        self._is_landscape = layout is LANDSCAPE
        self._buttons = self._place_buttons()

    def hit_targets(
        self, lessons: int, arrows: Sequence[LessonAction], steps: int = 0
    ) -> Mapping[PanelAction, pygame.Rect]:
        """Hit target of each action, for so many lessons and steps, and these arrows."""
        targets: dict[PanelAction, pygame.Rect] = {}
        for action, (x, y) in self.button_centres(arrows).items():
            rect = pygame.Rect(0, 0, ARROW_SPACING_PX, BUTTON_HEIGHT_PX)
            rect.center = round(x), round(y)
            if action in self._button_widths:
                rect.left = round(x) - BUTTON_RADIUS_PX - _BUTTON_MARGIN_PX
                rect.width = self._button_widths[action] + 2 * _BUTTON_MARGIN_PX
            targets[action] = rect
        for lesson in range(lessons):
            rect = pygame.Rect(0, 0, NUMBER_SPACING_PX, NUMBER_HEIGHT_PX)
            rect.center = self.number_x(lesson, lessons), self.rows.numbers_y
            targets[GoToLesson(lesson)] = rect
        for step in range(steps):
            rect = pygame.Rect((0, 0), DOT_SIZE_PX)
            rect.center = round(self.dot_x(step, steps)), self.rows.dots_y
            targets[GoToStep(step)] = rect
        return targets

    def button_centres(
        self, arrows: Sequence[LessonAction] = ()
    ) -> dict[LessonAction | LessonExit, tuple[float, float]]:
        """Centre of each button's ring, and of the button of each of these arrows."""
        shown = [arrow for arrow in ARROWS if arrow in arrows]
        if self._is_landscape:
            x = self.width - TITLE_POSITION[0] - ARROW_SPACING_PX * (len(ARROWS) - 0.5)
            y = float(self.rows.dots_y)
        else:
            x = (self.width - ARROW_SPACING_PX * (len(shown) - 1)) / 2
            y = max(y for _, y in self._buttons.values()) + _ROW_HEIGHT_PX
        return self._buttons | {
            arrow: (x + ARROW_SPACING_PX * k, y) for k, arrow in enumerate(shown)
        }

    def line_y(self, row: int) -> float:
        """Top of a line of the sentence."""
        return self.rows.sentence_y + _LINE_HEIGHT * self.sentence_size * row

    def dot_x(self, step: int, steps: int) -> float:
        """Centre of a step's dot."""
        if self.rows.dots_y == self.rows.numbers_y:
            return TITLE_POSITION[0] + _DOT_RADIUS_PX + DOT_SIZE_PX[0] * step
        return self.width / 2 + DOT_SIZE_PX[0] * (step - (steps - 1) / 2)

    def number_x(self, lesson: int, lessons: int) -> int:
        """Centre of a lesson's number."""
        right = self.width - (TITLE_POSITION[0] if self.width == LANDSCAPE.size[0] else 40)
        return right - (lessons - 1 - lesson) * NUMBER_SPACING_PX - 12

    def _place_buttons(self) -> dict[LessonAction | LessonExit, tuple[float, float]]:
        """Centre of each button's ring, in rows that are about equally long."""
        room = self.width - 2 * _MARGIN_PX
        count = len(self._break_rows(room))
        while len(self._break_rows(room - _BUTTON_GAP_PX)) == count:
            room -= _BUTTON_GAP_PX
        centres: dict[LessonAction | LessonExit, tuple[float, float]] = {}
        for number, row in enumerate(self._break_rows(room)):
            x = (self.width - self._row_width(row)) / 2
            for action in row:
                y = float(self.rows.buttons_y + _ROW_HEIGHT_PX * number)
                centres[action] = x + BUTTON_RADIUS_PX, y
                x += self._button_widths[action] + _BUTTON_GAP_PX
        return centres

    def _break_rows(self, room: float) -> list[list[LessonAction | LessonExit]]:
        """Rows of buttons, each as long as a width permits."""
        rows: list[list[LessonAction | LessonExit]] = [[]]
        for action in self._button_widths:
            if rows[-1] and self._row_width([*rows[-1], action]) > room:
                rows.append([])
            rows[-1].append(action)
        return rows

    def _row_width(self, row: Sequence[LessonAction | LessonExit]) -> int:
        gaps = _BUTTON_GAP_PX * (len(row) - 1)
        return sum(self._button_widths[action] for action in row) + gaps
