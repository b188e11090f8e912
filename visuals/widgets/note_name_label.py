"""Note name label: the name of the latest note, large, at the top right."""

from __future__ import annotations

import pygame

from messages.clock import SECOND
from visuals.drawing.theme import (
    LABEL_COLOUR,
    NOTE_NAME_POSITION,
    NOTE_NAMES,
    PITCH_COLOURS,
    mix,
    shade,
)
from visuals.drawing.typography import TextStyle, Typesetter
from visuals.timeline import Timeline

FADE_S = 1.6  # time in which a name fades after its note, seconds
_BRIGHTNESS_STEPS = 12
_OCTAVE_SIZE_PX = 34


class NoteNameLabel:
    """The name of the latest note.

    Parameters
    ----------
    typesetter : Typesetter
    place : (int, int)
        Top right, pixels.
    """

    def __init__(self, typesetter: Typesetter, place: tuple[int, int] = NOTE_NAME_POSITION) -> None:
        self._typesetter, self._place = typesetter, place

    def draw(self, surface: pygame.Surface, timeline: Timeline, time: int) -> None:
        """Draw the name at `time`, ns."""
        latest = timeline.latest_cue(time)
        if latest is None:
            return
        silence = max(0, time - latest.end_at(time)) / SECOND
        # steps limit the number of rendered shades of each letter
        level = round(max(0.0, 1.0 - silence / FADE_S) * _BRIGHTNESS_STEPS) / _BRIGHTNESS_STEPS
        if level == 0.0:
            return
        pitch = latest.cue.pitch
        x, y = self._place
        octave = TextStyle(_OCTAVE_SIZE_PX, "jost-300", 0.0, shade(LABEL_COLOUR, level))
        text = str(pitch // 12 - 1)
        width = self._typesetter.draw_text(surface, text, (x, y + 62), octave, "right")
        colour = mix((0, 0, 0), PITCH_COLOURS[pitch % 12], 0.25 + 0.75 * level)
        letter = TextStyle(112, "jost-200", 0.0, shade(colour, min(1.0, 1.5 * level)))
        name = NOTE_NAMES[pitch % 12]
        place = (x - width - 10, y - 18)
        self._typesetter.draw_note_name(surface, name, place, letter, "right")
