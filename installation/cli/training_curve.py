"""The curve of a training, as a picture. Drawn off screen: it needs no window and disturbs none."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pygame

from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import (
    BACKGROUND_COLOUR,
    LABEL_COLOUR,
    PITCH_COLOURS,
    RULE_COLOUR,
    TEXT_COLOUR,
    Colour,
    shade,
)
from visuals.drawing.typography import TextStyle, Typesetter

CHART_SIZE_PX = (1280, 720)
PLOT_RECT = pygame.Rect(96, 120, 950, 500)
TRAINING_COLOUR: Colour = PITCH_COLOURS[5]
VALIDATION_COLOUR: Colour = PITCH_COLOURS[11]
SUPERSAMPLING_FACTOR = 2
"""Lines are drawn this many times larger and scaled down, which smooths them."""
LABEL_SPACING_PX = 24.0
"""Labels at the right are this far apart, pixels."""
_TITLE_STYLE = TextStyle(34, "jost-200", 5.0)
_AXIS_STYLE = TextStyle(15, "jost-400", 0.4, LABEL_COLOUR)
_NUMBER_STYLE = TextStyle(14, "mono-300", 0.0, LABEL_COLOUR)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """How good a network was at some moment of its training.

    Parameters
    ----------
    seconds : float
        Time trained.
    training, validation : float
        Bits per note.
    """

    seconds: float
    training: float
    validation: float


@dataclass(frozen=True, slots=True)
class _Axes:
    """From minutes and bits to pixels."""

    minutes: float
    lowest: float
    highest: float
    step: float

    @classmethod
    def fit_points(cls, points: Sequence[CurvePoint], levels: Sequence[float]) -> _Axes:
        bits = [*levels, *(b for point in points for b in (point.training, point.validation))]
        if not bits:
            bits = [0.0, 1.0]
        step = tick_step(max(bits) - min(bits), 6)
        lowest = math.floor(min(bits) / step) * step
        highest = max(math.ceil(max(bits) / step) * step, lowest + step)
        longest = max((point.seconds for point in points), default=0.0) / 60
        return cls(longest or 1.0, lowest, highest, step)

    def x(self, seconds: float) -> float:
        return PLOT_RECT.left + PLOT_RECT.width * seconds / 60 / self.minutes

    def y(self, bits: float) -> float:
        return PLOT_RECT.bottom - PLOT_RECT.height * (bits - self.lowest) / (
            self.highest - self.lowest
        )

    def place(self, seconds: float, bits: float) -> tuple[float, float]:
        return self.x(seconds), self.y(bits)


def draw_training_curve(
    path: Path, points: Sequence[CurvePoint], title: str, baselines: Mapping[str, float]
) -> None:
    """Draw training and validation bits per note over time, and save a .png.

    The file appears whole or not at all. Points that are not finite are left out.

    Parameters
    ----------
    path : Path
    points : sequence of CurvePoint
    title : str
    baselines : mapping of str to float
        Bits per note of simpler models, by name.
    """
    points = [p for p in points if all(map(math.isfinite, (p.training, p.validation)))]
    levels = {name: bits for name, bits in baselines.items() if math.isfinite(bits)}
    axes = _Axes.fit_points(points, list(levels.values()))
    pygame.font.init()
    type = Typesetter()
    picture = _draw_plot(axes, points, levels)
    _write_axes(picture, type, axes)
    _write_labels(picture, type, axes, points, levels)
    type.draw_text(picture, title.upper(), (PLOT_RECT.left, 36), _TITLE_STYLE)
    _save(picture, path)


def tick_step(span: float, most: int) -> float:
    """The smallest of 1, 2 or 5 times a power of ten that divides a span into at most so many."""
    if not (span > 0 and math.isfinite(span)):
        return 1.0
    least = span / most
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * 0.999)


def space_apart(places: Sequence[float], space: float) -> list[float]:
    """Places on a line, moved as little as need be to lie at least `space` apart, in order."""
    order = sorted(range(len(places)), key=lambda k: places[k])
    moved = list(places)
    for _ in range(50):
        for first, second in zip(order, order[1:], strict=False):
            short = space - (moved[second] - moved[first])
            if short > 0:
                moved[first] -= short / 2
                moved[second] += short / 2
    return moved


def _draw_plot(
    axes: _Axes, points: Sequence[CurvePoint], levels: Mapping[str, float]
) -> pygame.Surface:
    """The plot without any text."""
    large = blank_surface(
        (CHART_SIZE_PX[0] * SUPERSAMPLING_FACTOR, CHART_SIZE_PX[1] * SUPERSAMPLING_FACTOR)
    )
    large.fill(BACKGROUND_COLOUR)
    for bits in _ticks(axes.lowest, axes.highest, axes.step):
        _draw_line(
            large,
            [(PLOT_RECT.left, axes.y(bits)), (PLOT_RECT.right, axes.y(bits))],
            shade(RULE_COLOUR, 0.45),
            1,
        )
    for bits in levels.values():
        _draw_dashed_line(large, axes.y(bits))
    for name, colour, thick in (
        ("training", TRAINING_COLOUR, 2),
        ("validation", VALIDATION_COLOUR, 3),
    ):
        places = [axes.place(point.seconds, getattr(point, name)) for point in points]
        if len(places) > 1:
            _draw_line(large, places, colour, thick)
        elif places:
            _draw_disc(large, places[0], 3, colour)
    best = _best_point(points)
    if best is not None:
        _draw_disc(large, axes.place(best.seconds, best.validation), 9, BACKGROUND_COLOUR)
        _draw_disc(large, axes.place(best.seconds, best.validation), 8, TEXT_COLOUR, ring=2)
        _draw_disc(large, axes.place(best.seconds, best.validation), 4, VALIDATION_COLOUR)
    return pygame.transform.smoothscale(large, CHART_SIZE_PX)


def _write_axes(picture: pygame.Surface, type: Typesetter, axes: _Axes) -> None:
    digits = max(0, -math.floor(math.log10(axes.step)))
    for bits in _ticks(axes.lowest, axes.highest, axes.step):
        place = (PLOT_RECT.left - 14, axes.y(bits) - 10)
        type.draw_text(picture, f"{bits:.{digits}f}", place, _NUMBER_STYLE, "right")
    for minutes in _ticks(0.0, axes.minutes, tick_step(axes.minutes, 8)):
        place = (axes.x(minutes * 60), PLOT_RECT.bottom + 12)
        type.draw_text(picture, f"{minutes:g}", place, _NUMBER_STYLE, "centre")
    type.draw_text(picture, "bits per note", (PLOT_RECT.left - 60, PLOT_RECT.top - 36), _AXIS_STYLE)
    type.draw_text(
        picture, "minutes", (PLOT_RECT.right, PLOT_RECT.bottom + 38), _AXIS_STYLE, "right"
    )


def _write_labels(
    picture: pygame.Surface,
    type: Typesetter,
    axes: _Axes,
    points: Sequence[CurvePoint],
    levels: Mapping[str, float],
) -> None:
    """Name each line at its right end, and the best point."""
    named = [(axes.y(bits), f"{name} {bits:.3f}", LABEL_COLOUR) for name, bits in levels.items()]
    if points:
        last = points[-1]
        named.append((axes.y(last.training), f"training {last.training:.3f}", TRAINING_COLOUR))
        named.append(
            (axes.y(last.validation), f"validation {last.validation:.3f}", VALIDATION_COLOUR)
        )
    for y, (_, text, colour) in zip(
        space_apart([y for y, _, _ in named], LABEL_SPACING_PX), named, strict=True
    ):
        style = TextStyle(_AXIS_STYLE.size, _AXIS_STYLE.face, _AXIS_STYLE.tracking, colour)
        type.draw_text(picture, text, (PLOT_RECT.right + 18, y - 11), style)
    best = _best_point(points)
    if best is not None:
        text = f"best {best.validation:.3f} after {best.seconds / 60:.1f} min"
        x, y = axes.place(best.seconds, best.validation)
        style = TextStyle(_AXIS_STYLE.size, _AXIS_STYLE.face, _AXIS_STYLE.tracking, TEXT_COLOUR)
        right = x > PLOT_RECT.centerx
        place = (x + 8 if right else x - 8, y - 40)
        type.draw_text(picture, text, place, style, "right" if right else "left")


def _best_point(points: Sequence[CurvePoint]) -> CurvePoint | None:
    return min(points, key=lambda point: point.validation, default=None)


def _ticks(start: float, end: float, step: float) -> list[float]:
    return [start + k * step for k in range(round((end - start) / step - 0.499) + 1)]


def _draw_line(
    surface: pygame.Surface, places: Sequence[tuple[float, float]], colour: Colour, thick: int
) -> None:
    scaled = [(x * SUPERSAMPLING_FACTOR, y * SUPERSAMPLING_FACTOR) for x, y in places]
    pygame.draw.lines(surface, colour, False, scaled, thick * SUPERSAMPLING_FACTOR)


def _draw_dashed_line(surface: pygame.Surface, y: float) -> None:
    for x in range(PLOT_RECT.left, PLOT_RECT.right, 14):
        _draw_line(surface, [(x, y), (min(x + 8, PLOT_RECT.right), y)], shade(LABEL_COLOUR, 0.9), 1)


def _draw_disc(
    surface: pygame.Surface,
    place: tuple[float, float],
    radius: float,
    colour: Colour,
    ring: int = 0,
) -> None:
    middle = (place[0] * SUPERSAMPLING_FACTOR, place[1] * SUPERSAMPLING_FACTOR)
    pygame.draw.circle(
        surface, colour, middle, radius * SUPERSAMPLING_FACTOR, ring * SUPERSAMPLING_FACTOR
    )


def _save(picture: pygame.Surface, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.stem}.{os.getpid()}.png")
    try:
        pygame.image.save(picture, str(beside))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
