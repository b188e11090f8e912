"""Brush: what the lessons draw with. Smooth lines, lights, words and numbers on one picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame
from numpy.typing import ArrayLike, NDArray

from visuals.drawing.bloom import SHRINK, Bloom
from visuals.drawing.sprites import ADD, Placed, blank, glow_atlas
from visuals.drawing.theme import DIM, INK, PITCH_COLOURS, SIZE, Colour, shade
from visuals.drawing.typography import Align, TextStyle, Typesetter

LIKE: Colour = PITCH_COLOURS[6]
"""What is liked, and what pulls towards liking: above 0."""
DISLIKE: Colour = PITCH_COLOURS[0]
"""What is not, and what pulls away: below 0."""
FORWARD: Colour = PITCH_COLOURS[10]
BACKWARD: Colour = PITCH_COLOURS[4]
LIGHTS = (LIKE, DISLIKE, INK, FORWARD, BACKWARD)
"""Colours a light can have."""
_STEPS = 16


def signed(value: float) -> Colour:
    """The colour of a number's sign."""
    return LIKE if value >= 0 else DISLIKE


class Brush:
    """Draws on a picture between `begin` and `end`.

    Parameters
    ----------
    type : Typesetter
    """

    def __init__(self, type: Typesetter) -> None:
        self.type = type
        self.surface = blank(SIZE)
        self._bloom = Bloom()
        self._spark = glow_atlas(15, core=2.6, halo=0.55, white=0.7, colours=LIGHTS)
        self._lamp = glow_atlas(90, halo=0.6, power=2.2, colours=LIGHTS)
        self._placed: list[Placed] = []

    def begin(self, surface: pygame.Surface) -> None:
        """Draw on this picture from now on."""
        self.surface = surface
        self._bloom.layer.fill((0, 0, 0))

    def end(self) -> None:
        """Add the lights and their glow."""
        self.surface.fblits(self._placed, ADD)
        self._placed.clear()
        self._bloom.add_to(self.surface, near=190, wide=150)

    def line(
        self,
        points: ArrayLike,
        colour: Colour,
        width: float = 1.5,
        glow: float = 0.0,
        closed: bool = False,
    ) -> None:
        """A smooth line through points, shape (n, 2); `glow` (0..1) is how much it shines."""
        places = np.asarray(points, np.float64)
        if width <= 2.0:
            pygame.draw.aalines(self.surface, colour, closed, places.tolist())
            if width > 1.2:
                pygame.draw.aalines(self.surface, colour, closed, (places + (0.0, 0.6)).tolist())
        else:
            if closed:
                places = np.concatenate([places, places[:1]])
            self.polygon(_ribbon(places, width), colour)
        if glow > 0.02:
            self._shine(places, shade(colour, glow), width, closed)

    def polygon(self, points: ArrayLike, colour: Colour) -> None:
        """A filled shape, its edge smoothed."""
        places = np.asarray(points, np.float64).tolist()
        pygame.draw.polygon(self.surface, colour, places)
        pygame.draw.aalines(self.surface, colour, True, places)

    def disc(self, centre: Sequence[float], radius: float, colour: Colour) -> None:
        """A filled disc."""
        pygame.draw.aacircle(self.surface, colour, (centre[0], centre[1]), radius)

    def ring(
        self,
        centre: Sequence[float],
        radius: float,
        colour: Colour,
        width: int = 2,
        glow: float = 0.0,
    ) -> None:
        """A circle."""
        pygame.draw.aacircle(self.surface, colour, (centre[0], centre[1]), radius, width)
        if glow > 0.02:
            middle = (centre[0] / SHRINK, centre[1] / SHRINK)
            thick = max(1, round(width / SHRINK))
            pygame.draw.circle(
                self._bloom.layer, shade(colour, glow), middle, radius / SHRINK, thick
            )

    def box(self, rect: pygame.Rect, colour: Colour, width: int = 1, radius: int = 6) -> None:
        """A rectangle with round corners; filled if its width is 0."""
        pygame.draw.rect(self.surface, colour, rect, width, radius)

    def beam(self, rect: pygame.Rect, colour: Colour, glow: float) -> None:
        """An upright beam; `glow` (0..1) is how much it shines."""
        pygame.draw.rect(self.surface, colour, rect)
        if glow > 0.02:
            small = pygame.Rect(0, 0, max(1, rect.width // SHRINK), rect.height // SHRINK)
            small.center = rect.centerx // SHRINK, rect.centery // SHRINK
            pygame.draw.rect(self._bloom.layer, shade(colour, glow), small)

    def spark(self, place: Sequence[float], colour: Colour, level: float = 1.0) -> None:
        """A small light; its colour is one of `LIGHTS`."""
        self._placed.append(self._spark.placed(LIGHTS.index(colour), level, place[0], place[1]))

    def lamp(self, place: Sequence[float], colour: Colour, level: float) -> None:
        """A wide soft light; its colour is one of `LIGHTS`."""
        if level > 0.03:
            placed = self._lamp.placed(LIGHTS.index(colour), level, place[0], place[1])
            self._placed.append(placed)

    def text(
        self,
        text: str,
        place: Sequence[float],
        size: int = 20,
        colour: Colour = DIM,
        level: float = 1.0,
        align: Align = "left",
        tracking: float = 0.4,
    ) -> int:
        """A line of words, `place` its left, middle or right and its top; returns its width."""
        return self._put(text, place, TextStyle(size, "jost-300", tracking, colour), level, align)

    def label(
        self, text: str, place: Sequence[float], level: float = 1.0, align: Align = "left"
    ) -> int:
        """A small spaced label."""
        style = TextStyle(17, "jost-400", 1.8, DIM)
        return self._put(text.upper(), place, style, level, align)

    def number(
        self,
        value: float,
        place: Sequence[float],
        size: int = 22,
        colour: Colour = INK,
        level: float = 1.0,
        align: Align = "centre",
        sign: bool = False,
        digits: int = 2,
    ) -> int:
        """A number, rounded for the eye only."""
        text = as_number(value, sign, digits)
        return self._put(text, place, TextStyle(size, "mono-300", 0.0, colour), level, align)

    def _put(
        self, text: str, place: Sequence[float], style: TextStyle, level: float, align: Align
    ) -> int:
        level = round(level * _STEPS) / _STEPS  # few levels: each is rendered and kept
        if level <= 0:
            return 0
        faded = TextStyle(style.size, style.face, style.tracking, shade(style.colour, level))
        return self.type.put(self.surface, text, (place[0], place[1]), faded, align)

    def _shine(
        self, places: NDArray[np.float64], colour: Colour, width: float, closed: bool
    ) -> None:
        small = (places / SHRINK).tolist()
        thick = max(1, round(width / SHRINK))
        pygame.draw.lines(self._bloom.layer, colour, closed, small, thick)


def as_number(value: float, sign: bool = False, digits: int = 2) -> str:
    """A number as the lessons write it: a true minus sign, and never a zero with one."""
    text = f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"
    if float(text) == 0.0:
        text = f"{0.0:.{digits}f}"
    return text.replace("-", "\N{MINUS SIGN}")


def _ribbon(places: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    along = np.gradient(places, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) * width / 2
    return np.concatenate([places + across, (places - across)[::-1]])
