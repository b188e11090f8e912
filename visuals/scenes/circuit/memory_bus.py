"""Bus of the Circuit: a line for each memory cell, through forgetting and writing.

All lines are drawn at once. Filling every section of every line would take a thousand calls a
frame. Instead one column of pixels is written for each section, stretched to the section's width,
and added to the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pygame
from numpy.typing import NDArray

from visuals.drawing.bloom import DOWNSCALE_FACTOR, GlowLayer
from visuals.drawing.canvas import Canvas, mute_colour
from visuals.drawing.sprites import BLEND_ADD, PlacedSprite, blank_surface, glow_atlas
from visuals.drawing.theme import PITCH_COLOURS, VISITOR_COLOUR, brightness_ramp, shade
from visuals.scenes.base.geometry import GOLDEN_STEP, Floats
from visuals.scenes.circuit.layout import LANDSCAPE_PLACES, CircuitPlaces
from visuals.scenes.circuit.memory_cells import (
    LineHighlight,
    MemoryCellStates,
    cell_state_brightness,
)

WRITE_TRANSITION_STEPS = 7
_WRITE_TRANSITION_HALF_PX = 52
_LEVELS = 40
_BEADS_PER_LINE = 2
_BEAD_SPEED_BUS_PER_S = 0.16  # speed of the beads, lengths of the bus a second
_MIN_BEAD_LEVEL = 0.14
_MIN_RESPONSE, _MAX_RESPONDING_LINES = 0.08, 12
_OPENING_STEPS = 40
_REACH = np.linspace(-1, 1, WRITE_TRANSITION_STEPS + 1) * _WRITE_TRANSITION_HALF_PX


class MemoryBus:
    """Draws memory lines at some heights (lines,) in the colours of their pitch classes."""

    def __init__(
        self,
        heights: Floats,
        pitch_classes: Sequence[int],
        places: CircuitPlaces = LANDSCAPE_PLACES,
    ) -> None:
        self._places, self._sections = places, bus_sections(places)
        self._pitch_classes, self._heights = list(pitch_classes), heights
        self._rows, self._lines = heights.astype(int), np.arange(len(heights))
        self._top = int(self._rows.min()) // DOWNSCALE_FACTOR * DOWNSCALE_FACTOR
        ramps = [brightness_ramp(PITCH_COLOURS[tone], _LEVELS) for tone in pitch_classes]
        self._colours = np.array(ramps, np.uint8)  # (lines, levels, 3)
        height = int(self._rows.max()) - self._top + 2
        small_height = height // DOWNSCALE_FACTOR + 1
        self._pixels = np.zeros((len(self._sections), height, 3), np.uint8)
        self._glow_pixels = np.zeros((len(self._sections), small_height, 3), np.uint8)
        self._column = blank_surface(self._pixels.shape[:2])
        self._glow_column = blank_surface(self._glow_pixels.shape[:2])
        widths = [right - left for left, right in self._sections]
        self._bands = [blank_surface((width, height)) for width in widths]
        self._glow_bands = [
            blank_surface((max(1, width // DOWNSCALE_FACTOR), small_height)) for width in widths
        ]
        self._bead = glow_atlas(10, core=1.5, halo=0.45, white=0.7)
        self._end = glow_atlas(16, core=2.4, halo=0.6, white=0.5)

    def draw_static(self, canvas: Canvas) -> None:
        """Draw the lines at rest."""
        ends = self._places.bus_left, self._places.bus_right
        for tone, y in zip(self._pitch_classes, self._heights, strict=True):
            colour = mute_colour(PITCH_COLOURS[tone], 0.2)
            canvas.draw_line([(ends[0], y), (ends[1], y)], colour, 0.5)
            for x in ends:
                canvas.draw_circle((x, y), 1.6, shade(PITCH_COLOURS[tone], 0.5))

    def draw(
        self,
        surface: pygame.Surface,
        glow: GlowLayer,
        cells: MemoryCellStates,
        opening: Floats,
        highlights: list[LineHighlight],
        time_s: float,
    ) -> list[PlacedSprite]:
        """Draw the lines and the opening (n, 2) of the forget valve, and return their lights."""
        levels = _section_levels(cells)
        self._draw_bands(surface, glow, levels)
        self._draw_opening(surface, levels[1], opening)
        sprites = self._beads(time_s, levels)
        for highlight in highlights:
            sprites += self._draw_highlight(surface, highlight, levels[:, highlight.line].tolist())
        return sprites

    def draw_visitor_response(
        self, surface: pygame.Surface, glow: GlowLayer, response: Floats
    ) -> None:
        """Light the lines (lines,) that respond to a visitor's keys in the visitor's colour."""
        for line in np.argsort(-response)[:_MAX_RESPONDING_LINES].tolist():
            level = min(1.0, 1.4 * float(response[line]))
            if level < _MIN_RESPONSE:
                break
            first, *_, last = self._sections
            for left, right in (first, (self._sections[1][0], last[1])):
                rect = (left, int(self._rows[line]), right - left, 2)
                surface.fill(shade(VISITOR_COLOUR, 0.6 * level), rect, BLEND_ADD)
                glow.add_rect(shade(VISITOR_COLOUR, 0.08 * level), rect)

    def _draw_opening(self, surface: pygame.Surface, retained: Floats, opening: Floats) -> None:
        """Draw the retained cell state inside the opening of the forget valve."""
        west = opening[opening[:, 0] < self._places.forget.x]
        east = opening[opening[:, 0] >= self._places.forget.x]
        west, east = west[np.argsort(west[:, 1])], east[np.argsort(east[:, 1])]
        top, bottom = max(west[0, 1], east[0, 1]) + 2, min(west[-1, 1], east[-1, 1]) - 2
        left = np.interp(self._heights, west[:, 1], west[:, 0])
        right = np.interp(self._heights, east[:, 1], east[:, 0])
        for line in np.flatnonzero((self._heights > top) & (self._heights < bottom)).tolist():
            width = int(right[line] - left[line]) - 3
            if width > 0:
                level = int(5 + 34 * retained[line]) / _OPENING_STEPS
                colour = shade(PITCH_COLOURS[self._pitch_classes[line]], level)
                rect = (int(left[line]) + 2, int(self._rows[line]), width, 1)
                pygame.draw.rect(surface, colour, rect)  # unlike `fill`, it reads no input

    def _draw_highlight(
        self, surface: pygame.Surface, highlight: LineHighlight, levels: list[float]
    ) -> list[PlacedSprite]:
        """Draw a line of some levels (sections,) wider, and return the lights at its ends."""
        tone, row = self._pitch_classes[highlight.line], int(self._rows[highlight.line])
        for (left, right), level in zip(self._sections, levels, strict=True):
            colour = shade(PITCH_COLOURS[tone], highlight.level * (0.25 + 0.75 * level))
            surface.fill(colour, (left, row - 1, right - left, 3), pygame.BLEND_RGB_MAX)
        y = self._heights[highlight.line]
        return [
            self._end.sprite_centred_at(tone, highlight.level * (0.4 + 0.6 * level), x, y)
            for x, level in (
                (self._places.bus_left, levels[0]),
                (self._places.bus_right, levels[-1]),
            )
        ]

    def _beads(self, time_s: float, levels: Floats) -> list[PlacedSprite]:
        """Beads that travel along the lines, as bright as the cell state where they are."""
        lines = np.arange(len(self._heights))[:, None]
        start = lines * GOLDEN_STEP + np.arange(_BEADS_PER_LINE) / _BEADS_PER_LINE
        share = (time_s * _BEAD_SPEED_BUS_PER_S + start) % 1.0  # (lines, beads)
        places = self._places
        x = places.bus_left + share * (places.bus_right - places.bus_left)
        section = np.where(x < places.forget.x, 0, np.where(x < places.input.x, 1, -1))
        level = levels[section, lines]
        outside = (x <= self._sections[0][1] - 4) | (x >= self._sections[1][0] + 4)
        ends = np.minimum(1.0, np.minimum(12 * share, 12 * (1 - share)))
        brightness = (0.2 + 0.8 * level) * ends
        tones, heights = self._pitch_classes, self._heights
        return [
            self._bead.sprite_centred_at(tones[k], brightness[k, bead], x[k, bead], heights[k])
            for k, bead in np.argwhere(outside & (level > _MIN_BEAD_LEVEL)).tolist()
        ]

    def _draw_bands(self, surface: pygame.Surface, glow: GlowLayer, levels: Floats) -> None:
        """Draw the lines at some levels (sections, lines), 0 to 1."""
        self._fill_columns(levels)
        for section, (left, _) in enumerate(self._sections):
            band, glow_band = self._bands[section], self._glow_bands[section]
            _stretch_column(self._column, section, band)
            surface.blit(band, (left, self._top), special_flags=pygame.BLEND_RGB_MAX)
            _stretch_column(self._glow_column, section, glow_band)
            glow.add_picture(glow_band, (left, self._top))

    def _fill_columns(self, levels: Floats) -> None:
        """Write the row of each line, a second row of bright lines, and the glow."""
        rows = self._rows - self._top
        self._pixels[:, rows] = self._shade(4.8 + 33 * levels, levels >= 0.03)
        self._pixels[:, rows + 1] = self._shade(_LEVELS * levels - 12, levels > 0.30)
        self._glow_pixels[:] = 0
        glow = self._shade(6 * levels, levels > 0.22)
        np.add.at(self._glow_pixels, (slice(None), rows // DOWNSCALE_FACTOR), glow)
        pygame.surfarray.blit_array(self._column, self._pixels)
        pygame.surfarray.blit_array(self._glow_column, self._glow_pixels)

    def _shade(self, steps: Floats, lit: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """Colours (sections, lines, 3) of the lines at steps of brightness; black unless lit."""
        step = np.clip(steps, 0, _LEVELS).astype(np.int64)
        return self._colours[self._lines, step] * lit[..., None]


def bus_sections(places: CircuitPlaces) -> tuple[tuple[int, int], ...]:
    """Left and right of each section of the bus, pixels.

    They are the previous cell state, the retained one, `WRITE_TRANSITION_STEPS` from there to the
    new one, and the new cell state.
    """
    valve, clearance = places.forget, places.forget.radius + 12
    edges = (places.input.x + _REACH).astype(int).tolist()
    return (
        (int(places.bus_left), int(valve.x - clearance)),
        *pairwise([int(valve.x + clearance), *edges, int(places.bus_right)]),
    )


def _section_levels(cells: MemoryCellStates) -> Floats:
    """Brightness of each line on each of `bus_sections`, shape (sections, lines)."""
    previous, retained, new = (
        cell_state_brightness(state)
        for state in (cells.previous_cell_state, cells.retained_cell_state, cells.cell_state)
    )
    share = (np.arange(WRITE_TRANSITION_STEPS)[:, None] + 0.5) / WRITE_TRANSITION_STEPS
    return np.vstack([previous, retained, retained + (new - retained) * share, new])


def _stretch_column(columns: pygame.Surface, section: int, target: pygame.Surface) -> None:
    """Fill a surface of the same height with the column of a section."""
    column = columns.subsurface((section, 0, 1, columns.get_height()))
    pygame.transform.scale(column, target.get_size(), target)
