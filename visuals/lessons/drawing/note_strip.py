"""Strips: a tune as bars along a line, how much of it is known, and what is heard of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame
from numpy.typing import NDArray

from midi_data.notes import Note
from visuals.drawing.theme import PITCH_COLOURS, RULE_COLOUR, shade
from visuals.lessons.drawing.renderer import (
    BACKWARD_COLOUR,
    POSITIVE_COLOUR,
    TEXT_COLOUR,
    LessonRenderer,
)

_MARGIN_PX = 2


def draw_note_strip(
    brush: LessonRenderer,
    rect: pygame.Rect,
    notes: Sequence[Note],
    end: float,
    span: tuple[int, int],
    level: float,
    heard: float | None = None,
    shown: int | None = None,
) -> None:
    """Draw notes up to a beat.

    Parameters
    ----------
    brush : Brush
    rect : Rect
    notes : sequence of Note
    end : float
        The beat at the right edge.
    span : (int, int)
        MIDI numbers at the lower and the upper edge; what lies beyond is drawn on the edge, dim.
    level : float
    heard : float, optional
        The beat that sounds, if any does.
    shown : int, optional
        Place of a note to be marked.
    """
    for y in (rect.top, rect.bottom):
        brush.line([(rect.left, y), (rect.right, y)], shade(RULE_COLOUR, 0.45 * level), 1)
    for place, note in enumerate(notes):
        bar, inside = note_bar_rect(rect, note, end, span)
        sounds = heard is not None and note.onset <= heard < note.end
        bright = 1.0 if sounds else 0.72 if heard is None or note.end <= heard else 0.4
        colour = shade(PITCH_COLOURS[note.pitch % 12], level * bright * (1.0 if inside else 0.5))
        brush.box(bar, colour, 0, 3)
        if sounds:
            brush.line([bar.midleft, bar.midright], TEXT_COLOUR, bar.height, 0.8 * level)
            brush.soft_glow(bar.center, TEXT_COLOUR, 0.2 * level)
        if place == shown:
            brush.box(bar.inflate(8, 8), shade(TEXT_COLOUR, level), 1, 6)
    if heard is not None:
        x = rect.left + rect.width * min(1.0, heard / end)
        brush.line(
            [(x, rect.top - 4), (x, rect.bottom + 4)], shade(TEXT_COLOUR, 0.7 * level), 1.5, 0.3
        )


def draw_correct_marks(
    brush: LessonRenderer,
    rect: pygame.Rect,
    notes: Sequence[Note],
    right: NDArray[np.bool_],
    end: float,
    level: float,
) -> None:
    """Draw a dot below each note: full if the network knew it, empty if not."""
    for note, known in zip(notes, right.tolist(), strict=True):
        x = rect.left + rect.width * (note.onset + 0.5 * min(note.duration, 1.0)) / end
        if known:
            brush.disc((x, rect.bottom + 11), 4, shade(POSITIVE_COLOUR, level))
        else:
            brush.ring((x, rect.bottom + 11), 4, shade(BACKWARD_COLOUR, 0.6 * level), 1)


def note_bar_rect(
    rect: pygame.Rect, note: Note, end: float, span: tuple[int, int]
) -> tuple[pygame.Rect, bool]:
    """Where a note is drawn, and whether its pitch lies within the span."""
    low, high = span
    height = max(5, min(16, round(0.9 * rect.height / (high - low + 1))))
    share = (note.pitch - low) / max(1, high - low)
    y = (
        rect.bottom
        - _MARGIN_PX
        - height
        - (rect.height - 2 * _MARGIN_PX - height) * np.clip(share, 0, 1)
    )
    left = rect.left + rect.width * note.onset / end
    width = rect.width * min(note.duration, end - note.onset) / end
    return pygame.Rect(round(left), round(y), max(4, round(width) - 3), height), 0 <= share <= 1
