"""Panel of a lesson: title, lesson numbers, sentence, step dots and buttons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pygame

from visuals.drawing.picture_layout import LANDSCAPE, PictureLayout
from visuals.drawing.theme import (
    EDGE_COLOUR,
    LABEL_COLOUR,
    RULE_COLOUR,
    TEXT_COLOUR,
    TITLE_POSITION,
    mix,
    shade,
)
from visuals.drawing.typography import TITLE_STYLE, TextStyle, Typesetter, wrap_words
from visuals.input.lesson_actions import LessonAction
from visuals.lessons.base.lesson import Lesson
from visuals.lessons.drawing.renderer import LessonRenderer
from visuals.lessons.drawing.shapes import LINE_CENTRE
from visuals.lessons.panel_layout import (
    BUTTON_RADIUS_PX,
    BUTTONS,
    WORD_GAP_PX,
    WORDLESS,
    PanelLayout,
)
from visuals.words import Words

_ICON_POLYGONS: Mapping[str, tuple[tuple[tuple[int, int], ...], ...]] = {
    "left": (((5, 8), (5, -8), (-8, 0)),),
    "right": (((-5, -8), (-5, 8), (8, 0)),),
    "up": (((8, 5), (-8, 5), (0, -8)),),
    "down": (((-8, -5), (8, -5), (0, 8)),),
    "play": (((-5, -8), (-5, 8), (8, 0)),),
    "step": (((-7, -8), (-7, 8), (6, 0)),),
    "step_back": (((7, -8), (7, 8), (-6, 0)),),
    "next": (((-7, -7), (-7, 7), (1, 0)), ((1, -7), (1, 7), (9, 0))),
    "restart": (((-9, -9), (-9, 1), (-1, -5)),),
}
"""Corners of each icon's filled shapes, pixels from the button's centre."""
_ICON_BARS: Mapping[str, tuple[tuple[int, int, int, int], ...]] = {
    "pause": ((-6, -7, 4, 15), (2, -7, 4, 15)),
    "step": ((6, -7, 2, 15),),
    "step_back": ((-8, -7, 2, 15),),
}
"""Left, top, width and height of each icon's filled bars."""


class LessonPanel:
    """Draws the parts that all lessons have in common."""

    def __init__(
        self, words: Words, typesetter: Typesetter, layout: PictureLayout = LANDSCAPE
    ) -> None:
        self._words, self._layout = words, layout
        self.places = PanelLayout(words, typesetter, layout)

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
        self._draw_buttons(renderer, walk.current_step.arrows, playing)

    def _draw_buttons(
        self, renderer: LessonRenderer, arrows: Sequence[LessonAction], playing: bool
    ) -> None:
        """Draw each button with its word at the right, and the arrows."""
        names, size = dict(BUTTONS), self.places.word_size
        for action, (x, y) in self.places.button_centres(arrows).items():
            name = names.get(action, action.name.lower())
            shown = "pause" if name == "play" and playing else name
            _draw_button(renderer, shown, (x, y))
            if action in names and name not in WORDLESS:
                beside = x + BUTTON_RADIUS_PX + WORD_GAP_PX, y - LINE_CENTRE * size
                word = self._words[f"lesson.{shown}"]
                renderer.text(word, beside, size, LABEL_COLOUR, 0.95, tracking=0.6)

    def _write_sentence(self, renderer: LessonRenderer, sentence: str, level: float) -> None:
        """Write a sentence in as many lines as the width asks for."""
        places, size = self.places, self.places.sentence_size
        style = TextStyle(size, "jost-300", 0.6)
        lines = wrap_words(
            sentence,
            lambda text: (
                renderer.typesetter.render(text, style).get_width() <= places.sentence_width
            ),
        )
        for row, line in enumerate(lines):
            place = places.width / 2, places.line_y(row)
            renderer.text(line, place, size, TEXT_COLOUR, level, "centre", 0.6)

    def _draw_lesson_numbers(self, renderer: LessonRenderer, number: int, count: int) -> None:
        places, y, size = self.places, self.places.rows.numbers_y, self.places.word_size
        for lesson in range(count):
            x, current = places.number_x(lesson, count), lesson == number
            colour = TEXT_COLOUR if current else mix(RULE_COLOUR, LABEL_COLOUR, 0.8)
            place = x, y - LINE_CENTRE * size
            renderer.text(str(lesson + 1), place, size, colour, align="centre")
            if current:
                renderer.line([(x - 10, y + 24), (x + 10, y + 24)], TEXT_COLOUR, 1)
        left = places.number_x(0, count) - 34
        renderer.label(self._words["lesson.lesson"], (left, y - 11), align="right")

    def _draw_dots(self, renderer: LessonRenderer, current: int, count: int) -> None:
        for step in range(count):
            centre = (self.places.dot_x(step, count), self.places.rows.dots_y)
            if step == current:
                renderer.disc(centre, 8, TEXT_COLOUR)
            else:
                colour = shade(LABEL_COLOUR, 0.9) if step < current else EDGE_COLOUR
                renderer.disc(centre, 5, colour)


def _draw_button(renderer: LessonRenderer, name: str, centre: tuple[float, float]) -> None:
    """Draw a button's ring and its icon, about 16 pixels wide."""
    (x, y), colour = centre, mix(LABEL_COLOUR, TEXT_COLOUR, 0.55)
    renderer.ring(centre, BUTTON_RADIUS_PX, EDGE_COLOUR, 2)
    if name == "restart":
        angle = np.linspace(-0.7 * np.pi, 0.7 * np.pi, 24)
        arc = np.stack([x + 9 * np.cos(angle), y + 9 * np.sin(angle)], axis=1)
        renderer.line(arc, colour, 2.4)
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
