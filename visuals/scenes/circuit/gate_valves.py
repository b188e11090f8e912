"""Valves: irises whose blades are gates, and the dial of new ideas."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from visuals.drawing.bloom import GlowLayer
from visuals.drawing.canvas import Canvas
from visuals.drawing.line_renderer import LineBatch
from visuals.drawing.sprites import PlacedSprite, glow_atlas
from visuals.drawing.theme import PITCH_COLOURS, RULE_COLOUR, Colour, shade
from visuals.scenes.circuit.layout import Floats, GateValve
from visuals.scenes.circuit.memory_cells import LineHighlight

_BLADE_COLOUR: Colour = (128, 153, 204)
_EDGE_COLOUR: Colour = (150, 176, 236)
CIRCUIT_PALETTE = (*PITCH_COLOURS, _BLADE_COLOUR, _EDGE_COLOUR)
"""Colours of what is drawn at once in the Circuit: the tones, blades, and edges of openings."""
BLADE_COLOUR_INDEX, EDGE_COLOUR_INDEX = len(PITCH_COLOURS), len(PITCH_COLOURS) + 1
VALVE_RING_COLOUR: Colour = (66, 77, 98)
VALVE_FILL_COLOUR = (4.0, 5.0, 8.5)
_SHUT_APERTURE, _APERTURE_RANGE = 0.13, 0.80
"""Share of the radius a blade leaves free when shut, and what opening adds."""
_OUTLINE = 120
_MAX_OUTLINE_WAVES = 6
"""Waves round an aperture beyond which its edge is smoothed away."""


def draw_valve(canvas: Canvas, valve: GateValve, ticks: bool = True) -> None:
    """Clear the ground below a valve and draw its rings."""
    x = np.arange(canvas.size[0], dtype=np.float32) - valve.x
    y = np.arange(canvas.size[1], dtype=np.float32) - valve.y
    inside = np.clip(valve.radius + 4.5 - np.hypot(y[:, None], x[None, :]), 0, 1)[..., None]
    canvas.light *= 1 - 0.95 * inside
    canvas.light += inside * np.asarray(VALVE_FILL_COLOUR, np.float32)
    canvas.draw_circle((valve.x, valve.y), valve.radius + 4, VALVE_RING_COLOUR, 1.2)
    if ticks:
        canvas.draw_circle(
            (valve.x, valve.y), valve.radius + 11, shade(VALVE_RING_COLOUR, 0.5), 1.0
        )
        for tick in range(72):
            spoke = np.array([np.cos(tick * np.pi / 36), np.sin(tick * np.pi / 36)])
            out = valve.radius + (17 if tick % 6 == 0 else 14)
            middle = np.array([valve.x, valve.y])
            ends = [middle + spoke * (valve.radius + 11), middle + spoke * out]
            canvas.draw_line(ends, shade(VALVE_RING_COLOUR, 0.65), 0.5)
    canvas.flatten_strokes()


class GateIris:
    """A valve whose blades are the gates of cells: the longer, the more closed.

    Parameters
    ----------
    valve : Valve
    tones : sequence of int
        Pitch class of each cell, in order from the top clockwise.
    blades : int
        How many there are at the most; with fewer blades than cells, neighbours share one.
    """

    def __init__(self, valve: GateValve, tones: Sequence[int], blades: int) -> None:
        self.valve = valve
        count = min(blades, len(tones))
        self._tones = list(tones)
        self._blade_of_cell = (np.arange(len(tones)) * count // len(tones)).tolist()
        self._first_cell_of_blade = np.searchsorted(self._blade_of_cell, np.arange(count))
        self._cells_per_blade = np.bincount(self._blade_of_cell, minlength=count)
        self._spokes, self._rim = _spokes(count), _spokes(_OUTLINE)
        self._tip = glow_atlas(6, core=1.2, halo=0.4, white=0.6, colours=(_EDGE_COLOUR,))
        self._mark = glow_atlas(13, core=2.2, halo=0.6, white=0.7)
        self._centre_light = glow_atlas(
            0.8 * valve.radius, halo=0.55, power=2.6, colours=(_BLADE_COLOUR,)
        )

    def draw(
        self,
        lines: LineBatch,
        shine: LineBatch,
        glow: GlowLayer,
        gates: Floats,
        looks: list[LineHighlight],
    ) -> tuple[list[PlacedSprite], Floats]:
        """Draw the blades; return the lights still to be added and the outline of the opening.

        `gates`, shape (cells,), 0..1; `looks` are the cells whose blade is marked.
        """
        values = np.add.reduceat(gates, self._first_cell_of_blade) / self._cells_per_blade
        middle, radius = np.array([self.valve.x, self.valve.y]), self.valve.radius
        free = radius * (_SHUT_APERTURE + _APERTURE_RANGE * values)[:, None]
        swirl = np.stack([-self._spokes[:, 1], self._spokes[:, 0]], axis=1)
        twist = swirl * ((1 - values) * radius * 0.16)[:, None]
        tip = middle + self._spokes * free + twist
        rim = middle + self._spokes * radius * 0.985
        bend = middle + self._spokes * (free + radius) / 2 + twist * 0.62
        outline = middle + self._rim * _smoothed_outline(free[:, 0], _OUTLINE)[:, None]
        edge = np.vstack([outline, outline[:1]])[None]
        blades = np.stack([rim, bend, tip], axis=1)
        lines.add_lines(blades, BLADE_COLOUR_INDEX, 0.22 + 0.5 * values)
        lines.add_lines(edge, EDGE_COLOUR_INDEX, 1.0)
        shine.add_lines(glow.to_layer_points(edge[:, ::3]), EDGE_COLOUR_INDEX, 0.2)
        lights = [
            self._tip.sprite_centred_at(0, 0.3 + 0.5 * value, x, y)
            for (x, y), value in zip(tip.tolist(), values.tolist(), strict=True)
        ]
        for look in looks:
            blade, tone = self._blade_of_cell[look.line], self._tones[look.line]
            lines.add_lines(blades[blade : blade + 1], tone, look.level)
            lights.append(self._mark.sprite_centred_at(tone, look.level, *tip[blade].tolist()))
        level = float(values.mean()) ** 2
        lights.append(
            self._centre_light.sprite_centred_at(0, 0.1 + 0.7 * level, self.valve.x, self.valve.y)
        )
        return lights, outline


class CandidateDial:
    """New ideas: a needle a cell, outwards where positive, inwards where negative.

    Parameters
    ----------
    valve : Valve
    tones : sequence of int
    needles : int
        At the most.
    """

    def __init__(self, valve: GateValve, tones: Sequence[int], needles: int) -> None:
        self.valve = valve
        count = min(needles, len(tones))
        self._cell_of_needle = (np.arange(count) * len(tones) // count).tolist()
        self._tones = [int(tones[cell]) for cell in self._cell_of_needle]
        self._cell_tones = list(tones)
        self._spokes = _spokes(count)
        self._cell_spokes = _spokes(len(tones))
        self._tip = glow_atlas(7, core=1.5, halo=0.4)
        self._mark = glow_atlas(13, core=2.2, halo=0.6, white=0.7)

    def draw_static(self, canvas: Canvas) -> None:
        """Draw the ring the needles start from."""
        middle = np.array([self.valve.x, self.valve.y])
        canvas.draw_line(
            middle + _spokes(48) * self.valve.radius * 0.52, RULE_COLOUR, 0.5, closed=True
        )

    def draw(
        self, lines: LineBatch, ideas: Floats, looks: list[LineHighlight]
    ) -> list[PlacedSprite]:
        """Draw the needles; `ideas`, shape (cells,), -1..1. Returns lights still to be added."""
        values = ideas[self._cell_of_needle]
        middle, radius = np.array([self.valve.x, self.valve.y]), self.valve.radius
        foot = middle + self._spokes * radius * 0.52
        tip = middle + self._spokes * (radius * (0.52 + 0.38 * values))[:, None]
        size = np.abs(values)
        lines.add_segments(foot, tip, self._tones, 0.3 + 0.6 * size)
        lights = [
            self._tip.sprite_centred_at(tone, 0.25 + 0.6 * value, *place)
            for tone, place, value in zip(self._tones, tip.tolist(), size.tolist(), strict=True)
        ]
        for look in looks:
            reach = radius * (0.52 + 0.38 * float(ideas[look.line]))
            x, y = middle + self._cell_spokes[look.line] * reach
            lights.append(
                self._mark.sprite_centred_at(self._cell_tones[look.line], look.level, x, y)
            )
        return lights


def _spokes(count: int) -> Floats:
    """Directions from the top clockwise, shape (count, 2)."""
    angle = np.arange(count) * 2 * np.pi / count - np.pi / 2
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _smoothed_outline(values: Floats, count: int) -> Floats:
    """A closed curve through values, without its quick turns, at `count` points."""
    waves = np.fft.rfft(values)
    waves *= np.exp(-((np.arange(len(waves)) / _MAX_OUTLINE_WAVES) ** 2))
    return np.fft.irfft(waves, count) * (count / len(values))
