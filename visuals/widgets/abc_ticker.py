"""ABC ticker: the ABC text of a network that writes characters, growing as its notes sound."""

from __future__ import annotations

import pygame

from messages.clock import SECOND
from messages.cues import NoteSource
from visuals.drawing.theme import LABEL_COLOUR, PITCH_COLOURS, TEXT_COLOUR, Colour, mix, shade
from visuals.drawing.typography import TextStyle, Typesetter
from visuals.timeline import TimedCue, Timeline

HISTORY_NS = 20 * SECOND  # age of the oldest text that is shown, ns
CHARACTER_INTERVAL_NS = SECOND // 14  # longest time between two characters of a note, ns
TYPING_SHARE = 0.7  # share of a note's duration within which all its characters appear
_FONT_SIZE_PX = 22
_BRIGHTNESS_STEPS = 6  # number of brightness steps in which text fades


class AbcTicker:
    """A line of text whose right end is the last character of the latest note.

    Parameters
    ----------
    left, right : float
        Horizontal limits, pixels.
    y : float
        Top, pixels.
    """

    def __init__(self, left: float, right: float, y: float) -> None:
        self._left, self._right, self._y = left, right, y

    def draw(
        self, surface: pygame.Surface, typesetter: Typesetter, timeline: Timeline, time: int
    ) -> None:
        """Draw the text at `time` (ns), if the network writes text."""
        notes = list(timeline.cues_between(time - HISTORY_NS, time + 1))
        x = self._right
        for age, timed in enumerate(reversed(notes)):
            text = visible_text(timed, timeline.written_text(timed.cue.serial), time)
            if not text:
                continue
            style = TextStyle(
                _FONT_SIZE_PX, "mono-400", 0.0, _text_colour(timed, age, x, self._left, time)
            )
            width = typesetter.render(text, style).get_width()
            if x - width < self._left:
                return
            x -= width
            typesetter.draw_text(surface, text, (x, self._y), style)


def visible_text(timed: TimedCue, text: str, time: int) -> str:
    """The part of a note's text that has appeared at `time`, ns."""
    if timed.cue.source is NoteSource.VISITOR or not text:
        return _without_line_breaks(text)
    stroke = min(CHARACTER_INTERVAL_NS, TYPING_SHARE * max(1, timed.cue.duration) / len(text))
    return _without_line_breaks(text[: 1 + int((time - timed.due) / stroke)])


def _without_line_breaks(text: str) -> str:
    return text.replace("\n", "  ")


def _text_colour(timed: TimedCue, age: int, x: float, left: float, time: int) -> Colour:
    """Colour of the note while it sounds; afterwards it fades towards the left."""
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
