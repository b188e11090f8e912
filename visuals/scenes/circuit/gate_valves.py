"""Valves: irises whose blades are gates, and the dial of new ideas."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from visuals.drawing.bloom import Glow
from visuals.drawing.canvas import Canvas
from visuals.drawing.line_renderer import Bundle
from visuals.drawing.sprites import Placed, glow_atlas
from visuals.drawing.theme import FAINT, PITCH_COLOURS, Colour, shade
from visuals.scenes.circuit.layout import Floats, Valve
from visuals.scenes.circuit.memory_cells import Look

_STEEL: Colour = (128, 153, 204)
_EDGE: Colour = (150, 176, 236)
PALETTE = (*PITCH_COLOURS, _STEEL, _EDGE)
"""Colours of what is drawn at once in the Circuit: the tones, blades, and edges of openings."""
STEEL, EDGE = len(PITCH_COLOURS), len(PITCH_COLOURS) + 1
RING: Colour = (66, 77, 98)
GROUND = (4.0, 5.0, 8.5)
_CLOSED, _OPEN = 0.13, 0.80
"""Share of the radius a blade leaves free when shut, and what opening adds."""
_OUTLINE = 120
_SHARPEST = 6
"""Waves round an aperture beyond which its edge is smoothed away."""


def draw_valve(canvas: Canvas, valve: Valve, ticks: bool = True) -> None:
    """Clear the ground below a valve and draw its rings."""
    x = np.arange(canvas.size[0], dtype=np.float32) - valve.x
    y = np.arange(canvas.size[1], dtype=np.float32) - valve.y
    inside = np.clip(valve.radius + 4.5 - np.hypot(y[:, None], x[None, :]), 0, 1)[..., None]
    canvas.light *= 1 - 0.95 * inside
    canvas.light += inside * np.asarray(GROUND, np.float32)
    canvas.circle((valve.x, valve.y), valve.radius + 4, RING, 1.2)
    if ticks:
        canvas.circle((valve.x, valve.y), valve.radius + 11, shade(RING, 0.5), 1.0)
        for tick in range(72):
            spoke = np.array([np.cos(tick * np.pi / 36), np.sin(tick * np.pi / 36)])
            out = valve.radius + (17 if tick % 6 == 0 else 14)
            middle = np.array([valve.x, valve.y])
            ends = [middle + spoke * (valve.radius + 11), middle + spoke * out]
            canvas.line(ends, shade(RING, 0.65), 0.5)
    canvas.settle()


class Iris:
    """A valve whose blades are the gates of cells: the longer, the more closed.

    Parameters
    ----------
    valve : Valve
    tones : sequence of int
        Pitch class of each cell, in order from the top clockwise.
    blades : int
        How many there are at the most; with fewer blades than cells, neighbours share one.
    """

    def __init__(self, valve: Valve, tones: Sequence[int], blades: int) -> None:
        self.valve = valve
        count = min(blades, len(tones))
        self._tones = list(tones)
        self._blade = (np.arange(len(tones)) * count // len(tones)).tolist()
        self._first = np.searchsorted(self._blade, np.arange(count))
        self._cells = np.bincount(self._blade, minlength=count)
        self._spokes, self._rim = _spokes(count), _spokes(_OUTLINE)
        self._tip = glow_atlas(6, core=1.2, halo=0.4, white=0.6, colours=(_EDGE,))
        self._mark = glow_atlas(13, core=2.2, halo=0.6, white=0.7)
        self._heart = glow_atlas(0.8 * valve.radius, halo=0.55, power=2.6, colours=(_STEEL,))

    def draw(
        self, lines: Bundle, shine: Bundle, glow: Glow, gates: Floats, looks: list[Look]
    ) -> tuple[list[Placed], Floats]:
        """Draw the blades; return the lights still to be added and the outline of the opening.

        `gates`, shape (cells,), 0..1; `looks` are the cells whose blade is marked.
        """
        values = np.add.reduceat(gates, self._first) / self._cells
        middle, radius = np.array([self.valve.x, self.valve.y]), self.valve.radius
        free = radius * (_CLOSED + _OPEN * values)[:, None]
        swirl = np.stack([-self._spokes[:, 1], self._spokes[:, 0]], axis=1)
        twist = swirl * ((1 - values) * radius * 0.16)[:, None]
        tip = middle + self._spokes * free + twist
        rim = middle + self._spokes * radius * 0.985
        bend = middle + self._spokes * (free + radius) / 2 + twist * 0.62
        outline = middle + self._rim * _smooth(free[:, 0], _OUTLINE)[:, None]
        edge = np.vstack([outline, outline[:1]])[None]
        blades = np.stack([rim, bend, tip], axis=1)
        lines.add_lines(blades, STEEL, 0.22 + 0.5 * values)
        lines.add_lines(edge, EDGE, 1.0)
        shine.add_lines(glow.small(edge[:, ::3]), EDGE, 0.2)
        lights = [
            self._tip.placed(0, 0.3 + 0.5 * value, x, y)
            for (x, y), value in zip(tip.tolist(), values.tolist(), strict=True)
        ]
        for look in looks:
            blade, tone = self._blade[look.line], self._tones[look.line]
            lines.add_lines(blades[blade : blade + 1], tone, look.level)
            lights.append(self._mark.placed(tone, look.level, *tip[blade].tolist()))
        level = float(values.mean()) ** 2
        lights.append(self._heart.placed(0, 0.1 + 0.7 * level, self.valve.x, self.valve.y))
        return lights, outline


class Dial:
    """New ideas: a needle a cell, outwards where positive, inwards where negative.

    Parameters
    ----------
    valve : Valve
    tones : sequence of int
    needles : int
        At the most.
    """

    def __init__(self, valve: Valve, tones: Sequence[int], needles: int) -> None:
        self.valve = valve
        count = min(needles, len(tones))
        self._cell = (np.arange(count) * len(tones) // count).tolist()
        self._tones = [int(tones[cell]) for cell in self._cell]
        self._all_tones = list(tones)
        self._spokes = _spokes(count)
        self._every = _spokes(len(tones))
        self._tip = glow_atlas(7, core=1.5, halo=0.4)
        self._mark = glow_atlas(13, core=2.2, halo=0.6, white=0.7)

    def draw_static(self, canvas: Canvas) -> None:
        """Draw the ring the needles start from."""
        middle = np.array([self.valve.x, self.valve.y])
        canvas.line(middle + _spokes(48) * self.valve.radius * 0.52, FAINT, 0.5, closed=True)

    def draw(self, lines: Bundle, ideas: Floats, looks: list[Look]) -> list[Placed]:
        """Draw the needles; `ideas`, shape (cells,), -1..1. Returns lights still to be added."""
        values = ideas[self._cell]
        middle, radius = np.array([self.valve.x, self.valve.y]), self.valve.radius
        foot = middle + self._spokes * radius * 0.52
        tip = middle + self._spokes * (radius * (0.52 + 0.38 * values))[:, None]
        size = np.abs(values)
        lines.add(foot, tip, self._tones, 0.3 + 0.6 * size)
        lights = [
            self._tip.placed(tone, 0.25 + 0.6 * value, *place)
            for tone, place, value in zip(self._tones, tip.tolist(), size.tolist(), strict=True)
        ]
        for look in looks:
            reach = radius * (0.52 + 0.38 * float(ideas[look.line]))
            x, y = middle + self._every[look.line] * reach
            lights.append(self._mark.placed(self._all_tones[look.line], look.level, x, y))
        return lights


def _spokes(count: int) -> Floats:
    """Directions from the top clockwise, shape (count, 2)."""
    angle = np.arange(count) * 2 * np.pi / count - np.pi / 2
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _smooth(values: Floats, count: int) -> Floats:
    """A closed curve through values, without its quick turns, at `count` points."""
    waves = np.fft.rfft(values)
    waves *= np.exp(-((np.arange(len(waves)) / _SHARPEST) ** 2))
    return np.fft.irfft(waves, count) * (count / len(values))
