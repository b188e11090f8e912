"""Temperature, to be slid: at its left a calm line, at its right a wild one."""

from __future__ import annotations

import numpy as np
import pygame

from visuals.drawing.theme import LABEL_COLOUR, PITCH_COLOURS, RULE_COLOUR, TEXT_COLOUR, mix, shade
from visuals.drawing.typography import TextStyle, Typesetter
from visuals.words import Words

MIN_TEMPERATURE, MAX_TEMPERATURE = 0.5, 1.5
"""Temperatures at the ends; an operator may go further."""
TEMPERATURE_STEP = 0.05
"""The least by which it changes."""
_TOUCH_MARGIN_PX = 26
"""A finger so far above or below is on it, pixels: 41 make 15 mm on a 32-inch screen."""
_HIGH_TEMPERATURE_COLOUR = PITCH_COLOURS[9]


class TemperatureSlider:
    """A line with a knob.

    Parameters
    ----------
    left, y : int
        Where the line begins.
    width : int
    """

    def __init__(self, left: int, y: int, width: int) -> None:
        self._left, self._y, self._width = left, y, width

    def contains(self, x: float, y: float) -> bool:
        """Whether a finger at a point is on it."""
        inside = self._left - _TOUCH_MARGIN_PX <= x <= self._left + self._width + _TOUCH_MARGIN_PX
        return inside and abs(y - self._y) <= _TOUCH_MARGIN_PX

    def temperature_at(self, x: float) -> float:
        """What a finger at `x` asks for."""
        share = min(1.0, max(0.0, (x - self._left) / self._width))
        return (
            round(
                (MIN_TEMPERATURE + share * (MAX_TEMPERATURE - MIN_TEMPERATURE)) / TEMPERATURE_STEP
            )
            * TEMPERATURE_STEP
        )

    def x_of(self, temperature: float) -> float:
        """Where the knob is."""
        share = (temperature - MIN_TEMPERATURE) / (MAX_TEMPERATURE - MIN_TEMPERATURE)
        return self._left + min(1.0, max(0.0, share)) * self._width

    def draw_static(self, surface: pygame.Surface, type: Typesetter, words: Words) -> None:
        """Draw what does not move, once."""
        right = self._left + self._width
        surface.fill(shade(RULE_COLOUR, 1.2), (self._left, self._y, self._width, 2))
        middle = round(self.x_of(1.0))
        surface.fill(shade(RULE_COLOUR, 1.4), (middle, self._y - 7, 2, 16))
        for x, height, word, align in (
            (self._left, 3.0, "blend.safe", "left"),
            (right - 60, 13.0, "blend.daring", "right"),
        ):
            share = np.linspace(0.0, 1.0, 61)
            wild = 0.0 if height < 5 else 0.55
            line = np.sin(2 * np.pi * 2 * share) + wild * np.sin(2 * np.pi * 7 * share + 1)
            points = np.stack([x + 60 * share, self._y - 40 + height * line / (1 + wild)], axis=1)
            pygame.draw.aalines(surface, shade(LABEL_COLOUR, 1.1), False, points.tolist())
            place = (self._left if align == "left" else right, self._y + 22)
            type.draw_text(
                surface, words[word], place, TextStyle(18, "jost-300", 0.4, LABEL_COLOUR), align
            )

    def draw(self, surface: pygame.Surface, temperature: float) -> None:
        """Draw the knob."""
        x = self.x_of(temperature)
        share = (x - self._left) / self._width
        colour = mix(TEXT_COLOUR, _HIGH_TEMPERATURE_COLOUR, share)
        surface.fill(
            shade(colour, 0.55), (self._left, self._y - 1, max(1, round(x) - self._left), 4)
        )
        pygame.draw.aacircle(surface, (10, 12, 18), (x, self._y), 15)
        pygame.draw.aacircle(surface, colour, (x, self._y), 15, 2)
        pygame.draw.aacircle(surface, colour, (x, self._y), 5)
