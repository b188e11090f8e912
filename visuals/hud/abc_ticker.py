"""Script: what a network that writes characters wrote, a line that grows as its notes sound."""

from __future__ import annotations

import pygame

from messages.cues import NoteSource
from visuals.drawing.theme import LABEL_COLOUR, PITCH_COLOURS, TEXT_COLOUR, Colour, mix, shade
from visuals.drawing.typography import TextStyle, Typesetter
from visuals.timeline import SECOND, TimedCue, Timeline

HISTORY_NS = 20 * SECOND
"""What was written longer ago than this is not shown, ns."""
CHARACTER_INTERVAL_NS = SECOND // 14
"""From one character of a note to the next, ns..."""
TYPING_SHARE = 0.7
"""...but all of them within this share of the note."""
_FONT_SIZE_PX = 22
_BRIGHTNESS_STEPS = 6
"""Shades in which what was written fades."""


class AbcTicker:
    """A line of text that ends where the last note's last character stands.

    Parameters
    ----------
    left, right : float
        Where it may begin, and where it ends.
    y : float
        Its top.
    """

    def __init__(self, left: float, right: float, y: float) -> None:
        self._left, self._right, self._y = left, right, y

    def draw(
        self, surface: pygame.Surface, type: Typesetter, timeline: Timeline, time: int
    ) -> None:
        """Draw what has been written by `time` (ns); nothing where nothing is written."""
        notes = list(timeline.cues_between(time - HISTORY_NS, time + 1))
        x = self._right
        for age, timed in enumerate(reversed(notes)):
            text = visible_text(timed, timeline.written_text(timed.cue.serial), time)
            if not text:
                continue
            style = TextStyle(
                _FONT_SIZE_PX, "mono-400", 0.0, _text_colour(timed, age, x, self._left, time)
            )
            width = type.render(text, style).get_width()
            if x - width < self._left:
                return
            x -= width
            type.draw_text(surface, text, (x, self._y), style)


def visible_text(timed: TimedCue, text: str, time: int) -> str:
    """How much of a note's text stands at `time`, ns: character by character while it sounds."""
    if timed.cue.source is NoteSource.VISITOR or not text:
        return _without_line_breaks(text)
    stroke = min(CHARACTER_INTERVAL_NS, TYPING_SHARE * max(1, timed.cue.duration) / len(text))
    return _without_line_breaks(text[: 1 + int((time - timed.due) / stroke)])


def _without_line_breaks(text: str) -> str:
    return text.replace("\n", "  ")


def _text_colour(timed: TimedCue, age: int, x: float, left: float, time: int) -> Colour:
    """The note's own colour while it sounds; then it fades towards the line's beginning."""
    if timed.is_sounding(time):
        own = (
            TEXT_COLOUR
            if timed.cue.source is NoteSource.VISITOR
            else PITCH_COLOURS[timed.cue.pitch % 12]
        )
        return mix(own, TEXT_COLOUR, 0.25)
    return shade(LABEL_COLOUR, 0.45 + 0.75 * _quantized_share(x, left, 1200.0) - 0.02 * min(age, 1))


def _quantized_share(x: float, left: float, span: float) -> float:
    return round(min(1.0, (x - left) / span) * _BRIGHTNESS_STEPS) / _BRIGHTNESS_STEPS
