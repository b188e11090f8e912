"""Contact prints: places in the corpus that moved a unit, each as a little piano roll."""

from __future__ import annotations

from collections.abc import Sequence

import pygame

from midi_data.notes import Note
from rnn.model.unit_atlas import UnitContext
from visuals.drawing.theme import LABEL_COLOUR, PITCH_COLOURS, RULE_COLOUR, TEXT_COLOUR, mix, shade
from visuals.drawing.typography import TextStyle, Typesetter

THUMBNAIL_COLOUR = (13, 16, 24)
MAX_SPAN_BEATS = 8.0
"""Beats before the last note that a print shows at the most."""
_MIN_PITCH_SPAN_SEMITONES = 12
"""A print is at least so many semitones high."""
_MAX_TITLE_CHARS = 26


def draw_thumbnail(
    surface: pygame.Surface, box: pygame.Rect, notes: Sequence[Note], level: float
) -> None:
    """Draw notes in a box, `level` (0..1) bright; the last, which moved the unit, is circled."""
    pygame.draw.rect(surface, shade(THUMBNAIL_COLOUR, level), box, border_radius=4)
    pygame.draw.rect(surface, shade(RULE_COLOUR, 0.8 * level), box, 1, border_radius=4)
    if not notes:
        return
    last = notes[-1]
    shown = [note for note in notes if note.onset > last.end - MAX_SPAN_BEATS]
    start, end = min(note.onset for note in shown), max(note.end for note in shown)
    low, high = min(note.pitch for note in shown), max(note.pitch for note in shown)
    middle, tones = (low + high) / 2, max(_MIN_PITCH_SPAN_SEMITONES, high - low + 2)
    inside = box.inflate(-0.1 * box.width, -0.24 * box.height)
    beat, tone = inside.width / max(1.0, end - start), inside.height / tones
    thick = max(3, round(min(9.0, tone * 1.6)))
    for note in shown:
        x = inside.left + (note.onset - start) * beat
        y = inside.centery - (note.pitch - middle) * tone
        rect = pygame.Rect(round(x), 0, max(3, round(note.duration * beat) - 2), thick)
        rect.centery = round(y)
        colour = PITCH_COLOURS[note.pitch % 12]
        if note is last:
            pygame.draw.rect(
                surface, shade(mix(colour, TEXT_COLOUR, 0.5), level), rect, border_radius=2
            )
            around = rect.inflate(9, 9)
            pygame.draw.rect(surface, shade(TEXT_COLOUR, 0.9 * level), around, 1, border_radius=5)
        else:
            pygame.draw.rect(surface, shade(colour, 0.62 * level), rect, border_radius=2)


def draw_thumbnail_sheet(
    surface: pygame.Surface,
    type: Typesetter,
    box: pygame.Rect,
    contexts: Sequence[UnitContext],
    level: float,
) -> None:
    """Draw the strongest moments in a box: three large, with names of tunes, the others small."""
    gap = 12
    width = (box.width - 2 * gap) // 3
    height = round(0.55 * box.height)
    caption = TextStyle(14, "jost-300", 0.2, shade(LABEL_COLOUR, level))
    for place, context in enumerate(contexts[:3]):
        print_ = pygame.Rect(box.left + place * (width + gap), box.top, width, height)
        draw_thumbnail(surface, print_, context.notes, level)
        name = type.render(readable_title(context.tune), caption)
        at = (print_.left + 2, print_.bottom + 4)
        surface.blit(name, at, (0, 0, width - 4, 40), special_flags=pygame.BLEND_RGB_ADD)
    small = (box.width - 6 * gap) // 7
    top = box.top + height + 30
    for place, context in enumerate(contexts[3:10]):
        left = box.left + place * (small + gap)
        draw_thumbnail(
            surface, pygame.Rect(left, top, small, box.bottom - top), context.notes, level
        )


def readable_title(tune: str) -> str:
    """A tune's name as it can be read: no kind after a dash, no shouting, not too long."""
    name = tune.split(" -- ")[0].strip()
    if name.endswith(", The"):
        name = f"The {name[:-5]}"
    if name.isupper() and not any(letter.isdigit() for letter in name):
        name = name.title().replace("'S", "'s")
    return (
        name if len(name) <= _MAX_TITLE_CHARS else name[: _MAX_TITLE_CHARS - 1].rstrip() + "\u2026"
    )
