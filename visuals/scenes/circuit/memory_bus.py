"""The bus: one line a memory cell, as bright as what it holds, through forgetting and writing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame

from visuals.drawing.bloom import GlowLayer
from visuals.drawing.canvas import Canvas, mute_colour
from visuals.drawing.sprites import PlacedSprite, glow_atlas
from visuals.drawing.theme import PITCH_COLOURS, brightness_ramp, shade
from visuals.scenes.circuit.layout import (
    BUS_LEFT,
    BUS_RIGHT,
    FORGET_VALVE,
    INPUT_VALVE,
    CircuitLayout,
    Floats,
)
from visuals.scenes.circuit.memory_bands import (
    BUS_SECTIONS,
    FORGET_VALVE_LEFT,
    FORGET_VALVE_RIGHT,
    WRITE_TRANSITION_STEPS,
    MemoryBands,
)
from visuals.scenes.circuit.memory_cells import (
    LineHighlight,
    MemoryCellStates,
    cell_state_brightness,
)

_LEVELS = 40
_BEADS_PER_LINE = 2
_BEAD_SPEED_BUS_PER_S = 0.16
"""Lengths of the bus a second."""
_GOLDEN = 0.381966


class MemoryBus:
    """Draws the memory lines.

    Parameters
    ----------
    plan : Plan
    tones : sequence of int
        Pitch class of each line.
    """

    def __init__(self, plan: CircuitLayout, tones: Sequence[int]) -> None:
        self._tones = list(tones)
        self._heights = plan.line_heights
        self._rows = plan.line_heights.astype(int).tolist()
        self._colours = [brightness_ramp(PITCH_COLOURS[tone], _LEVELS) for tone in tones]
        self._bands = MemoryBands(self._rows, tones)
        self._bead = glow_atlas(10, core=1.5, halo=0.45, white=0.7)
        self._end = glow_atlas(16, core=2.4, halo=0.6, white=0.5)

    def draw_static(self, canvas: Canvas) -> None:
        """Draw the lines at rest."""
        for tone, y in zip(self._tones, self._heights, strict=True):
            colour = mute_colour(PITCH_COLOURS[tone], 0.2)
            canvas.draw_line([(BUS_LEFT, y), (BUS_RIGHT, y)], colour, 0.5)
            for x in (BUS_LEFT, BUS_RIGHT):
                canvas.draw_circle((x, y), 1.6, shade(PITCH_COLOURS[tone], 0.5))

    def draw(
        self,
        surface: pygame.Surface,
        glow: GlowLayer,
        cells: MemoryCellStates,
        opening: Floats,
        looks: list[LineHighlight],
        seconds: float,
    ) -> list[PlacedSprite]:
        """Draw the memory: before, through the `opening` of the forget valve, after, written.

        Returns lights still to be added.
        """
        old, kept, memory = (
            cell_state_brightness(part)
            for part in (cells.previous_cell_state, cells.retained_cell_state, cells.cell_state)
        )
        self._bands.draw(surface, glow, _section_levels(old, kept, memory))
        self._draw_valve_opening(surface, kept, opening)
        self._draw_highlights(surface, looks, old, kept, memory)
        return self._beads(seconds, old, kept, memory) + self._ends(looks, old, memory)

    def _draw_valve_opening(self, surface: pygame.Surface, kept: Floats, opening: Floats) -> None:
        """What is kept, where it can be seen through the open iris."""
        west = opening[opening[:, 0] < FORGET_VALVE.x]
        east = opening[opening[:, 0] >= FORGET_VALVE.x]
        west, east = west[np.argsort(west[:, 1])], east[np.argsort(east[:, 1])]
        top = max(west[0, 1], east[0, 1]) + 2
        bottom = min(west[-1, 1], east[-1, 1]) - 2
        left = np.interp(self._heights, west[:, 1], west[:, 0])
        right = np.interp(self._heights, east[:, 1], east[:, 0])
        for line in np.flatnonzero((self._heights > top) & (self._heights < bottom)).tolist():
            width = int(right[line] - left[line]) - 3
            if width > 0:
                colour = self._colours[line][int(5 + 34 * kept[line])]
                surface.fill(colour, (int(left[line]) + 2, self._rows[line], width, 1))

    def _draw_highlights(
        self,
        surface: pygame.Surface,
        looks: list[LineHighlight],
        old: Floats,
        kept: Floats,
        memory: Floats,
    ) -> None:
        """The looked-at line is drawn wider; how bright it is still says what it holds."""
        for look in looks:
            y = self._rows[look.line]
            levels = _section_levels(old, kept, memory)[:, look.line].tolist()
            for (left, right), here in zip(BUS_SECTIONS, levels, strict=True):
                level = look.level * (0.25 + 0.75 * here)
                colour = shade(PITCH_COLOURS[self._tones[look.line]], level)
                surface.fill(colour, (left, y - 1, right - left, 3), pygame.BLEND_RGB_MAX)

    def _beads(
        self, seconds: float, old: Floats, kept: Floats, memory: Floats
    ) -> list[PlacedSprite]:
        """What the memory holds travels on."""
        beads = []
        for line, tone in enumerate(self._tones):
            for bead in range(_BEADS_PER_LINE):
                share = (
                    seconds * _BEAD_SPEED_BUS_PER_S + line * _GOLDEN + bead / _BEADS_PER_LINE
                ) % 1.0
                x = BUS_LEFT + share * (BUS_RIGHT - BUS_LEFT)
                if FORGET_VALVE_LEFT - 4 < x < FORGET_VALVE_RIGHT + 4:
                    continue
                here = old if x < FORGET_VALVE.x else kept if x < INPUT_VALVE.x else memory
                level = float(here[line])
                if level > 0.14:
                    ends = min(1.0, 12 * share, 12 * (1 - share))
                    beads.append(
                        self._bead.sprite_centred_at(
                            tone, (0.2 + 0.8 * level) * ends, x, self._heights[line]
                        )
                    )
        return beads

    def _ends(self, looks: list[LineHighlight], old: Floats, memory: Floats) -> list[PlacedSprite]:
        lights = []
        for look in looks:
            tone, y = self._tones[look.line], self._heights[look.line]
            for x, levels in ((BUS_LEFT, old), (BUS_RIGHT, memory)):
                level = look.level * (0.4 + 0.6 * float(levels[look.line]))
                lights.append(self._end.sprite_centred_at(tone, level, x, y))
        return lights


def _section_levels(old: Floats, kept: Floats, memory: Floats) -> Floats:
    """Brightness of each line on each of `BUS_SECTIONS`, shape (stretches, lines)."""
    share = (np.arange(WRITE_TRANSITION_STEPS)[:, None] + 0.5) / WRITE_TRANSITION_STEPS
    return np.vstack([old, kept, kept + (memory - kept) * share, memory])
