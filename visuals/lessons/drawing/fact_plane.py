"""Fact plane: a plot of two facts with the border of a neuron's guess."""

from __future__ import annotations

import pygame

from visuals.drawing.theme import RULE_COLOUR, TEXT_COLOUR, shade
from visuals.lessons.drawing.colours import POSITIVE_COLOUR
from visuals.lessons.drawing.renderer import LessonRenderer

_ON_LINE = 1e-9  # largest sum of a point on the border


class FactPlane:
    """A square plot of two facts; a weighted sum is given by its weights `x`, `y` and its bias.

    Parameters
    ----------
    rect : Rect
    low, high : float
        Range of both facts.
    """

    def __init__(self, rect: pygame.Rect, low: float, high: float) -> None:
        self.rect, self._low, self._high = rect, low, high

    def to_picture(self, x: float, y: float) -> tuple[float, float]:
        """Position of two facts on the picture, pixels."""
        span = self._high - self._low
        across = self.rect.left + self.rect.width * (x - self._low) / span
        return across, self.rect.bottom - self.rect.height * (y - self._low) / span

    def draw_frame(self, renderer: LessonRenderer, across: str, up: str, level: float) -> None:
        """Draw the frame, the names of the two facts, and where each is 0 and 1."""
        rect = self.rect
        renderer.box(rect, shade(RULE_COLOUR, 0.8 * level), 1, 4)
        renderer.label(across, (rect.centerx, rect.bottom + 8), level, "centre")
        renderer.label(up, (rect.left, rect.top - 26), level)
        for tick in (0.0, 1.0):
            x, y = self.to_picture(tick, tick)
            renderer.tick(tick, (x, rect.bottom + 6), level, "centre")
            renderer.tick(tick, (rect.left - 10, y - 12), level, "right")

    def draw_border(
        self,
        renderer: LessonRenderer,
        x: float,
        y: float,
        bias: float,
        level: float,
        dashed: bool = False,
    ) -> None:
        """Draw the line on which the weighted sum is 0, if it crosses the plot."""
        region = dict.fromkeys(self._positive_region(x, y, bias))  # a corner on the line once
        ends = [
            self.to_picture(*point)
            for point in region
            if abs(x * point[0] + y * point[1] + bias) < _ON_LINE
        ]
        if len(ends) == 2:
            draw = renderer.dashed_line if dashed else renderer.line
            draw(ends, shade(TEXT_COLOUR, level), 2.0, 0.5 * level)

    def draw_positive_side(
        self, renderer: LessonRenderer, x: float, y: float, bias: float, level: float
    ) -> None:
        """Tint the side on which the weighted sum is above 0."""
        region = self._positive_region(x, y, bias)
        if len(region) >= 3:
            points = [self.to_picture(*point) for point in region]
            renderer.polygon(points, shade(POSITIVE_COLOUR, level))

    def _corners(self) -> list[tuple[float, float]]:
        low, high = self._low, self._high
        return [(low, low), (high, low), (high, high), (low, high)]

    def _positive_region(self, x: float, y: float, bias: float) -> list[tuple[float, float]]:
        """Part of the square with a sum above 0, clipped as by Sutherland & Hodgman (1974)."""
        corners = self._corners()
        region: list[tuple[float, float]] = []
        for here, there in zip(corners, corners[1:] + corners[:1], strict=True):
            a, b = (x * point[0] + y * point[1] + bias for point in (here, there))
            if a >= 0:
                region.append(here)
            if (a >= 0) != (b >= 0):
                share = a / (a - b)
                along, up = (here[k] + share * (there[k] - here[k]) for k in (0, 1))
                region.append((along, up))
        return region
