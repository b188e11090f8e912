"""The curve of a training, as a picture. Drawn off screen: it needs no window and disturbs none."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pygame

from visuals.drawing.sprites import blank
from visuals.drawing.theme import BACKGROUND, DIM, FAINT, INK, PITCH_COLOURS, Colour, shade
from visuals.drawing.typography import TextStyle, Typesetter

SIZE = (1280, 720)
PLOT = pygame.Rect(96, 120, 950, 500)
TRAINING: Colour = PITCH_COLOURS[5]
VALIDATION: Colour = PITCH_COLOURS[11]
DETAIL = 2
"""Lines are drawn this many times larger and scaled down, which smooths them."""
LABEL_SPACE = 24.0
"""Labels at the right are this far apart, pixels."""
_TITLE = TextStyle(34, "jost-200", 5.0)
_AXIS = TextStyle(15, "jost-400", 0.4, DIM)
_NUMBER = TextStyle(14, "mono-300", 0.0, DIM)


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
    def holding(cls, points: Sequence[CurvePoint], levels: Sequence[float]) -> _Axes:
        bits = [*levels, *(b for point in points for b in (point.training, point.validation))]
        if not bits:
            bits = [0.0, 1.0]
        step = tick_step(max(bits) - min(bits), 6)
        lowest = math.floor(min(bits) / step) * step
        highest = max(math.ceil(max(bits) / step) * step, lowest + step)
        longest = max((point.seconds for point in points), default=0.0) / 60
        return cls(longest or 1.0, lowest, highest, step)

    def x(self, seconds: float) -> float:
        return PLOT.left + PLOT.width * seconds / 60 / self.minutes

    def y(self, bits: float) -> float:
        return PLOT.bottom - PLOT.height * (bits - self.lowest) / (self.highest - self.lowest)

    def place(self, seconds: float, bits: float) -> tuple[float, float]:
        return self.x(seconds), self.y(bits)


def draw_curve(
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
    axes = _Axes.holding(points, list(levels.values()))
    pygame.font.init()
    type = Typesetter()
    picture = _lines(axes, points, levels)
    _write_axes(picture, type, axes)
    _write_labels(picture, type, axes, points, levels)
    type.put(picture, title.upper(), (PLOT.left, 36), _TITLE)
    _save(picture, path)


def tick_step(span: float, most: int) -> float:
    """The smallest of 1, 2 or 5 times a power of ten that divides a span into at most so many."""
    if not (span > 0 and math.isfinite(span)):
        return 1.0
    least = span / most
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * 0.999)


def spread(places: Sequence[float], space: float) -> list[float]:
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


def _lines(
    axes: _Axes, points: Sequence[CurvePoint], levels: Mapping[str, float]
) -> pygame.Surface:
    """The plot without any text."""
    large = blank((SIZE[0] * DETAIL, SIZE[1] * DETAIL))
    large.fill(BACKGROUND)
    for bits in _ticks(axes.lowest, axes.highest, axes.step):
        _line(large, [(PLOT.left, axes.y(bits)), (PLOT.right, axes.y(bits))], shade(FAINT, 0.45), 1)
    for bits in levels.values():
        _dashes(large, axes.y(bits))
    for name, colour, thick in (("training", TRAINING, 2), ("validation", VALIDATION, 3)):
        places = [axes.place(point.seconds, getattr(point, name)) for point in points]
        if len(places) > 1:
            _line(large, places, colour, thick)
        elif places:
            _disc(large, places[0], 3, colour)
    best = _best(points)
    if best is not None:
        _disc(large, axes.place(best.seconds, best.validation), 9, BACKGROUND)
        _disc(large, axes.place(best.seconds, best.validation), 8, INK, ring=2)
        _disc(large, axes.place(best.seconds, best.validation), 4, VALIDATION)
    return pygame.transform.smoothscale(large, SIZE)


def _write_axes(picture: pygame.Surface, type: Typesetter, axes: _Axes) -> None:
    digits = max(0, -math.floor(math.log10(axes.step)))
    for bits in _ticks(axes.lowest, axes.highest, axes.step):
        place = (PLOT.left - 14, axes.y(bits) - 10)
        type.put(picture, f"{bits:.{digits}f}", place, _NUMBER, "right")
    for minutes in _ticks(0.0, axes.minutes, tick_step(axes.minutes, 8)):
        place = (axes.x(minutes * 60), PLOT.bottom + 12)
        type.put(picture, f"{minutes:g}", place, _NUMBER, "centre")
    type.put(picture, "bits per note", (PLOT.left - 60, PLOT.top - 36), _AXIS)
    type.put(picture, "minutes", (PLOT.right, PLOT.bottom + 38), _AXIS, "right")


def _write_labels(
    picture: pygame.Surface,
    type: Typesetter,
    axes: _Axes,
    points: Sequence[CurvePoint],
    levels: Mapping[str, float],
) -> None:
    """Name each line at its right end, and the best point."""
    named = [(axes.y(bits), f"{name} {bits:.3f}", DIM) for name, bits in levels.items()]
    if points:
        last = points[-1]
        named.append((axes.y(last.training), f"training {last.training:.3f}", TRAINING))
        named.append((axes.y(last.validation), f"validation {last.validation:.3f}", VALIDATION))
    for y, (_, text, colour) in zip(
        spread([y for y, _, _ in named], LABEL_SPACE), named, strict=True
    ):
        style = TextStyle(_AXIS.size, _AXIS.face, _AXIS.tracking, colour)
        type.put(picture, text, (PLOT.right + 18, y - 11), style)
    best = _best(points)
    if best is not None:
        text = f"best {best.validation:.3f} after {best.seconds / 60:.1f} min"
        x, y = axes.place(best.seconds, best.validation)
        style = TextStyle(_AXIS.size, _AXIS.face, _AXIS.tracking, INK)
        right = x > PLOT.centerx
        place = (x + 8 if right else x - 8, y - 40)
        type.put(picture, text, place, style, "right" if right else "left")


def _best(points: Sequence[CurvePoint]) -> CurvePoint | None:
    return min(points, key=lambda point: point.validation, default=None)


def _ticks(start: float, end: float, step: float) -> list[float]:
    return [start + k * step for k in range(round((end - start) / step - 0.499) + 1)]


def _line(
    surface: pygame.Surface, places: Sequence[tuple[float, float]], colour: Colour, thick: int
) -> None:
    scaled = [(x * DETAIL, y * DETAIL) for x, y in places]
    pygame.draw.lines(surface, colour, False, scaled, thick * DETAIL)


def _dashes(surface: pygame.Surface, y: float) -> None:
    for x in range(PLOT.left, PLOT.right, 14):
        _line(surface, [(x, y), (min(x + 8, PLOT.right), y)], shade(DIM, 0.9), 1)


def _disc(
    surface: pygame.Surface,
    place: tuple[float, float],
    radius: float,
    colour: Colour,
    ring: int = 0,
) -> None:
    middle = (place[0] * DETAIL, place[1] * DETAIL)
    pygame.draw.circle(surface, colour, middle, radius * DETAIL, ring * DETAIL)


def _save(picture: pygame.Surface, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.stem}.{os.getpid()}.png")
    try:
        pygame.image.save(picture, str(beside))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
