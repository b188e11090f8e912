"""Cells: how the lessons draw a neuron's parts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame
from numpy.typing import NDArray

from rnn.teaching.perceptron import logistic
from visuals.drawing.canvas import bezier
from visuals.drawing.theme import LABEL_COLOUR, RULE_COLOUR, Colour, mix, shade
from visuals.lessons.drawing.renderer import (
    NEGATIVE_COLOUR,
    POSITIVE_COLOUR,
    TEXT_COLOUR,
    LessonRenderer,
    sign_colour,
)

Floats = NDArray[np.float64]
_BODY_COLOUR: Colour = (13, 15, 24)
_MEMBRANE_COLOUR: Colour = (92, 102, 128)
_MAX_SHOWN_SUM = 4.0
"""Sums shown on the squash's curve, both ways."""


def fibre_path(start: Sequence[float], end: Sequence[float], count: int = 48) -> Floats:
    """A nerve fibre between two points, level at both ends."""
    bend = (end[0] - start[0]) * 0.5
    return bezier(start, (start[0] + bend, start[1]), (end[0] - bend, end[1]), end, count)


def fibre_width_px(value: float) -> float:
    """How thick a fibre is that carries a value."""
    return 1.6 + 9.0 * min(1.6, abs(value))


def draw_fibre(
    brush: LessonRenderer, path: Floats, value: float, colour: Colour, level: float
) -> None:
    """A fibre as thick as what it carries."""
    if level > 0.02:
        brush.line(path, shade(colour, 0.5 * level), fibre_width_px(value), 0.45 * level)


def draw_pulses(
    brush: LessonRenderer,
    path: Floats,
    time: float,
    colour: Colour,
    level: float,
    back: bool = False,
    count: int = 2,
) -> None:
    """Lights that travel along a fibre, or back."""
    if level < 0.05:
        return
    for pulse in range(count):
        share = (time * 0.45 + pulse / count) % 1.0
        fade = min(1.0, 6 * share, 6 * (1 - share))  # comes and goes softly
        place = path[int((1 - share if back else share) * (len(path) - 1))]
        brush.small_glow(place, colour, 0.85 * level * fade)


def draw_cell_body(
    brush: LessonRenderer, centre: Sequence[float], radius: float, excitement: float, level: float
) -> None:
    """A cell body; `excitement` is its guess, 0..1, which lights it."""
    if level <= 0.02:
        return
    colour = mix(NEGATIVE_COLOUR, POSITIVE_COLOUR, excitement)
    strength = abs(excitement - 0.5) * 2
    brush.disc(centre, radius, shade(_BODY_COLOUR, level))
    brush.disc(
        centre, radius * 0.93, shade(mix(_BODY_COLOUR, colour, 0.10 + 0.12 * strength), level)
    )
    brush.ring(
        centre,
        radius,
        shade(mix(_MEMBRANE_COLOUR, colour, 0.35 + 0.4 * strength), level),
        2,
        (0.25 + 0.6 * strength) * level,
    )
    brush.ring(centre, radius * 0.86, shade(RULE_COLOUR, 0.7 * level), 1)
    brush.soft_glow(
        centre, POSITIVE_COLOUR if excitement >= 0.5 else NEGATIVE_COLOUR, 0.75 * strength * level
    )


def draw_synapse(
    brush: LessonRenderer,
    centre: Sequence[float],
    weight: float,
    level: float,
    radius: float = 21.0,
) -> None:
    """A synapse: an arc as long as its weight, clockwise if above 0."""
    brush.disc(centre, radius + 3, shade(_BODY_COLOUR, level))
    brush.ring(centre, radius, shade(RULE_COLOUR, level), 1)
    angle = np.linspace(0, np.clip(weight / _MAX_SHOWN_SUM, -1, 1) * np.pi * 1.9, 36)
    arc = np.stack([np.sin(angle), -np.cos(angle)], axis=1) * radius + np.asarray(centre)
    if abs(weight) > 0.02:
        brush.line(arc, shade(sign_colour(weight), level), 4.0, 0.7 * level)


def draw_sigmoid(brush: LessonRenderer, rect: pygame.Rect, total: float, level: float) -> None:
    """The curve that turns a sum into a guess, and where the sum lies on it."""
    brush.box(rect, shade(RULE_COLOUR, 0.8 * level), 1, 8)
    sums = np.linspace(-_MAX_SHOWN_SUM, _MAX_SHOWN_SUM, 40)
    x = rect.left + rect.width * (0.08 + 0.84 * (sums + _MAX_SHOWN_SUM) / (2 * _MAX_SHOWN_SUM))
    y = rect.bottom - rect.height * (0.14 + 0.72 * logistic(sums))
    brush.line(np.stack([x, y], axis=1), shade(LABEL_COLOUR, level), 1.5)
    here = float(np.clip(total, -_MAX_SHOWN_SUM, _MAX_SHOWN_SUM))
    dot = (
        rect.left + rect.width * (0.08 + 0.84 * (here + _MAX_SHOWN_SUM) / (2 * _MAX_SHOWN_SUM)),
        rect.bottom - rect.height * (0.14 + 0.72 * float(logistic(here))),
    )
    brush.line([(dot[0], rect.bottom - 6), dot], shade(sign_colour(total), 0.5 * level), 1.5)
    brush.small_glow(dot, sign_colour(total), level)


def draw_output_bar(brush: LessonRenderer, rect: pygame.Rect, output: float, level: float) -> float:
    """A bar filled to a guess; returns the height of its surface."""
    colour = mix(NEGATIVE_COLOUR, POSITIVE_COLOUR, output)
    top = rect.bottom - rect.height * output
    fill = pygame.Rect(rect.left, round(top), rect.width, rect.bottom - round(top))
    brush.box(fill, shade(colour, 0.75 * level), 0, 4)
    brush.box(rect, shade(RULE_COLOUR, level), 1, 4)
    brush.line(
        [(rect.left - 5, top), (rect.right + 5, top)], shade(TEXT_COLOUR, level), 2.0, 0.3 * level
    )
    return top
