"""Question of a lesson: asked before and after it, answered on three keys or by touch.

Nobody has to answer: any other action closes the question, and so does a timeout. Before the
lesson nothing tells which answer is right.
"""

from __future__ import annotations

import pygame

from messages.clock import SECOND
from messages.cues import NoteSource
from messages.lesson_answers import LessonAnswer
from visuals.drawing.picture_layout import LANDSCAPE, PictureLayout
from visuals.drawing.theme import LABEL_COLOUR, PITCH_COLOURS, TEXT_COLOUR, shade
from visuals.drawing.typography import TextStyle, wrap_words
from visuals.lessons.drawing.colours import BACKWARD_COLOUR, POSITIVE_COLOUR
from visuals.lessons.drawing.renderer import LessonRenderer
from visuals.lessons.drawing.shapes import LINE_CENTRE
from visuals.timeline import Timeline
from visuals.widgets.piano_keyboard import INVITING_PITCHES
from visuals.words import Words

RIGHT_ANSWERS = {"neuron": 1, "fold": 2, "graph": 0, "memory": 1, "song": 2, "seen": 0}
"""Index of the right answer, by lesson; the last lesson explains nothing and has no question."""
QUESTION_TIMEOUT_S = 15.0  # time after which an unanswered question closes, s
REPLY_S = 3.0  # time for which the reply to an answer stays, s
_QUESTION_SIZE_PX, _ANSWER_SIZE_PX = 46, 34  # least sizes
_NAME_SIZE_PX = 48  # of a key's name
_LINE_HEIGHT = 1.25  # distance of two lines, in sizes
_MARGIN_PX, _PADDING_PX = 80, 24
_TOP_PX, _GAP_PX, _BOX_HEIGHT_PX = 400, 40, 220  # of the answers
_LOW_TOP_PX, _LOW_GAP_PX, _LOW_BOX_HEIGHT_PX = 344, 16, 104
"""The same above one another in a picture that is not upright."""


class LessonQuestion:
    """A question that is open."""

    def __init__(self, lesson: str, is_after: bool) -> None:
        self._lesson, self._is_after = lesson, is_after
        self._opened_at: int | None = None
        self._answered_at: int | None = None
        self.answer: int | None = None

    @property
    def result(self) -> LessonAnswer:
        """What came of it."""
        is_right = None if self.answer is None else self.answer == RIGHT_ANSWERS[self._lesson]
        return LessonAnswer(self._lesson, self._is_after, is_right)

    def give_answer(self, answer: int, now: int) -> None:
        """Take the first answer, an index, at `now` (ns)."""
        if self.answer is None:
            self.answer, self._answered_at = answer, now

    def hear_keys(self, timeline: Timeline, now: int) -> None:
        """Take the first key of an answer that the visitor plays while the question is open."""
        if self._opened_at is None:
            return
        pitch_classes = [pitch % 12 for pitch in INVITING_PITCHES]
        for timed in timeline.cues_between(self._opened_at, now + 1):
            cue = timed.cue
            is_new = cue.source is NoteSource.VISITOR and cue.due >= self._opened_at
            if is_new and cue.pitch % 12 in pitch_classes:
                self.give_answer(pitch_classes.index(cue.pitch % 12), now)

    def is_over(self, now: int) -> bool:
        """Whether its time has passed at `now`, ns; the first call is its start."""
        if self._opened_at is None:
            self._opened_at = now
        if self._answered_at is not None:
            return now - self._answered_at > REPLY_S * SECOND
        return now - self._opened_at > QUESTION_TIMEOUT_S * SECOND

    @property
    def sentence_key(self) -> str:
        """Key of the sentence below: how to answer, or the reply."""
        if self.answer is None:
            return "question.how"
        if not self._is_after:
            return "question.thanks"
        return "question.right" if self.result.is_right else "question.wrong"

    def draw(self, renderer: LessonRenderer, words: Words, layout: PictureLayout) -> None:
        """Draw the question, and its answers with their keys."""
        renderer.words = words
        rects, size = answer_rects(layout), max(_QUESTION_SIZE_PX, renderer.typesetter.scale.needed)
        middle, y = layout.size[0] / 2, rects[0].top - 150
        text, width = words[f"question.{self._lesson}"], layout.size[0] - 2 * _MARGIN_PX
        for line in _wrap(renderer, text, size, width):
            renderer.text(line, (middle, y), size, TEXT_COLOUR, 1.0, "centre")
            y += _LINE_HEIGHT * size
        shows_right = self._is_after and self.answer is not None
        for index, (rect, pitch) in enumerate(zip(rects, INVITING_PITCHES, strict=True)):
            is_right, is_chosen = index == RIGHT_ANSWERS[self._lesson], index == self.answer
            outline, level = shade(LABEL_COLOUR, 0.8), 1.0
            if is_chosen:
                outline = TEXT_COLOUR if not shows_right or is_right else BACKWARD_COLOUR
            elif self.answer is not None:
                level = 0.5
            if shows_right and is_right:
                outline, level = POSITIVE_COLOUR, 1.0
            renderer.box(rect, outline, 4 if outline in (TEXT_COLOUR, POSITIVE_COLOUR) else 2, 16)
            renderer.box(
                pygame.Rect(rect.left, rect.top, 16, rect.height),
                shade(PITCH_COLOURS[pitch % 12], level),
                0,
                8,
            )
            place = rect.left + 70, rect.centery - LINE_CENTRE * _NAME_SIZE_PX
            renderer.note_name(pitch, place, _NAME_SIZE_PX, level)
            self._draw_answer(renderer, words[f"question.{self._lesson}_{index}"], rect, level)

    def _draw_answer(
        self, renderer: LessonRenderer, text: str, rect: pygame.Rect, level: float
    ) -> None:
        left, size = rect.left + 130, max(_ANSWER_SIZE_PX, renderer.typesetter.scale.needed)
        lines = _wrap(renderer, text, size, rect.right - _PADDING_PX - left)
        y = rect.centery - LINE_CENTRE * size - _LINE_HEIGHT * size * (len(lines) - 1) / 2
        for row, line in enumerate(lines):
            place = left, y + _LINE_HEIGHT * size * row
            renderer.text(line, place, size, TEXT_COLOUR, level)


def answer_rects(layout: PictureLayout) -> list[pygame.Rect]:
    """Hit target of each answer: side by side in landscape, else above one another."""
    width, count = layout.size[0] - 2 * _MARGIN_PX, len(INVITING_PITCHES)
    top, step, size = _TOP_PX, (0, _BOX_HEIGHT_PX + _GAP_PX), (width, _BOX_HEIGHT_PX)
    if layout is LANDSCAPE:
        across = (width - _GAP_PX * (count - 1)) // count
        step, size = (across + _GAP_PX, 0), (across, _BOX_HEIGHT_PX)
    elif not layout.is_upright:
        top, step = _LOW_TOP_PX, (0, _LOW_BOX_HEIGHT_PX + _LOW_GAP_PX)
        size = width, _LOW_BOX_HEIGHT_PX
    return [pygame.Rect(_MARGIN_PX + k * step[0], top + k * step[1], *size) for k in range(count)]


def _wrap(renderer: LessonRenderer, text: str, size: int, width: float) -> list[str]:
    style = TextStyle(size, "jost-300", 0.4, TEXT_COLOUR)
    return wrap_words(
        text, lambda line: renderer.typesetter.render(line, style).get_width() <= width
    )
