"""ABC ticker: the ABC text of a network that writes characters, growing as its notes sound."""

from __future__ import annotations

from dataclasses import dataclass

import pygame

from messages.clock import SECOND
from messages.cues import NoteSource
from visuals.drawing.theme import LABEL_COLOUR, PITCH_COLOURS, TEXT_COLOUR, Colour, mix, shade
from visuals.drawing.typography import TextStyle, Typesetter
from visuals.timeline import TimedCue, Timeline

HISTORY_NS = 20 * SECOND  # age of the oldest text that is shown, ns
CHARACTER_INTERVAL_NS = SECOND // 14  # longest time between two characters of a note, ns
TYPING_SHARE = 0.7  # share of a note's duration within which all its characters appear
_BRIGHTNESS_STEPS = 6  # number of brightness steps in which text fades


@dataclass(frozen=True, slots=True)
class AbcTicker:
    """A line of text whose right end is the last character of the latest note, pixels."""

    left: float
    right: float
    y: float

    def draw(
        self, surface: pygame.Surface, typesetter: Typesetter, timeline: Timeline, time: int
    ) -> None:
        """Draw the text at `time` (ns), if the network writes text."""
        notes = list(timeline.cues_between(time - HISTORY_NS, time + 1))
        x = self.right
        for age, timed in enumerate(reversed(notes)):
            text = visible_text(timed, timeline.written_text(timed.cue.serial), time)
            if not text:
                continue
            size = typesetter.scale.least
            style = TextStyle(size, "mono-400", 0.0, self._colour(timed, age, x, time))
            x -= typesetter.render(text, style).get_width()
            if x < self.left:
                return
            typesetter.draw_text(surface, text, (x, self.y), style)

    def _colour(self, timed: TimedCue, age: int, x: float, time: int) -> Colour:
        """Colour of the note while it sounds; afterwards it fades towards the left."""
        if timed.is_sounding(time):
            by_visitor = timed.cue.source is NoteSource.VISITOR
            own = TEXT_COLOUR if by_visitor else PITCH_COLOURS[timed.cue.pitch % 12]
            return mix(own, TEXT_COLOUR, 0.25)
        share = min(1.0, (x - self.left) / 1200.0)
        share = round(share * _BRIGHTNESS_STEPS) / _BRIGHTNESS_STEPS
        return shade(LABEL_COLOUR, 0.9 + 0.3 * share - 0.02 * min(age, 1))  # 4.5:1 and more


def visible_text(timed: TimedCue, text: str, time: int) -> str:
    """The part of a note's text that has appeared at `time`, ns, with spaces for line breaks."""
    if text and timed.cue.source is not NoteSource.VISITOR:
        stroke = min(CHARACTER_INTERVAL_NS, TYPING_SHARE * max(1, timed.cue.duration) / len(text))
        text = text[: 1 + int((time - timed.due) / stroke)]
    return text.replace("\n", "  ")
