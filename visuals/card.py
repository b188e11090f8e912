"""Card: one unit looked at - its number, the tone it favours, and what it says now."""

from __future__ import annotations

from collections import deque

import numpy as np
import pygame

from visuals.anatomy import Anatomy
from visuals.cues import HIDDEN
from visuals.hands import Look, Unit
from visuals.scenes.base import Frame, Toolkit
from visuals.theme import DIM, FAINT, INK, NOTE_NAMES, PITCH_COLOURS, mix, shade
from visuals.type import TextStyle

SIZE = (330, 210)
_MARGIN = 20
_TRACE = 96
"""Frames of what it said of late that are drawn."""
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

    def draw(
        self, surface: pygame.Surface, frame: Frame, look: Look, place: tuple[float, float]
    ) -> None:
        """Draw the card of a unit that lies at `place` in the picture."""
        layer, unit = look.unit
        if look.unit != self._unit:
            self._unit = look.unit
            self._trace.clear()
        said = float(frame.activations[layer, HIDDEN, unit])
        if look.factor == 0.0:  # from the next note on the network says so itself
            said = 0.0
        self._trace.append(float(np.clip(said, -1.0, 1.0)))
        tone = int(self._anatomy.preference[layer, unit])
        level = round(min(1.0, 4 * look.left) * _STEPS) / _STEPS
        colour = shade(PITCH_COLOURS[tone], level)
        box = _beside(place)
        pygame.draw.rect(surface, (8, 10, 16), box, border_radius=10)
        pygame.draw.rect(surface, mix((8, 10, 16), colour, 0.6), box, 1, border_radius=10)
        pygame.draw.aacircle(surface, colour, place, 17, 2)
        self._write(surface, box, look, tone, level)
        self._draw_trace(surface, box, colour)

    def _write(
        self, surface: pygame.Surface, box: pygame.Rect, look: Look, tone: int, level: float
    ) -> None:
        type, words = self._toolkit.type, self._toolkit.words
        x, y = box.left + _MARGIN, box.top + _MARGIN - 6
        number = TextStyle(30, "mono-300", 0.0, shade(INK, level))
        type.put(surface, f"{look.unit[1]:03d}", (x, y), number)
        quiet = TextStyle(16, "jost-300", 0.4, shade(DIM, level))
        type.put(surface, words["card.favours"], (box.right - 76, y + 12), quiet, "right")
        letter = TextStyle(34, "jost-300", 0.0, shade(PITCH_COLOURS[tone], level))
        type.put_note(surface, NOTE_NAMES[tone], (box.right - 64, y - 4), letter)
        doing = TextStyle(16, "jost-400", 0.4, shade(INK, level))
        text = _doing(look.factor, words["card.silenced"], words["card.louder"])
        style = doing if text else quiet
        type.put(surface, text or words["card.how"], (x, box.bottom - 36), style)

    def _draw_trace(self, surface: pygame.Surface, box: pygame.Rect, colour: tuple) -> None:
        """What it said in the last seconds, now at the right."""
        middle, height = box.centery + 6, 42
        left, right = box.left + _MARGIN, box.right - _MARGIN - 26
        surface.fill(FAINT, (left, middle, right - left, 1))
        said = np.array(self._trace)
        x = right - (len(said) - 1 - np.arange(len(said))) * (right - left) / (_TRACE - 1)
        points = np.stack([x, middle - height * said], axis=1).tolist()
        if len(points) > 1:
            pygame.draw.aalines(surface, colour, False, points)
        now = round(height * said[-1])
        bar = pygame.Rect(right + 12, middle - max(0, now), 14, max(1, abs(now)))
        pygame.draw.rect(surface, colour, bar)
        pygame.draw.rect(surface, FAINT, (right + 12, middle - height, 14, 2 * height), 1)


def _beside(place: tuple[float, float]) -> pygame.Rect:
    """Where the card lies: towards the middle of the picture, and inside it."""
    x, y = place
    left = x + 40 if x < 960 else x - 40 - SIZE[0]
    top = min(max(40.0, y - SIZE[1] / 2), 880.0 - SIZE[1])
    return pygame.Rect(round(left), round(top), *SIZE)


def _doing(factor: float, silenced: str, louder: str) -> str:
    if factor == 0.0:
        return silenced
    return "" if factor == 1.0 else f"{louder} \u00d7{factor:g}"
