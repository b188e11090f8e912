from __future__ import annotations

import pygame

from midi_data.notes import Note
from visuals.lessons.drawing.note_strip import NoteStrip

RECT = pygame.Rect(100, 100, 400, 80)


def test_a_note_lies_at_its_beat_and_pitch():
    strip = NoteStrip(RECT, 8.0, (60, 72), start_beat=4.0)
    low, inside = strip.note_rect(Note(60, 4.0, 1.0))
    high, _ = strip.note_rect(Note(72, 6.0, 2.0))
    assert inside
    assert (low.left, high.left) == (RECT.left, RECT.centerx)
    assert RECT.top <= high.top < low.top < RECT.bottom
    assert high.width > 1.9 * low.width


def test_a_note_beyond_the_edges_is_kept_inside():
    bar, inside = NoteStrip(RECT, 4.0, (60, 72)).note_rect(Note(90, 3.0, 9.0))
    assert not inside
    assert RECT.contains(bar)
