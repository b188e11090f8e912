"""Brush: what the lessons draw with. Smooth lines, lights, words and numbers on one picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame
from numpy.typing import ArrayLike, NDArray

from visuals.drawing.bloom import DOWNSCALE_FACTOR, Bloom
from visuals.drawing.sprites import BLEND_ADD, PlacedSprite, blank_surface, glow_atlas
from visuals.drawing.theme import (
    LABEL_COLOUR,
    PICTURE_SIZE_PX,
    PITCH_COLOURS,
    TEXT_COLOUR,
    Colour,
    shade,
)
from visuals.drawing.typography import TextAlign, TextStyle, Typesetter

POSITIVE_COLOUR: Colour = PITCH_COLOURS[6]
"""What is liked, and what pulls towards liking: above 0."""
NEGATIVE_COLOUR: Colour = PITCH_COLOURS[0]
"""What is not, and what pulls away: below 0."""
FORWARD_COLOUR: Colour = PITCH_COLOURS[10]
BACKWARD_COLOUR: Colour = PITCH_COLOURS[4]
GLOW_COLOURS = (POSITIVE_COLOUR, NEGATIVE_COLOUR, TEXT_COLOUR, FORWARD_COLOUR, BACKWARD_COLOUR)
"""Colours a light can have."""
_BRIGHTNESS_LEVELS = 16


def sign_colour(value: float) -> Colour:
    """The colour of a number's sign."""
    return POSITIVE_COLOUR if value >= 0 else NEGATIVE_COLOUR


class LessonRenderer:
    """Draws on a picture between `begin` and `end`.

    Parameters
    ----------
    type : Typesetter
    """

    def __init__(self, type: Typesetter) -> None:
        self.typesetter = type
        self.surface = blank_surface(PICTURE_SIZE_PX)
        self._bloom = Bloom()
        self._small_glow_atlas = glow_atlas(
            15, core=2.6, halo=0.55, white=0.7, colours=GLOW_COLOURS
        )
        self._soft_glow_atlas = glow_atlas(90, halo=0.6, power=2.2, colours=GLOW_COLOURS)
        self._placed_glows: list[PlacedSprite] = []

    def begin_frame(self, surface: pygame.Surface) -> None:
        """Draw on this picture from now on."""
        self.surface = surface
        self._bloom.layer.fill((0, 0, 0))

    def end_frame(self) -> None:
        """Add the lights and their glow."""
        self.surface.fblits(self._placed_glows, BLEND_ADD)
        self._placed_glows.clear()
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
            self.polygon(_stroke_outline(places, width), colour)
        if glow > 0.02:
            self._draw_line_bloom(places, shade(colour, glow), width, closed)

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
            middle = (centre[0] / DOWNSCALE_FACTOR, centre[1] / DOWNSCALE_FACTOR)
            thick = max(1, round(width / DOWNSCALE_FACTOR))
            pygame.draw.circle(
                self._bloom.layer, shade(colour, glow), middle, radius / DOWNSCALE_FACTOR, thick
            )

    def box(self, rect: pygame.Rect, colour: Colour, width: int = 1, radius: int = 6) -> None:
        """A rectangle with round corners; filled if its width is 0."""
        pygame.draw.rect(self.surface, colour, rect, width, radius)

    def vertical_bar(self, rect: pygame.Rect, colour: Colour, glow: float) -> None:
        """An upright beam; `glow` (0..1) is how much it shines."""
        pygame.draw.rect(self.surface, colour, rect)
        if glow > 0.02:
            small = pygame.Rect(
                0, 0, max(1, rect.width // DOWNSCALE_FACTOR), rect.height // DOWNSCALE_FACTOR
            )
            small.center = rect.centerx // DOWNSCALE_FACTOR, rect.centery // DOWNSCALE_FACTOR
            pygame.draw.rect(self._bloom.layer, shade(colour, glow), small)

    def small_glow(self, place: Sequence[float], colour: Colour, level: float = 1.0) -> None:
        """A small light; its colour is one of `GLOW_COLOURS`."""
        self._placed_glows.append(
            self._small_glow_atlas.sprite_centred_at(
                GLOW_COLOURS.index(colour), level, place[0], place[1]
            )
        )

    def soft_glow(self, place: Sequence[float], colour: Colour, level: float) -> None:
        """A wide soft light; its colour is one of `GLOW_COLOURS`."""
        if level > 0.03:
            placed = self._soft_glow_atlas.sprite_centred_at(
                GLOW_COLOURS.index(colour), level, place[0], place[1]
            )
            self._placed_glows.append(placed)

    def text(
        self,
        text: str,
        place: Sequence[float],
        size: int = 20,
        colour: Colour = LABEL_COLOUR,
        level: float = 1.0,
        align: TextAlign = "left",
        tracking: float = 0.4,
    ) -> int:
        """A line of words, `place` its left, middle or right and its top; returns its width."""
        return self._draw_text(
            text, place, TextStyle(size, "jost-300", tracking, colour), level, align
        )

    def label(
        self, text: str, place: Sequence[float], level: float = 1.0, align: TextAlign = "left"
    ) -> int:
        """A small spaced label."""
        style = TextStyle(17, "jost-400", 1.8, LABEL_COLOUR)
        return self._draw_text(text.upper(), place, style, level, align)

    def number(
        self,
        value: float,
        place: Sequence[float],
        size: int = 22,
        colour: Colour = TEXT_COLOUR,
        level: float = 1.0,
        align: TextAlign = "centre",
        sign: bool = False,
        digits: int = 2,
    ) -> int:
        """A number, rounded for the eye only."""
        text = format_number(value, sign, digits)
        return self._draw_text(text, place, TextStyle(size, "mono-300", 0.0, colour), level, align)

    def _draw_text(
        self, text: str, place: Sequence[float], style: TextStyle, level: float, align: TextAlign
    ) -> int:
        level = (
            round(level * _BRIGHTNESS_LEVELS) / _BRIGHTNESS_LEVELS
        )  # few levels: each is rendered and kept
        if level <= 0:
            return 0
        faded = TextStyle(style.size, style.face, style.tracking, shade(style.colour, level))
        return self.typesetter.draw_text(self.surface, text, (place[0], place[1]), faded, align)

    def _draw_line_bloom(
        self, places: NDArray[np.float64], colour: Colour, width: float, closed: bool
    ) -> None:
        small = (places / DOWNSCALE_FACTOR).tolist()
        thick = max(1, round(width / DOWNSCALE_FACTOR))
        pygame.draw.lines(self._bloom.layer, colour, closed, small, thick)


def format_number(value: float, sign: bool = False, digits: int = 2) -> str:
    """A number as the lessons write it: a true minus sign, and never a zero with one."""
    text = f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"
    if float(text) == 0.0:
        text = f"{0.0:.{digits}f}"
    return text.replace("-", "\N{MINUS SIGN}")


def _stroke_outline(places: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    along = np.gradient(places, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) * width / 2
    return np.concatenate([places + across, (places - across)[::-1]])
