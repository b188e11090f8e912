"""Bands: all lines of the bus at once, as bright on each stretch as what they hold there.

A thousand strips would have to be filled one by one with each frame. Instead one column of pixels a
stretch is written, made as wide as the stretch, and laid over the picture.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame
from numpy.typing import NDArray

from visuals.drawing.bloom import DOWNSCALE_FACTOR, GlowLayer
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PITCH_COLOURS, brightness_ramp
from visuals.scenes.circuit.layout import BUS_LEFT, BUS_RIGHT, FORGET_VALVE, INPUT_VALVE, Floats

FORGET_VALVE_LEFT = FORGET_VALVE.x - FORGET_VALVE.radius - 12
FORGET_VALVE_RIGHT = FORGET_VALVE.x + FORGET_VALVE.radius + 12
WRITE_TRANSITION_STEPS = 7
_WRITE_TRANSITION_HALF_PX = 52.0
"""Half the width over which the kept becomes the written, pixels."""
_LEVELS = 40


def _bus_sections() -> tuple[tuple[int, int], ...]:
    start, end = (
        INPUT_VALVE.x - _WRITE_TRANSITION_HALF_PX,
        INPUT_VALVE.x + _WRITE_TRANSITION_HALF_PX,
    )
    edges = np.linspace(start, end, WRITE_TRANSITION_STEPS + 1).astype(int).tolist()
    blend = list(zip(edges, edges[1:], strict=False))
    before = [(int(BUS_LEFT), int(FORGET_VALVE_LEFT)), (int(FORGET_VALVE_RIGHT), int(start))]
    return (*before, *blend, (edges[-1], int(BUS_RIGHT)))


BUS_SECTIONS = _bus_sections()
"""Left and right of each part of the lines: before, kept, from kept to written, and after."""


class MemoryBands:
    """Draws the lines.

    Parameters
    ----------
    rows : sequence of int
        y of each line; two rows of pixels are a line's.
    tones : sequence of int
        Pitch class of each.
    """

    def __init__(self, rows: Sequence[int], tones: Sequence[int]) -> None:
        self._top = min(rows) // DOWNSCALE_FACTOR * DOWNSCALE_FACTOR
        self._rows = np.array(rows) - self._top
        height = int(self._rows.max()) + 2
        table = np.array(
            [brightness_ramp(PITCH_COLOURS[tone], _LEVELS) for tone in tones], np.uint8
        )
        self._table, self._lines = table, np.arange(len(tones))
        self._pixels = np.zeros((len(BUS_SECTIONS), height, 3), np.uint8)
        self._glow_pixels = np.zeros(
            (len(BUS_SECTIONS), height // DOWNSCALE_FACTOR + 1, 3), np.uint8
        )
        self._column = blank_surface(self._pixels.shape[:2])
        self._glow_column = blank_surface(self._glow_pixels.shape[:2])
        self._wide = [blank_surface((right - left, height)) for left, right in BUS_SECTIONS]
        small = self._glow_column.get_height()
        self._glows = [
            blank_surface((max(1, (right - left) // DOWNSCALE_FACTOR), small))
            for left, right in BUS_SECTIONS
        ]

    def draw(self, surface: pygame.Surface, glow: GlowLayer, levels: Floats) -> None:
        """Draw them; `levels`, shape (stretches, lines), 0..1."""
        self._fill_columns(levels)
        for k, (left, _) in enumerate(BUS_SECTIONS):
            wide, small = self._wide[k], self._glows[k]
            _widen(self._column, k, wide)
            surface.blit(wide, (left, self._top), special_flags=pygame.BLEND_RGB_MAX)
            _widen(self._glow_column, k, small)
            glow.add_picture(small, (left, self._top))

    def _fill_columns(self, levels: Floats) -> None:
        """The columns: each line's row, the row below where it is bright, and what shines."""
        self._pixels[:, self._rows] = self._shade(4.8 + 33 * levels, levels >= 0.03)
        self._pixels[:, self._rows + 1] = self._shade(_LEVELS * levels - 12, levels > 0.30)
        self._glow_pixels[:] = 0
        shine = self._shade(6 * levels, levels > 0.22)
        np.add.at(self._glow_pixels, (slice(None), self._rows // DOWNSCALE_FACTOR), shine)
        pygame.surfarray.blit_array(self._column, self._pixels)
        pygame.surfarray.blit_array(self._glow_column, self._glow_pixels)

    def _shade(self, steps: Floats, lit: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """Colours, shape (stretches, lines, 3), of each line at some of `_LEVELS` steps."""
        step = np.clip(steps, 0, _LEVELS).astype(np.int64)
        return self._table[self._lines, step] * lit[..., None]


def _widen(columns: pygame.Surface, column: int, target: pygame.Surface) -> None:
    """Fill a surface of the same height with one of the columns."""
    one = columns.subsurface((column, 0, 1, columns.get_height()))
    pygame.transform.scale(one, target.get_size(), target)
