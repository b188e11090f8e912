"""Valves of the Circuit: irises for the gates, and a dial for the candidate values."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from visuals.drawing.canvas import Canvas
from visuals.drawing.line_renderer import LineBatch
from visuals.drawing.sprites import PlacedSprite, glow_atlas
from visuals.drawing.theme import PITCH_COLOURS, RULE_COLOUR, VISITOR_COLOUR, Colour, shade
from visuals.scenes.base.geometry import Floats, clock_directions, rotate_quarter, unit_vectors
from visuals.scenes.base.glowing_lines import GlowingLines
from visuals.scenes.circuit.layout import GateValve
from visuals.scenes.circuit.memory_cells import LineHighlight

_BLADE_COLOUR: Colour = (128, 153, 204)
_EDGE_COLOUR: Colour = (150, 176, 236)
CIRCUIT_PALETTE = (*PITCH_COLOURS, _BLADE_COLOUR, _EDGE_COLOUR, VISITOR_COLOUR)
"""Colours of the Circuit's lines: pitch classes, blades, edges of openings, and the visitor."""
BLADE_COLOUR_INDEX, EDGE_COLOUR_INDEX = len(PITCH_COLOURS), len(PITCH_COLOURS) + 1
VALVE_RING_COLOUR: Colour = (66, 77, 98)
VALVE_FILL_COLOUR = (4.0, 5.0, 8.5)
_GROUND_MARGIN_PX = 4.5  # between a valve's edge and that of its dark ground
_SHUT_APERTURE, _APERTURE_RANGE = 0.13, 0.80
"""Radius of the opening at a gate of 0, and its growth to a gate of 1, in radii of the valve."""
_OUTLINE_POINTS = 120
_MAX_OUTLINE_WAVES = 6  # number of waves around an opening beyond which its outline is smoothed
_NEEDLE_FOOT, _NEEDLE_RANGE = 0.52, 0.38
"""Radius of the needles' feet, and length of a needle at a candidate of 1, in radii of the dial."""


def draw_valve(canvas: Canvas, valve: GateValve, ticks: bool = True) -> None:
    """Darken the ground below a valve, and draw its rings."""
    reach = valve.radius + _GROUND_MARGIN_PX
    columns, rows = (
        slice(max(0, math.floor(middle - reach)), max(0, math.ceil(middle + reach) + 1))
        for middle in valve.centre.tolist()
    )
    light = canvas.light[rows, columns]
    x = np.arange(columns.start, columns.start + light.shape[1], dtype=np.float32) - valve.x
    y = np.arange(rows.start, rows.start + light.shape[0], dtype=np.float32) - valve.y
    inside = np.clip(reach - np.hypot(y[:, None], x[None, :]), 0, 1)[..., None]
    light *= 1 - 0.95 * inside
    light += inside * np.asarray(VALVE_FILL_COLOUR, np.float32)
    canvas.draw_circle(valve.centre, valve.radius + 4, VALVE_RING_COLOUR, 1.2)
    if ticks:
        canvas.draw_circle(valve.centre, valve.radius + 11, shade(VALVE_RING_COLOUR, 0.5), 1.0)
        for tick, direction in enumerate(unit_vectors(np.arange(72) * np.pi / 36)):
            ends = [valve.radius + 11, valve.radius + (17 if tick % 6 == 0 else 14)]
            points = valve.centre + direction * np.array(ends)[:, None]
            canvas.draw_line(points, shade(VALVE_RING_COLOUR, 0.65), 0.5)
    canvas.flatten_strokes()


class GateIris:
    """A valve whose blades are the gates of cells: the longer a blade, the more closed its gate.

    The blades lie clockwise from the top in the order of the cells, whose pitch classes are given.
    With fewer blades than cells, neighbouring cells share a blade.
    """

    def __init__(self, valve: GateValve, pitch_classes: Sequence[int], max_blades: int) -> None:
        self._valve, self._pitch_classes = valve, list(pitch_classes)
        cells, count = len(pitch_classes), min(max_blades, len(pitch_classes))
        self._blade_of_cell = (np.arange(cells) * count // cells).tolist()
        self._first_cell_of_blade = np.searchsorted(self._blade_of_cell, np.arange(count))
        self._cells_per_blade = np.bincount(self._blade_of_cell, minlength=count)
        self._spokes, self._rim = clock_directions(count), clock_directions(_OUTLINE_POINTS)
        self._tip = glow_atlas(6, core=1.2, halo=0.4, white=0.6, colours=(_EDGE_COLOUR,))
        self._mark = glow_atlas(13, core=2.2, halo=0.6, white=0.7)
        self._centre_light = glow_atlas(
            0.8 * valve.radius, halo=0.55, power=2.6, colours=(_BLADE_COLOUR,)
        )

    def draw(
        self, strokes: GlowingLines, gates: Floats, highlights: list[LineHighlight]
    ) -> tuple[list[PlacedSprite], Floats]:
        """Draw gates (cells,), and return the lights and the outline of the opening (n, 2)."""
        values = np.add.reduceat(gates, self._first_cell_of_blade) / self._cells_per_blade
        centre, radius = self._valve.centre, self._valve.radius
        free = radius * (_SHUT_APERTURE + _APERTURE_RANGE * values)[:, None]
        twist = rotate_quarter(self._spokes) * ((1 - values) * radius * 0.16)[:, None]
        tip = centre + self._spokes * free + twist
        rim = centre + self._spokes * radius * 0.985
        bend = centre + self._spokes * (free + radius) / 2 + twist * 0.62
        outline = centre + self._rim * _smoothed_outline(free[:, 0], _OUTLINE_POINTS)[:, None]
        blades = np.stack([rim, bend, tip], axis=1)
        strokes.lines.add_lines(blades, BLADE_COLOUR_INDEX, 0.22 + 0.5 * values)
        edge = np.vstack([outline, outline[:1]])[None]
        strokes.add(edge, EDGE_COLOUR_INDEX, 1.0, glow_level=0.2, stride=3)
        sprites = [
            self._tip.sprite_centred_at(0, 0.3 + 0.5 * value, x, y)
            for (x, y), value in zip(tip.tolist(), values.tolist(), strict=True)
        ]
        for highlight in highlights:
            blade = self._blade_of_cell[highlight.line]
            tone, level = self._pitch_classes[highlight.line], highlight.level
            strokes.lines.add_lines(blades[blade : blade + 1], tone, level)
            sprites.append(self._mark.sprite_centred_at(tone, level, *tip[blade].tolist()))
        level = 0.1 + 0.7 * float(values.mean()) ** 2
        sprites.append(self._centre_light.sprite_centred_at(0, level, *centre.tolist()))
        return sprites, outline


class CandidateDial:
    """The candidate values of cells as needles: outwards if positive, inwards if negative.

    With fewer needles than cells, needles stand for evenly spaced cells, whose pitch classes are
    given.
    """

    def __init__(self, valve: GateValve, pitch_classes: Sequence[int], max_needles: int) -> None:
        self._valve, self._pitch_classes = valve, list(pitch_classes)
        cells, count = len(pitch_classes), min(max_needles, len(pitch_classes))
        self._cell_of_needle = (np.arange(count) * cells // count).tolist()
        self._needle_pitch_classes = [self._pitch_classes[cell] for cell in self._cell_of_needle]
        self._spokes, self._cell_spokes = clock_directions(count), clock_directions(cells)
        self._tip = glow_atlas(7, core=1.5, halo=0.4)
        self._mark = glow_atlas(13, core=2.2, halo=0.6, white=0.7)

    def draw_static(self, canvas: Canvas) -> None:
        """Draw the ring through the needles' feet."""
        ring = self._valve.centre + clock_directions(48) * self._valve.radius * _NEEDLE_FOOT
        canvas.draw_line(ring, RULE_COLOUR, 0.5, closed=True)

    def draw(
        self, lines: LineBatch, candidate: Floats, highlights: list[LineHighlight]
    ) -> list[PlacedSprite]:
        """Add needles for candidate values (cells,) to `lines`, and return their lights."""
        values = candidate[self._cell_of_needle]
        centre, radius = self._valve.centre, self._valve.radius
        foot = centre + self._spokes * radius * _NEEDLE_FOOT
        tip = centre + self._spokes * (radius * (_NEEDLE_FOOT + _NEEDLE_RANGE * values))[:, None]
        size = np.abs(values)
        lines.add_segments(foot, tip, self._needle_pitch_classes, 0.3 + 0.6 * size)
        needles = zip(self._needle_pitch_classes, tip.tolist(), size.tolist(), strict=True)
        sprites = [
            self._tip.sprite_centred_at(tone, 0.25 + 0.6 * value, x, y)
            for tone, (x, y), value in needles
        ]
        for highlight in highlights:
            reach = radius * (_NEEDLE_FOOT + _NEEDLE_RANGE * float(candidate[highlight.line]))
            x, y = centre + self._cell_spokes[highlight.line] * reach
            tone = self._pitch_classes[highlight.line]
            sprites.append(self._mark.sprite_centred_at(tone, highlight.level, x, y))
        return sprites


def _smoothed_outline(values: Floats, count: int) -> Floats:
    """A closed curve through some values, low-passed, at `count` points, shape (count,)."""
    waves = np.fft.rfft(values)
    waves *= np.exp(-((np.arange(len(waves)) / _MAX_OUTLINE_WAVES) ** 2))
    return np.fft.irfft(waves, count) * (count / len(values))
