"""Bands: all lines of the bus at once, as bright on each stretch as what they hold there.

A thousand strips would have to be filled one by one with each frame. Instead one column of pixels a
stretch is written, made as wide as the stretch, and laid over the picture.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame
from numpy.typing import NDArray

from visuals.drawing.bloom import SHRINK, Glow
from visuals.drawing.sprites import blank
from visuals.drawing.theme import PITCH_COLOURS, steps_of
from visuals.scenes.circuit.layout import BUS_LEFT, BUS_RIGHT, FORGET, WRITE, Floats

LEFT_OF = FORGET.x - FORGET.radius - 12
RIGHT_OF = FORGET.x + FORGET.radius + 12
BLEND_STEPS = 7
_BLEND = 52.0
"""Half the width over which the kept becomes the written, pixels."""
_LEVELS = 40


def _stretches() -> tuple[tuple[int, int], ...]:
    start, end = WRITE.x - _BLEND, WRITE.x + _BLEND
    edges = np.linspace(start, end, BLEND_STEPS + 1).astype(int).tolist()
    blend = list(zip(edges, edges[1:], strict=False))
    before = [(int(BUS_LEFT), int(LEFT_OF)), (int(RIGHT_OF), int(start))]
    return (*before, *blend, (edges[-1], int(BUS_RIGHT)))


STRETCHES = _stretches()
"""Left and right of each part of the lines: before, kept, from kept to written, and after."""


class Bands:
    """Draws the lines.

    Parameters
    ----------
    rows : sequence of int
        y of each line; two rows of pixels are a line's.
    tones : sequence of int
        Pitch class of each.
    """

    def __init__(self, rows: Sequence[int], tones: Sequence[int]) -> None:
        self._top = min(rows) // SHRINK * SHRINK
        self._rows = np.array(rows) - self._top
        height = int(self._rows.max()) + 2
        table = np.array([steps_of(PITCH_COLOURS[tone], _LEVELS) for tone in tones], np.uint8)
        self._table, self._lines = table, np.arange(len(tones))
        self._pixels = np.zeros((len(STRETCHES), height, 3), np.uint8)
        self._shine = np.zeros((len(STRETCHES), height // SHRINK + 1, 3), np.uint8)
        self._column = blank(self._pixels.shape[:2])
        self._small = blank(self._shine.shape[:2])
        self._wide = [blank((right - left, height)) for left, right in STRETCHES]
        small = self._small.get_height()
        self._glows = [
            blank((max(1, (right - left) // SHRINK), small)) for left, right in STRETCHES
        ]

    def draw(self, surface: pygame.Surface, glow: Glow, levels: Floats) -> None:
        """Draw them; `levels`, shape (stretches, lines), 0..1."""
        self._write(levels)
        for k, (left, _) in enumerate(STRETCHES):
            wide, small = self._wide[k], self._glows[k]
            _widen(self._column, k, wide)
            surface.blit(wide, (left, self._top), special_flags=pygame.BLEND_RGB_MAX)
            _widen(self._small, k, small)
            glow.add(small, (left, self._top))

    def _write(self, levels: Floats) -> None:
        """The columns: each line's row, the row below where it is bright, and what shines."""
        self._pixels[:, self._rows] = self._shade(4.8 + 33 * levels, levels >= 0.03)
        self._pixels[:, self._rows + 1] = self._shade(_LEVELS * levels - 12, levels > 0.30)
        self._shine[:] = 0
        shine = self._shade(6 * levels, levels > 0.22)
        np.add.at(self._shine, (slice(None), self._rows // SHRINK), shine)
        pygame.surfarray.blit_array(self._column, self._pixels)
        pygame.surfarray.blit_array(self._small, self._shine)

    def _shade(self, steps: Floats, lit: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """Colours, shape (stretches, lines, 3), of each line at some of `_LEVELS` steps."""
        step = np.clip(steps, 0, _LEVELS).astype(np.int64)
        return self._table[self._lines, step] * lit[..., None]


def _widen(columns: pygame.Surface, column: int, target: pygame.Surface) -> None:
    """Fill a surface of the same height with one of the columns."""
    one = columns.subsurface((column, 0, 1, columns.get_height()))
    pygame.transform.scale(one, target.get_size(), target)
