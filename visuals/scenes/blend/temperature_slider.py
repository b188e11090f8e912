"""Slider of the temperature: a calm line at its left end, a wild line at its right end."""

from __future__ import annotations

import numpy as np
import pygame

from visuals.drawing.theme import EDGE_COLOUR, LABEL_COLOUR, PITCH_COLOURS, TEXT_COLOUR, mix, shade
from visuals.drawing.typography import TextStyle, Typesetter
from visuals.words import Words

MIN_TEMPERATURE, MAX_TEMPERATURE = 0.5, 1.5
"""Temperatures at both ends; the configuration allows others."""
TEMPERATURE_STEP = 0.05
_TOUCH_MARGIN_PX = 26
"""Distance at which a finger touches the slider, pixels: 41 make 15 mm on a 32-inch screen."""
_HIGH_TEMPERATURE_COLOUR = PITCH_COLOURS[9]
_KNOB_FILL_COLOUR = (10, 12, 18)
_SAMPLE_WIDTH_PX = 60


class TemperatureSlider:
    """A level line with a knob, pixels."""

    def __init__(self, left: int, y: int, width: int) -> None:
        self._left, self._y, self._width = left, y, width

    def contains(self, x: float, y: float) -> bool:
        """Whether a finger at a point touches the slider."""
        inside = self._left - _TOUCH_MARGIN_PX <= x <= self._left + self._width + _TOUCH_MARGIN_PX
        return inside and abs(y - self._y) <= _TOUCH_MARGIN_PX

    def temperature_at(self, x: float) -> float:
        """The temperature at a position along the line, in whole steps."""
        share = min(1.0, max(0.0, (x - self._left) / self._width))
        temperature = MIN_TEMPERATURE + share * (MAX_TEMPERATURE - MIN_TEMPERATURE)
        return round(temperature / TEMPERATURE_STEP) * TEMPERATURE_STEP

    def x_of(self, temperature: float) -> float:
        """The x of the knob at a temperature, pixels."""
        share = (temperature - MIN_TEMPERATURE) / (MAX_TEMPERATURE - MIN_TEMPERATURE)
        return self._left + min(1.0, max(0.0, share)) * self._width

    def draw_static(self, surface: pygame.Surface, typesetter: Typesetter, words: Words) -> None:
        """Draw line, mark of temperature 1, and at the ends waves, and words if they fit."""
        left, right, y = self._left, self._left + self._width, self._y
        surface.fill(EDGE_COLOUR, (left, y, self._width, 2))
        surface.fill(EDGE_COLOUR, (round(self.x_of(1.0)), y - 7, 2, 16))
        _draw_sample(surface, (left, y - 40), 3.0, 0.0)
        label = TextStyle(typesetter.scale.least, "jost-300", 0.4, LABEL_COLOUR)
        _draw_sample(surface, (right - _SAMPLE_WIDTH_PX, y - 40), 13.0, 0.55)
        texts = words["blend.safe"], words["blend.daring"]
        length = sum(typesetter.render(text, label).get_width() for text in texts)
        if length + label.size < self._width:
            typesetter.draw_text(surface, texts[0], (left, y + 14), label)
            typesetter.draw_text(surface, texts[1], (right, y + 14), label, "right")

    def draw(self, surface: pygame.Surface, temperature: float) -> None:
        """Draw the knob at a temperature."""
        x = self.x_of(temperature)
        colour = mix(TEXT_COLOUR, _HIGH_TEMPERATURE_COLOUR, (x - self._left) / self._width)
        track = (self._left, self._y - 1, max(1, round(x) - self._left), 4)
        surface.fill(shade(colour, 0.55), track)
        pygame.draw.aacircle(surface, _KNOB_FILL_COLOUR, (x, self._y), 15)
        pygame.draw.aacircle(surface, colour, (x, self._y), 15, 2)
        pygame.draw.aacircle(surface, colour, (x, self._y), 5)


def _draw_sample(
    surface: pygame.Surface, start: tuple[int, int], height: float, wildness: float
) -> None:
    """Draw a wave line that stands for a temperature."""
    share = np.linspace(0.0, 1.0, 61)
    line = np.sin(2 * np.pi * 2 * share) + wildness * np.sin(2 * np.pi * 7 * share + 1)
    x, y = start[0] + _SAMPLE_WIDTH_PX * share, start[1] + height * line / (1 + wildness)
    points = np.stack([x, y], axis=1).tolist()
    pygame.draw.aalines(surface, shade(LABEL_COLOUR, 1.1), False, points)
