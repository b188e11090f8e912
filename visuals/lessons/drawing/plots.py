"""Plots: songs on a plane with the border between two guesses, and an error that falls."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame
from numpy.typing import NDArray

from visuals.drawing.theme import LABEL_COLOUR, RULE_COLOUR, TEXT_COLOUR, shade
from visuals.lessons.drawing.renderer import NEGATIVE_COLOUR, POSITIVE_COLOUR, LessonRenderer

Floats = NDArray[np.float64]
_MAX_CURVE_POINTS = 260
"""Most points a curve is drawn through."""


class FactPlane:
    """A square of two facts.

    Parameters
    ----------
    rect : Rect
    low, high : float
        Of both facts.
    """

    def __init__(self, rect: pygame.Rect, low: float, high: float) -> None:
        self.rect, self._low, self._high = rect, low, high

    def to_picture(self, x: float, y: float) -> tuple[float, float]:
        """Where two facts lie on the picture."""
        span = self._high - self._low
        across = self.rect.left + self.rect.width * (x - self._low) / span
        return across, self.rect.bottom - self.rect.height * (y - self._low) / span

    def draw_frame(self, brush: LessonRenderer, across: str, up: str, level: float) -> None:
        """Draw its edges and the names of the two facts."""
        brush.box(self.rect, shade(RULE_COLOUR, 0.8 * level), 1, 4)
        brush.label(across, (self.rect.right, self.rect.bottom + 8), level, "right")
        brush.label(up, (self.rect.left, self.rect.top - 26), level)

    def draw_border(
        self, brush: LessonRenderer, x: float, y: float, lean: float, level: float
    ) -> None:
        """Draw where x times one fact plus y times the other plus lean is 0, if it is here."""
        ends = self._border_ends(x, y, lean)
        if len(ends) == 2:
            brush.line(
                [self.to_picture(*end) for end in ends], shade(TEXT_COLOUR, level), 2.0, 0.5 * level
            )

    def draw_positive_side(
        self, brush: LessonRenderer, x: float, y: float, lean: float, level: float
    ) -> None:
        """Tint the side on which that sum is above 0."""
        corners = self._positive_region(x, y, lean)
        if len(corners) >= 3:
            brush.polygon(
                [self.to_picture(*corner) for corner in corners], shade(POSITIVE_COLOUR, level)
            )

    def _corners(self) -> list[tuple[float, float]]:
        low, high = self._low, self._high
        return [(low, low), (high, low), (high, high), (low, high)]

    def _positive_region(self, x: float, y: float, lean: float) -> list[tuple[float, float]]:
        """The part of the square above 0, clipped edge by edge (Sutherland & Hodgman 1974)."""
        corners = self._corners()
        kept: list[tuple[float, float]] = []
        for here, there in zip(corners, corners[1:] + corners[:1], strict=True):
            a, b = (x * point[0] + y * point[1] + lean for point in (here, there))
            if a >= 0:
                kept.append(here)
            if (a >= 0) != (b >= 0):
                share = a / (a - b)
                kept.append(
                    (
                        here[0] + share * (there[0] - here[0]),
                        here[1] + share * (there[1] - here[1]),
                    )
                )
        return kept

    def _border_ends(self, x: float, y: float, lean: float) -> list[tuple[float, float]]:
        corners = set(self._corners())
        return [point for point in self._positive_region(x, y, lean) if point not in corners]


def draw_song_marker(
    brush: LessonRenderer,
    place: Sequence[float],
    liked: int,
    solid: bool = True,
    level: float = 1.0,
    radius: float = 8.0,
) -> None:
    """A song: gold if liked, blue if not; solid or a ring."""
    colour = shade(POSITIVE_COLOUR if liked else NEGATIVE_COLOUR, level)
    if solid:
        brush.disc(place, radius, colour)
    else:
        brush.ring(place, radius, colour, 2)


def draw_error_curve(
    brush: LessonRenderer,
    rect: pygame.Rect,
    errors: Sequence[float],
    name: str,
    level: float,
    most: float = 1.6,
    whole: int = 0,
) -> None:
    """Draw an error that changed, in bits, up to `most`; `whole` is how long it will get."""
    bottom = [(rect.left, rect.bottom), (rect.right, rect.bottom)]
    brush.line(bottom, shade(RULE_COLOUR, level), 1)
    brush.line([(rect.left, rect.top), (rect.left, rect.bottom)], shade(RULE_COLOUR, level), 1)
    brush.label(name, (rect.left, rect.top - 26), level)
    if not errors:
        return
    length = max(whole, len(errors), 2)
    places = np.unique(np.linspace(0, len(errors) - 1, _MAX_CURVE_POINTS).astype(int))
    heights = np.clip(np.asarray(errors, np.float64)[places] / most, 0, 1.08)
    across = rect.left + rect.width * places / (length - 1)
    curve = np.stack([across, rect.bottom - rect.height * heights], axis=1)
    if len(curve) > 1:
        brush.line(curve, shade(TEXT_COLOUR, level), 2.0, 0.35 * level)
    brush.small_glow(curve[-1], TEXT_COLOUR, level)
    brush.number(errors[-1], (rect.right, rect.top - 32), 24, TEXT_COLOUR, level, "right")


def draw_reference_line(
    brush: LessonRenderer,
    rect: pygame.Rect,
    value: float,
    name: str,
    level: float,
    most: float = 1.6,
) -> None:
    """A dashed line at a value the error is held against."""
    y = rect.bottom - rect.height * min(1.08, value / most)
    for x in range(rect.left, rect.right, 14):
        brush.line([(x, y), (min(x + 7, rect.right), y)], shade(LABEL_COLOUR, level), 1)
    brush.label(name, (rect.right, y - 26), level, "right")
