"""Excerpt thumbnails: excerpts of the corpus that moved a unit most, as small piano rolls."""

from __future__ import annotations

from collections.abc import Sequence

import pygame

from midi_data.notes import Note
from rnn.model.unit_atlas import UnitContext
from visuals.drawing.theme import LABEL_COLOUR, PITCH_COLOURS, RULE_COLOUR, TEXT_COLOUR, mix, shade
from visuals.drawing.typography import TextStyle, Typesetter

THUMBNAIL_COLOUR = (13, 16, 24)
MAX_SPAN_BEATS = 8.0  # largest number of beats that a thumbnail shows before its last note
_MIN_PITCH_SPAN_SEMITONES = 12  # smallest pitch range of a thumbnail, semitones
_MAX_TITLE_CHARS = 26


def draw_thumbnail(
    surface: pygame.Surface, box: pygame.Rect, notes: Sequence[Note], level: float
) -> None:
    """Draw notes in a box with brightness `level` (0..1); the last one has an outline."""
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
            around = rect.inflate(9, 9)
            pygame.draw.rect(surface, shade(TEXT_COLOUR, 0.9 * level), around, 1, border_radius=5)
        tint = shade(mix(colour, TEXT_COLOUR, 0.5), level)
        fill = tint if note is last else shade(colour, 0.62 * level)
        pygame.draw.rect(surface, fill, rect, border_radius=2)


def draw_thumbnail_sheet(
    surface: pygame.Surface,
    typesetter: Typesetter,
    box: pygame.Rect,
    contexts: Sequence[UnitContext],
    level: float,
) -> None:
    """Draw excerpts in a box: three large ones with titles of tunes, up to seven small ones.

    Parameters
    ----------
    surface, typesetter, box
    contexts : sequence of UnitContext
        Excerpts, the strongest first.
    level : float
        Brightness, 0 to 1.
    """
    gap, height = 12, round(0.55 * box.height)
    width, small = (box.width - 2 * gap) // 3, (box.width - 6 * gap) // 7
    caption = TextStyle(14, "jost-300", 0.2, shade(LABEL_COLOUR, level))
    for place, context in enumerate(contexts[:3]):
        large = pygame.Rect(box.left + place * (width + gap), box.top, width, height)
        draw_thumbnail(surface, large, context.notes, level)
        title = typesetter.render(readable_title(context.tune), caption)
        position = (large.left + 2, large.bottom + 4)
        surface.blit(title, position, (0, 0, width - 4, 40), special_flags=pygame.BLEND_RGB_ADD)
    top = box.top + height + 30
    for place, context in enumerate(contexts[3:10]):
        left = box.left + place * (small + gap)
        below = pygame.Rect(left, top, small, box.bottom - top)
        draw_thumbnail(surface, below, context.notes, level)


def readable_title(tune: str) -> str:
    """Title of a tune without its kind, in title case, with at most `_MAX_TITLE_CHARS`."""
    name = tune.split(" -- ")[0].strip()
    if name.endswith(", The"):
        name = f"The {name[:-5]}"
    if name.isupper() and not any(letter.isdigit() for letter in name):
        name = name.title().replace("'S", "'s")
    if len(name) <= _MAX_TITLE_CHARS:
        return name
    return name[: _MAX_TITLE_CHARS - 1].rstrip() + "\u2026"
