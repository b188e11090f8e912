"""Card: one unit looked at - what it likes, how sure that is, what it says, what moved it most."""

from __future__ import annotations

from collections import deque

import numpy as np
import pygame

from messages.cues import HIDDEN
from rnn.model.unit_atlas import Context
from visuals.drawing.theme import DIM, FAINT, INK, NOTE_NAMES, PITCH_COLOURS, Colour, mix, shade
from visuals.drawing.typography import TextStyle
from visuals.hud.excerpt_thumbnails import draw_sheet
from visuals.hud.unit_preferences import SUREST, Liking, liking
from visuals.input.hit_targets import Unit
from visuals.input.touch_input import Look
from visuals.network_summary import Anatomy
from visuals.scenes.base import Frame, Toolkit

SIZE = (620, 452)
PLAIN_SIZE = (620, 212)
"""Of a unit whose moments are not known."""
PAPER: Colour = (8, 10, 16)
_MARGIN = 22
_TRACE = 96
"""Frames of what it said of late that are drawn."""
_TRACE_RECT = (350, 22, 206, 96)
_STEPS = 8


class Card:
    """Draws the card of the unit looked at, beside it.

    Parameters
    ----------
    anatomy : Anatomy
    toolkit : Toolkit
    """

    def __init__(self, anatomy: Anatomy, toolkit: Toolkit) -> None:
        self._anatomy, self._toolkit = anatomy, toolkit
        self._trace: deque[float] = deque(maxlen=_TRACE)
        self._unit: Unit | None = None
        self._liking = Liking("many")
        self._contexts: tuple[Context, ...] = ()

    def draw(
        self, surface: pygame.Surface, frame: Frame, look: Look, place: tuple[float, float]
    ) -> None:
        """Draw the card of a unit that lies at `place` in the picture."""
        layer, unit = look.unit
        if not (layer < self._anatomy.layers and unit < self._anatomy.units):
            return
        if look.unit != self._unit:
            self._read(look.unit)
        said = float(frame.activations[layer, HIDDEN, unit])
        if look.factor == 0.0:  # from the next note on the network says so itself
            said = 0.0
        self._trace.append(float(np.clip(said, -1.0, 1.0)))
        level = round(min(1.0, 4 * look.left) * _STEPS) / _STEPS
        tone = int(self._anatomy.preference[layer, unit])
        colour = shade(PITCH_COLOURS[tone], level)
        box = _beside(place, SIZE if self._contexts else PLAIN_SIZE)
        pygame.draw.rect(surface, PAPER, box, border_radius=12)
        pygame.draw.rect(surface, mix(PAPER, colour, 0.6), box, 1, border_radius=12)
        pygame.draw.aacircle(surface, colour, place, 17, 2)
        self._write(surface, box, look, level)
        self._draw_sureness(surface, box, colour, level)
        self._draw_trace(surface, box, colour)
        if self._contexts:
            self._draw_moments(surface, box, level)

    def _read(self, unit: Unit) -> None:
        atlas = self._anatomy.atlas
        self._unit = unit
        self._trace.clear()
        self._liking = liking(atlas, unit)
        self._contexts = () if atlas is None else atlas.contexts(*unit)

    def _write(self, surface: pygame.Surface, box: pygame.Rect, look: Look, level: float) -> None:
        type, words = self._toolkit.type, self._toolkit.words
        x, y = box.left + _MARGIN, box.top + 12
        tone = int(self._anatomy.preference[look.unit])
        number = TextStyle(22, "mono-300", 0.0, shade(DIM, level))
        width = type.put(surface, f"{look.unit[1]:03d}", (x, y + 2), number)
        quiet = TextStyle(16, "jost-300", 0.3, shade(DIM, level))
        width += type.put(surface, words["card.favours"], (x + width + 16, y + 6), quiet)
        letter = TextStyle(24, "jost-300", 0.0, shade(PITCH_COLOURS[tone], level))
        type.put_note(surface, NOTE_NAMES[tone], (x + width + 26, y - 1), letter)
        large = TextStyle(31, "jost-300", 0.3, shade(INK, level))
        name = self._liking.text(words)
        step = type.put(surface, name, (x, y + 32), large)
        if self._liking.tone is not None:
            liked = TextStyle(31, "jost-300", 0.0, shade(PITCH_COLOURS[self._liking.tone], level))
            note = NOTE_NAMES[self._liking.tone]
            type.put_note(surface, note, (x + step + 10, y + 32), liked)
        doing = TextStyle(19, "jost-400", 0.4, shade(INK, level))
        text = _doing(look.factor, words["card.silenced"], words["card.louder"])
        plain = TextStyle(17, "jost-300", 0.4, shade(DIM, level))
        place = (x, box.top + 158)
        type.put(surface, text or words["card.how"], place, doing if text else plain)

    def _draw_sureness(
        self, surface: pygame.Surface, box: pygame.Rect, colour: Colour, level: float
    ) -> None:
        """How much of what it says its liking explains, and how sure that is, in dots."""
        if not self._liking.sure:
            return
        type, words = self._toolkit.type, self._toolkit.words
        quiet = TextStyle(16, "jost-300", 0.3, shade(DIM, level))
        number = TextStyle(17, "mono-300", 0.0, colour)
        x, y = box.left + _MARGIN, box.top + 94
        text = f"{100 * self._liking.explained:.0f} %"
        step = type.put(surface, text, (x, y), number)
        type.put(surface, words["card.explains"], (x + step + 9, y + 1), quiet)
        step = type.put(surface, words["card.sure"], (x, y + 28), quiet)
        for dot in range(SUREST):
            centre = (x + step + 20 + 19 * dot, y + 40)
            pygame.draw.aacircle(surface, shade(FAINT, 1.4 * level), centre, 6, 1)
            if dot < self._liking.sure:
                pygame.draw.aacircle(surface, colour, centre, 6)

    def _draw_trace(self, surface: pygame.Surface, box: pygame.Rect, colour: Colour) -> None:
        """What it said in the last seconds, now at the right."""
        rect = pygame.Rect(_TRACE_RECT).move(box.topleft)
        height = rect.height // 2
        surface.fill(FAINT, (rect.left, rect.centery, rect.width, 1))
        said = np.array(self._trace)
        x = rect.right - (len(said) - 1 - np.arange(len(said))) * rect.width / (_TRACE - 1)
        points = np.stack([x, rect.centery - height * said], axis=1).tolist()
        if len(points) > 1:
            pygame.draw.aalines(surface, colour, False, points)
        now = round(height * said[-1])
        bar = pygame.Rect(rect.right + 14, rect.centery - max(0, now), 16, max(1, abs(now)))
        pygame.draw.rect(surface, colour, bar)
        frame = (rect.right + 14, rect.top, 16, 2 * height)
        pygame.draw.rect(surface, FAINT, frame, 1)

    def _draw_moments(self, surface: pygame.Surface, box: pygame.Rect, level: float) -> None:
        type, words = self._toolkit.type, self._toolkit.words
        x, y = box.left + _MARGIN, box.top + 194
        quiet = TextStyle(16, "jost-300", 0.4, shade(DIM, level))
        surface.fill(shade(FAINT, 0.7 * level), (x, y, box.width - 2 * _MARGIN, 1))
        type.put(surface, words["card.moments"], (x, y + 8), quiet)
        sheet = pygame.Rect(x, y + 38, box.width - 2 * _MARGIN, box.bottom - y - 38 - 20)
        draw_sheet(surface, type, sheet, self._contexts, level)


def _beside(place: tuple[float, float], size: tuple[int, int]) -> pygame.Rect:
    """Where the card lies: towards the middle of the picture, and inside it."""
    x, y = place
    left = x + 44 if x < 960 else x - 44 - size[0]
    top = min(max(40.0, y - size[1] / 2), 880.0 - size[1])
    return pygame.Rect(round(left), round(top), *size)


def _doing(factor: float, silenced: str, louder: str) -> str:
    if factor == 0.0:
        return silenced
    return "" if factor == 1.0 else f"{louder} \u00d7{factor:g}"
