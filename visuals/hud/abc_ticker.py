"""Script: what a network that writes characters wrote, a line that grows as its notes sound."""

from __future__ import annotations

import pygame

from messages.cues import Source
from visuals.drawing.theme import DIM, INK, PITCH_COLOURS, Colour, mix, shade
from visuals.drawing.typography import TextStyle, Typesetter
from visuals.timeline import SECOND, TimedCue, Timeline

LOOKS_BACK = 20 * SECOND
"""What was written longer ago than this is not shown, ns."""
STROKE = SECOND // 14
"""From one character of a note to the next, ns..."""
SHARE = 0.7
"""...but all of them within this share of the note."""
_SIZE = 22
_STEPS = 6
"""Shades in which what was written fades."""


class Script:
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
        notes = list(timeline.between(time - LOOKS_BACK, time + 1))
        x = self._right
        for age, timed in enumerate(reversed(notes)):
            text = shown(timed, timeline.written(timed.cue.serial), time)
            if not text:
                continue
            style = TextStyle(_SIZE, "mono-400", 0.0, _colour(timed, age, x, self._left, time))
            width = type.render(text, style).get_width()
            if x - width < self._left:
                return
            x -= width
            type.put(surface, text, (x, self._y), style)


def shown(timed: TimedCue, text: str, time: int) -> str:
    """How much of a note's text stands at `time`, ns: character by character while it sounds."""
    if timed.cue.source is Source.VISITOR or not text:
        return _legible(text)
    stroke = min(STROKE, SHARE * max(1, timed.cue.duration) / len(text))
    return _legible(text[: 1 + int((time - timed.due) / stroke)])


def _legible(text: str) -> str:
    return text.replace("\n", "  ")


def _colour(timed: TimedCue, age: int, x: float, left: float, time: int) -> Colour:
    """The note's own colour while it sounds; then it fades towards the line's beginning."""
    if timed.sounds(time):
        own = INK if timed.cue.source is Source.VISITOR else PITCH_COLOURS[timed.cue.pitch % 12]
        return mix(own, INK, 0.25)
    return shade(DIM, 0.45 + 0.75 * _step(x, left, 1200.0) - 0.02 * min(age, 1))


def _step(x: float, left: float, span: float) -> float:
    return round(min(1.0, (x - left) / span) * _STEPS) / _STEPS
