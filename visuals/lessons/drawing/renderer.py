"""Lesson renderer: parts of neurons, markers of songs and plots of errors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame

from rnn.teaching.perceptron import Floats, logistic
from visuals.drawing.canvas import bezier
from visuals.drawing.theme import LABEL_COLOUR, RULE_COLOUR, TEXT_COLOUR, Colour, mix, shade
from visuals.lessons.drawing.colours import NEGATIVE_COLOUR, POSITIVE_COLOUR, sign_colour
from visuals.lessons.drawing.shapes import Point, ShapeRenderer

BODY_COLOUR: Colour = (13, 15, 24)  # fill of cell bodies and of the circles of input facts
_MEMBRANE_COLOUR: Colour = (92, 102, 128)
_MAX_SHOWN_SUM = 6.0  # largest sum, and largest weight, that is drawn to scale
_MAX_CURVE_POINTS = 260  # most points of an error curve
_MAX_PLOT_SHARE = 1.08  # highest error that is drawn, as a share of the plot's height


class LessonRenderer(ShapeRenderer):
    """Draws what several lessons have in common; `level` is a fade-in level in 0..1."""

    def draw_fibre(self, path: Floats, value: float, colour: Colour, level: float) -> None:
        """Draw a fibre, the wider the larger its value."""
        if level > 0.02:
            self.line(path, shade(colour, 0.5 * level), fibre_width_px(value), 0.45 * level)

    def draw_pulses(
        self,
        path: Floats,
        time_s: float,
        colour: Colour,
        level: float,
        back: bool = False,
        count: int = 2,
    ) -> None:
        """Draw lights that travel along a path."""
        if level < 0.05:
            return
        for pulse in range(count):
            share = (time_s * 0.45 + pulse / count) % 1.0
            fade = min(1.0, 6 * share, 6 * (1 - share))  # in and out at the ends
            place = path[int((1 - share if back else share) * (len(path) - 1))]
            self.small_glow(place, colour, 0.85 * level * fade)

    def draw_cell_body(self, centre: Point, radius: float, output: float, level: float) -> None:
        """Draw a cell body, lit by its output."""
        if level <= 0.02:
            return
        colour = mix(NEGATIVE_COLOUR, POSITIVE_COLOUR, output)
        strength = abs(output - 0.5) * 2
        inside = mix(BODY_COLOUR, colour, 0.10 + 0.12 * strength)
        rim = shade(mix(_MEMBRANE_COLOUR, colour, 0.35 + 0.4 * strength), level)
        self.disc(centre, radius, shade(BODY_COLOUR, level))
        self.disc(centre, radius * 0.93, shade(inside, level))
        self.ring(centre, radius, rim, 2, (0.25 + 0.6 * strength) * level)
        self.ring(centre, radius * 0.86, shade(RULE_COLOUR, 0.7 * level), 1)
        self.soft_glow(centre, sign_colour(output - 0.5), 0.75 * strength * level)

    def draw_level(self, centre: Point, radius: float, share: float, colour: Colour) -> None:
        """Fill a circle from below, like a glass, up to a share of its height."""
        clip, (x, y) = self.surface.get_clip(), centre
        height = round(2 * radius * share)
        left, top = round(x - radius), round(y + radius) - height
        self.surface.set_clip(pygame.Rect(left, top, round(2 * radius) + 1, height))
        self.disc(centre, radius - 2, colour)
        self.surface.set_clip(clip)

    def draw_synapse(self, centre: Point, weight: float, level: float) -> None:
        """Draw a synapse as an arc as long as its weight, clockwise for a positive one."""
        radius = 21.0
        self.disc(centre, radius + 3, shade(BODY_COLOUR, level))
        self.ring(centre, radius, shade(RULE_COLOUR, level), 1)
        angle = np.linspace(0, np.clip(weight / _MAX_SHOWN_SUM, -1, 1) * np.pi * 1.9, 36)
        arc = np.stack([np.sin(angle), -np.cos(angle)], axis=1) * radius + np.asarray(centre)
        if abs(weight) > 0.02:
            self.line(arc, shade(sign_colour(weight), level), 4.0, 0.7 * level)

    def draw_sigmoid(self, rect: pygame.Rect, total: float, level: float) -> None:
        """Draw the logistic function and mark a sum on it."""

        def to_picture(sums: Floats) -> Floats:
            share = (sums + _MAX_SHOWN_SUM) / (2 * _MAX_SHOWN_SUM)
            x = rect.left + rect.width * (0.08 + 0.84 * share)
            y = rect.bottom - rect.height * (0.14 + 0.72 * logistic(sums))
            return np.stack([x, y], axis=-1)

        self.box(rect, shade(RULE_COLOUR, 0.8 * level), 1, 8)
        curve = to_picture(np.linspace(-_MAX_SHOWN_SUM, _MAX_SHOWN_SUM, 40))
        self.line(curve, shade(LABEL_COLOUR, level), 1.5)
        for share, y in ((0, rect.bottom - 30), (1, rect.top + 4)):
            self.tick(share, (rect.left - 8, y), level, "right")
        for end, x in ((-1, rect.left + 12), (0, rect.centerx), (1, rect.right - 12)):
            self.tick(end * _MAX_SHOWN_SUM, (x, rect.bottom + 4), level)
        dot = to_picture(np.clip(total, -_MAX_SHOWN_SUM, _MAX_SHOWN_SUM)).tolist()
        self.line([(dot[0], rect.bottom - 6), dot], shade(sign_colour(total), 0.5 * level), 1.5)
        self.small_glow(dot, sign_colour(total), level)

    def draw_output_bar(self, rect: pygame.Rect, output: float, level: float) -> float:
        """Draw a bar filled up to a neuron's output."""
        colour = mix(NEGATIVE_COLOUR, POSITIVE_COLOUR, output)
        top = rect.bottom - rect.height * output
        fill = pygame.Rect(rect.left, round(top), rect.width, rect.bottom - round(top))
        self.box(fill, shade(colour, 0.75 * level), 0, 4)
        self.box(rect, shade(RULE_COLOUR, level), 1, 4)
        for share in (0, 1):
            self.tick(
                share, (rect.left - 10, rect.bottom - rect.height * share - 12), level, "right"
            )
        edge = [(rect.left - 5, top), (rect.right + 5, top)]
        self.line(edge, shade(TEXT_COLOUR, level), 2.0, 0.3 * level)
        return top

    def draw_song_marker(
        self, place: Point, liked: int, solid: bool = True, level: float = 1.0, radius: float = 8.0
    ) -> None:
        """Draw a song as a dot: gold if liked, blue if not."""
        colour = shade(sign_colour(liked - 0.5), level)
        if solid:
            self.disc(place, radius, colour)
        else:
            self.ring(place, radius, colour, 2)

    def draw_error_curve(
        self,
        rect: pygame.Rect,
        errors: Sequence[float],
        names: tuple[str, str],
        level: float,
        max_bits: float = 1.6,
        full_length: int = 0,
    ) -> None:
        """Draw an error and its latest value, with the names of both axes: upwards, and along."""
        bottom = [(rect.left, rect.bottom), (rect.right, rect.bottom)]
        self.line(bottom, shade(RULE_COLOUR, level), 1)
        self.line([(rect.left, rect.top), (rect.left, rect.bottom)], shade(RULE_COLOUR, level), 1)
        self.label(names[0], (rect.left, rect.top - 26), level)
        self.label(names[1], (rect.right, rect.bottom + 6), level, "right")
        for bits in (0.0, 1.0 if max_bits < 4 else max_bits):
            self.tick(
                bits,
                (rect.left - 10, rect.bottom - rect.height * bits / max_bits - 12),
                level,
                "right",
            )
        if not errors:
            return
        length = max(full_length, len(errors), 2)
        indices = np.unique(np.linspace(0, len(errors) - 1, _MAX_CURVE_POINTS).astype(int))
        shares = np.clip(np.asarray(errors, np.float64)[indices] / max_bits, 0, _MAX_PLOT_SHARE)
        across = rect.left + rect.width * indices / (length - 1)
        curve = np.stack([across, rect.bottom - rect.height * shares], axis=1)
        if len(curve) > 1:
            self.line(curve, shade(TEXT_COLOUR, level), 2.0, 0.35 * level)
        self.small_glow(curve[-1], TEXT_COLOUR, level)
        self.number(errors[-1], (rect.right, rect.top - 32), 24, TEXT_COLOUR, level, "right")

    def draw_reference_line(
        self, rect: pygame.Rect, bits: float, name: str, level: float, max_bits: float = 1.6
    ) -> None:
        """Draw a dashed line at an error to compare with."""
        y = rect.bottom - rect.height * min(_MAX_PLOT_SHARE, bits / max_bits)
        self.dashed_line([(rect.left, y), (rect.right, y)], shade(LABEL_COLOUR, level))
        self.label(name, (rect.right, y - 26), level, "right")


def fibre_path(start: Point, end: Point, count: int = 48) -> Floats:
    """Path of a nerve fibre, horizontal at both ends: a Bezier curve.

    Parameters
    ----------
    start, end : sequence of float
        End points (x, y), pixels.
    count : int

    Returns
    -------
    ndarray of float64, shape (count, 2)
    """
    bend = (end[0] - start[0]) * 0.5
    return bezier(start, (start[0] + bend, start[1]), (end[0] - bend, end[1]), end, count)


def fibre_width_px(value: float) -> float:
    """Compute the width of a fibre from its value, pixels.

    Parameters
    ----------
    value : float

    Returns
    -------
    float
    """
    return 1.6 + 9.0 * min(1.6, abs(value))
