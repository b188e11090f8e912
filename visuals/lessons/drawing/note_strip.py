"""Note strip: the notes of a tune as bars in a rectangle, like a piano roll."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pygame

from midi_data.notes import Note
from visuals.drawing.theme import PITCH_COLOURS, RULE_COLOUR, TEXT_COLOUR, shade
from visuals.lessons.drawing.colours import BACKWARD_COLOUR, POSITIVE_COLOUR
from visuals.lessons.drawing.renderer import LessonRenderer

_MARGIN_PX = 2


@dataclass(frozen=True, slots=True)
class NoteStrip:
    """A rectangle with axes for time and pitch.

    Parameters
    ----------
    rect : Rect
    end_beat, start_beat : float
        Beats at the right and at the left edge.
    pitch_span : tuple of int
        MIDI numbers at the lower and the upper edge.
    """

    rect: pygame.Rect
    end_beat: float
    pitch_span: tuple[int, int]
    start_beat: float = 0.0

    def beat_x(self, beat: float) -> float:
        """Horizontal position of a beat, pixels."""
        length = self.end_beat - self.start_beat
        return self.rect.left + self.rect.width * (beat - self.start_beat) / length

    def note_rect(self, note: Note) -> tuple[pygame.Rect, bool]:
        """Rectangle of a note's bar, and whether its pitch lies within the span."""
        rect, (low, high) = self.rect, self.pitch_span
        height = max(5, min(16, round(0.9 * rect.height / (high - low + 1))))
        share = (note.pitch - low) / max(1, high - low)
        room = rect.height - 2 * _MARGIN_PX - height
        y = rect.bottom - _MARGIN_PX - height - room * np.clip(share, 0, 1)
        duration = min(note.duration, self.end_beat - note.onset)
        width = rect.width * duration / (self.end_beat - self.start_beat)
        left = round(self.beat_x(note.onset))
        return pygame.Rect(left, round(y), max(4, round(width) - 3), height), 0 <= share <= 1

    def draw(
        self,
        renderer: LessonRenderer,
        notes: Sequence[Note],
        level: float,
        beat: float | None = None,
        marked: int | None = None,
    ) -> None:
        """Draw notes, the beat that sounds and a frame around the note with the index `marked`.

        Notes beyond the pitch span lie on its edge, dimmed.
        """
        rect = self.rect
        for y in (rect.top, rect.bottom):
            renderer.line([(rect.left, y), (rect.right, y)], shade(RULE_COLOUR, 0.45 * level), 1)
        for index, note in enumerate(notes):
            bar, inside = self.note_rect(note)
            sounds = beat is not None and note.onset <= beat < note.end
            bright = 1.0 if sounds else 0.72 if beat is None or note.end <= beat else 0.4
            dim = 1.0 if inside else 0.5
            renderer.box(bar, shade(PITCH_COLOURS[note.pitch % 12], level * bright * dim), 0, 3)
            if sounds:
                renderer.line([bar.midleft, bar.midright], TEXT_COLOUR, bar.height, 0.8 * level)
                renderer.soft_glow(bar.center, TEXT_COLOUR, 0.2 * level)
            if index == marked:
                renderer.box(bar.inflate(8, 8), shade(TEXT_COLOUR, level), 1, 6)
        if beat is not None:
            x = rect.left + rect.width * min(1.0, beat / self.end_beat)
            cursor = [(x, rect.top - 4), (x, rect.bottom + 4)]
            renderer.line(cursor, shade(TEXT_COLOUR, 0.7 * level), 1.5, 0.3)

    def draw_correct_marks(
        self, renderer: LessonRenderer, notes: Sequence[Note], correct: list[bool], level: float
    ) -> None:
        """Draw a mark below each note: a disc if it was predicted, else a ring."""
        for note, is_correct in zip(notes, correct, strict=True):
            place = self.beat_x(note.onset + 0.5 * min(note.duration, 1.0)), self.rect.bottom + 11
            if is_correct:
                renderer.disc(place, 4, shade(POSITIVE_COLOUR, level))
            else:
                renderer.ring(place, 4, shade(BACKWARD_COLOUR, 0.6 * level), 1)
