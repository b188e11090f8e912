"""Shapes: smooth lines, areas, lights, words and numbers on one picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pygame
from numpy.typing import ArrayLike

from rnn.teaching.perceptron import Floats
from visuals.drawing.bloom import DOWNSCALE_FACTOR, Bloom
from visuals.drawing.sprites import BLEND_ADD, PlacedSprite, SpriteAtlas, blank_surface, glow_atlas
from visuals.drawing.theme import (
    LABEL_COLOUR,
    NOTE_NAMES,
    PICTURE_SIZE_PX,
    PITCH_COLOURS,
    TEXT_COLOUR,
    Colour,
    shade,
)
from visuals.drawing.typography import FontFace, TextAlign, TextStyle, Typesetter
from visuals.lessons.drawing.colours import GLOW_COLOURS
from visuals.lessons.drawing.part_layout import PlacedPart
from visuals.words import Words

Point = Sequence[float]
"""Position (x, y), pixels."""
_BRIGHTNESS_LEVELS = 16  # brightness levels of text; the typesetter caches each of them
_DASH_PX = 14.0  # length of a dash and the gap behind it
LINE_CENTRE = 0.72  # centre of a line below its top, in sizes
_FILL_PX = 16  # rectangles with sides at multiples of this are filled eight times as fast, pixels
LEAST_SIZE_PX = 17  # of text as it is shown
_GLOW_SHIFT_PX = (DOWNSCALE_FACTOR - 1) / 2
"""Middle of those pixels of the picture that the first pixel of the glow layer stands for."""
_MIN_GLOW = 0.02  # glow below which nothing is drawn


class ShapeRenderer:
    """Draws on a picture between `begin_frame` and `end_frame`.

    Places and sizes are in pixels of the picture, `glow` and `level` are in 0..1.
    """

    def __init__(self, typesetter: Typesetter) -> None:
        self.typesetter = typesetter
        self.words: Words | None = None  # of the lesson that draws; they name the notes
        self.parts: Sequence[PlacedPart] = ()  # in which the drawing is shown, if not as it is
        self.surface = blank_surface(PICTURE_SIZE_PX)
        self._ink = blank_surface((max(PICTURE_SIZE_PX), max(PICTURE_SIZE_PX)))  # for each line
        self._bloom = Bloom()
        self._small_atlas = glow_atlas(15, core=2.6, halo=0.55, white=0.7, colours=GLOW_COLOURS)
        self._soft_atlas = glow_atlas(90, halo=0.6, power=2.2, colours=GLOW_COLOURS)
        self._placed_glows: list[PlacedSprite] = []

    def begin_frame(self, surface: pygame.Surface) -> None:
        """Start drawing on a surface."""
        self.surface = surface
        self._bloom.layer.fill((0, 0, 0))

    def end_frame(self) -> None:
        """Add the lights and the bloom."""
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
        """Draw an antialiased line through points, shape (n, 2); it darkens nothing below it."""
        places = np.asarray(points, np.float64)
        box = self._box_around(places, width)
        self._ink.fill((0, 0, 0), box)
        self._draw_stroke(places, colour, width, glow, closed)
        self.surface.blit(self._ink, box, box, pygame.BLEND_RGB_MAX)

    def dashed_line(
        self, ends: ArrayLike, colour: Colour, width: float = 1.0, glow: float = 0.0
    ) -> None:
        """Draw a straight line of dashes between two points; it darkens nothing below it."""
        places = np.asarray(ends, np.float64)
        start, along = places[0], places[1] - places[0]
        count = max(1, round(float(np.hypot(*along)) / _DASH_PX))
        box = self._box_around(places, width)
        self._ink.fill((0, 0, 0), box)
        shares = np.arange(count)[:, None, None] + np.array([[0.0], [0.5]])  # (count, 2, 1)
        for dash in start + shares / count * along:
            self._draw_stroke(dash, colour, width, glow, False)
        self.surface.blit(self._ink, box, box, pygame.BLEND_RGB_MAX)

    def _draw_stroke(
        self, places: Floats, colour: Colour, width: float, glow: float, closed: bool
    ) -> None:
        """Draw a line on the ink, and on the glow layer, where it is as smooth."""
        if width > 2.0:
            outline = np.concatenate([places, places[:1]]) if closed else places
            outline = _stroke_outline(outline, width)
            _fill_polygon(self._ink, outline, colour)
            if glow > _MIN_GLOW:
                small = (outline - _GLOW_SHIFT_PX) / DOWNSCALE_FACTOR
                _fill_polygon(self._bloom.layer, small, shade(colour, glow))
            return
        for below in (0.0, 0.6) if width > 1.2 else (0.0,):
            _draw_thread(self._ink, places + (0.0, below), colour, closed)
        if glow > _MIN_GLOW:
            small = (places - _GLOW_SHIFT_PX) / DOWNSCALE_FACTOR
            _draw_thread(self._bloom.layer, small, shade(colour, glow), closed)

    def _box_around(self, places: Floats, width: float) -> pygame.Rect:
        """Rectangle of the picture around a line; its sides suit a fast fill."""
        margin = math.ceil(width / 2) + 2
        across, down = places.T.tolist()
        left, right = math.floor(min(across)) - margin, math.ceil(max(across)) + margin
        top, bottom = math.floor(min(down)) - margin, math.ceil(max(down)) + margin
        left, right = left // _FILL_PX * _FILL_PX, -(-right // _FILL_PX) * _FILL_PX
        box = pygame.Rect(left, top, right - left, bottom - top)
        return box.clip(self.surface.get_rect())

    def polygon(self, points: ArrayLike, colour: Colour) -> None:
        """Fill a polygon and smooth its edge."""
        _fill_polygon(self.surface, np.asarray(points, np.float64), colour)

    def arrow_head(
        self, tip: Point, direction: Point, length: float, half_width: float, colour: Colour
    ) -> None:
        """Fill a triangle that points along an axis, such as (-1, 0) to the left."""
        (x, y), (along, down) = tip, direction
        base_x, base_y = x - along * length, y - down * length
        across, up = half_width * abs(down), half_width * abs(along)
        left, right = (base_x - across, base_y - up), (base_x + across, base_y + up)
        self.polygon([(x, y), left, right], colour)

    def disc(self, centre: Point, radius: float, colour: Colour) -> None:
        """Fill a circle."""
        pygame.draw.aacircle(self.surface, colour, (centre[0], centre[1]), radius)

    def ring(
        self, centre: Point, radius: float, colour: Colour, width: int = 2, glow: float = 0.0
    ) -> None:
        """Draw a circle's outline."""
        pygame.draw.aacircle(self.surface, colour, (centre[0], centre[1]), radius, width)
        if glow > _MIN_GLOW:
            x, y = ((side - _GLOW_SHIFT_PX) / DOWNSCALE_FACTOR for side in centre)
            thickness = max(1, round(width / DOWNSCALE_FACTOR))
            small_radius = radius / DOWNSCALE_FACTOR
            glowing = shade(colour, glow)
            pygame.draw.aacircle(self._bloom.layer, glowing, (x, y), small_radius, thickness)

    def box(self, rect: pygame.Rect, colour: Colour, width: int = 1, radius: int = 6) -> None:
        """Draw a rectangle with round corners; width 0 fills it."""
        pygame.draw.rect(self.surface, colour, rect, width, radius)

    def vertical_bar(self, rect: pygame.Rect, colour: Colour, glow: float) -> None:
        """Fill an upright, glowing rectangle."""
        pygame.draw.rect(self.surface, colour, rect)
        if glow > _MIN_GLOW:
            small = pygame.Rect(
                0, 0, max(1, rect.width // DOWNSCALE_FACTOR), rect.height // DOWNSCALE_FACTOR
            )
            small.center = rect.centerx // DOWNSCALE_FACTOR, rect.centery // DOWNSCALE_FACTOR
            pygame.draw.rect(self._bloom.layer, shade(colour, glow), small)

    def small_glow(self, place: Point, colour: Colour, level: float = 1.0) -> None:
        """Add a small light in one of `GLOW_COLOURS`."""
        self._add_glow(self._small_atlas, place, colour, level)

    def soft_glow(self, place: Point, colour: Colour, level: float) -> None:
        """Add a wide, soft light in one of `GLOW_COLOURS`."""
        if level > 0.03:
            self._add_glow(self._soft_atlas, place, colour, level)

    def _add_glow(self, atlas: SpriteAtlas, place: Point, colour: Colour, level: float) -> None:
        index = GLOW_COLOURS.index(colour)
        self._placed_glows.append(atlas.sprite_centred_at(index, level, place[0], place[1]))

    def text(
        self,
        text: str,
        place: Point,
        size: int = 20,
        colour: Colour = LABEL_COLOUR,
        level: float = 1.0,
        align: TextAlign = "left",
        tracking: float = 0.4,
        grows: bool = True,
    ) -> int:
        """Draw a line of words and return its width; `place` is its top, at the aligned side.

        Words that have no room to grow stay small where the drawing is shown smaller.
        """
        style = TextStyle(size, "jost-300", tracking, colour)
        return self._draw_text(text, place, style, level, align, grows)

    def label(self, text: str, place: Point, level: float = 1.0, align: TextAlign = "left") -> int:
        """Draw a small label in spaced capitals and return its width."""
        style = TextStyle(17, "jost-400", 1.8, LABEL_COLOUR)
        return self._draw_text(text.upper(), place, style, level, align)

    def number(
        self,
        value: float,
        place: Point,
        size: int = 22,
        colour: Colour = TEXT_COLOUR,
        level: float = 1.0,
        align: TextAlign = "centre",
        sign: bool = False,
        digits: int = 2,
    ) -> int:
        """Draw a rounded number and return its width."""
        style = TextStyle(size, "mono-300", 0.0, colour)
        return self._draw_text(format_number(value, sign, digits), place, style, level, align)

    def formula(self, text: str, place: Point, size: int) -> int:
        """Draw numbers and signs, centred, and return their width."""
        style = TextStyle(size, "mono-300", 0.0, TEXT_COLOUR)
        return self._draw_text(text, place, style, 1.0, "centre")

    def tick(
        self, value: float, place: Point, level: float = 1.0, align: TextAlign = "centre"
    ) -> None:
        """Draw the number of a mark on an axis."""
        digits = 0 if float(value).is_integer() else 1
        self.number(value, place, 18, LABEL_COLOUR, level, align, digits=digits)

    def labelled_number(
        self,
        label: str,
        value: float,
        place: Point,
        gap: float,
        size: int,
        colour: Colour = TEXT_COLOUR,
        level: float = 1.0,
        align: TextAlign = "centre",
        sign: bool = False,
        digits: int = 2,
    ) -> None:
        """Draw a label and, `gap` pixels below its top, a number."""
        self.label(label, place, level, align)
        below = (place[0], place[1] + gap)
        self.number(value, below, size, colour, level, align, sign, digits)

    def note_name(
        self,
        pitch: int,
        place: tuple[float, float],
        size: int,
        level: float,
        align: TextAlign = "centre",
        face: FontFace = "jost-400",
        grows: bool = True,
    ) -> None:
        """Draw the name of a pitch (MIDI number or pitch class) in its colour."""
        if grows:
            place, size = self._enlarge(place, size)
        style = TextStyle(size, face, 0.0, shade(PITCH_COLOURS[pitch % 12], level))
        name = NOTE_NAMES[pitch % 12] if self.words is None else self.words.note_name(pitch)
        self.typesetter.draw_note_name(self.surface, name, place, style, align)

    def _draw_text(
        self,
        text: str,
        place: Point,
        style: TextStyle,
        level: float,
        align: TextAlign,
        grows: bool = True,
    ) -> int:
        level = round(level * _BRIGHTNESS_LEVELS) / _BRIGHTNESS_LEVELS
        if level <= 0:
            return 0
        size = style.size
        if grows:
            place, size = self._enlarge(place, size)
        faded = replace(style, size=size, colour=shade(style.colour, level))
        return self.typesetter.draw_text(self.surface, text, (place[0], place[1]), faded, align)

    def _enlarge(self, place: Point, size: int) -> tuple[tuple[float, float], int]:
        """Place and size of text that is legible in the part that shows it."""
        edge = LEAST_SIZE_PX  # a text's place is its corner, which may lie outside
        near = (one for one in self.parts if one.source.inflate(edge, edge).collidepoint(place))
        scale = next((part.scale for part in near), 1.0)
        larger = max(size, math.ceil(LEAST_SIZE_PX / scale))
        return (place[0], place[1] - LINE_CENTRE * (larger - size)), larger


def _draw_thread(surface: pygame.Surface, places: Floats, colour: Colour, closed: bool) -> None:
    """Draw a thin line and smooth it."""
    corners = places.tolist()
    if len(corners) == 2:  # `aalines` of two points differs from time to time
        pygame.draw.aaline(surface, colour, *corners)
    else:
        pygame.draw.aalines(surface, colour, closed, corners)


def _fill_polygon(surface: pygame.Surface, places: Floats, colour: Colour) -> None:
    """Fill a polygon and smooth its edge."""
    corners = places.tolist()
    pygame.draw.polygon(surface, colour, corners)
    pygame.draw.aalines(surface, colour, True, corners)


def format_number(value: float, sign: bool = False, digits: int = 2) -> str:
    """Write a number with a true minus sign; a zero has no sign.

    Parameters
    ----------
    value : float
    sign : bool
        Write a plus sign before positive numbers.
    digits : int
        Digits after the point.

    Returns
    -------
    str
    """
    text = f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"
    if float(text) == 0.0:
        text = f"{0.0:.{digits}f}"
    return text.replace("-", "\N{MINUS SIGN}")


def format_sum(terms: Sequence[float], total: float, digits: int = 2) -> str:
    """Write a sum and its result, such as 0.90 - 0.12 = 0.78.

    Parameters
    ----------
    terms : sequence of float
    total : float
    digits : int
        Digits after the point.

    Returns
    -------
    str
    """
    written = [format_number(terms[0], digits=digits)]
    for term in terms[1:]:
        sign = "+" if term >= 0 else "\N{MINUS SIGN}"
        written += [sign, format_number(abs(term), digits=digits)]
    return f"{' '.join(written)} = {format_number(total, digits=digits)}"


def _stroke_outline(places: Floats, width: float) -> Floats:
    """Outline of a line of that width through points, shape (2 n, 2)."""
    along = np.gradient(places, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) * width / 2
    return np.concatenate([places + across, (places - across)[::-1]])
