"""Loom: a whole small network in one picture. Each column is one memory cell.

From above: what each fact gives the cells, what the cells' gates do, what the cells say for each
key, and at the right the chances that come of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pygame
from numpy.typing import NDArray

from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import LABEL_COLOUR, NOTE_NAMES, PITCH_COLOURS, RULE_COLOUR, mix, shade
from visuals.drawing.typography import TextStyle
from visuals.lessons.drawing.renderer import (
    FORWARD_COLOUR,
    NEGATIVE_COLOUR,
    POSITIVE_COLOUR,
    TEXT_COLOUR,
    LessonRenderer,
)

GRID_LEFT_PX, GRID_TOP_PX, GRID_BOTTOM_PX = 430, 214, 648
COLUMN_WIDTH_PX = 15
BLOCK_GAP_PX = 28
"""Between blocks, where threads run from one to the next."""
MAX_ROW_HEIGHT_PX = 20
"""Most a row is high."""
ROW_LABEL_COLOUR = mix(LABEL_COLOUR, TEXT_COLOUR, 0.4)
_LINE_COLOUR = (4, 5, 9)
_ZERO_COLOUR = np.array((13, 15, 23), np.float32)
_GATE_COLOUR = np.array(FORWARD_COLOUR, np.float32)
_POSITIVE_RGB, _NEGATIVE_RGB = (
    np.array(POSITIVE_COLOUR, np.float32),
    np.array(NEGATIVE_COLOUR, np.float32),
)


@dataclass(frozen=True, slots=True)
class MatrixBlock:
    """Rows of the loom.

    Parameters
    ----------
    top, rows : int
    row : float
        Height of a row, pixels.
    """

    top: int
    row_count: int
    row_height: float

    @property
    def bottom(self) -> int:
        """Where it ends."""
        return self.top + round(self.row_count * self.row_height)

    def row_centre_y(self, row: int) -> float:
        """The height at which a row's words stand."""
        return self.top + (row + 0.5) * self.row_height


def layout_blocks(rows: Sequence[int]) -> tuple[MatrixBlock, ...]:
    """Blocks of so many rows, one above another, as high as there is room for."""
    room = GRID_BOTTOM_PX - GRID_TOP_PX - BLOCK_GAP_PX * (len(rows) - 1)
    row = min(MAX_ROW_HEIGHT_PX, room / sum(rows))
    blocks, top = [], GRID_TOP_PX
    for count in rows:
        blocks.append(MatrixBlock(top, count, row))
        top = blocks[-1].bottom + BLOCK_GAP_PX
    return tuple(blocks)


def column_centre_x(unit: int) -> float:
    """The middle of a cell's column."""
    return GRID_LEFT_PX + (unit + 0.5) * COLUMN_WIDTH_PX


def signed_colours(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Colours of numbers in -1..1, shape (..., 3): gold above 0, blue below."""
    strength = np.clip(np.abs(values), 0.0, 1.0)[..., None]
    return _ZERO_COLOUR + strength * (
        np.where(values[..., None] >= 0, _POSITIVE_RGB, _NEGATIVE_RGB) - _ZERO_COLOUR
    )


def gate_colours(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Colours of gates, 0..1, shape (..., 3): the wider open, the brighter."""
    return _ZERO_COLOUR + np.clip(values, 0.0, 1.0)[..., None] ** 1.5 * (
        _GATE_COLOUR - _ZERO_COLOUR
    )


def draw_squares(
    brush: LessonRenderer,
    rect: pygame.Rect,
    colours: NDArray[np.float32],
    level: float,
    gaps: bool = True,
) -> None:
    """Draw a matrix of colours, shape (rows, columns, 3), as squares that fill `rect`."""
    if level <= 0.02:
        return
    pixels = np.ascontiguousarray(np.swapaxes(colours * level, 0, 1)).astype(np.uint8)
    small = pygame.surfarray.make_surface(pixels)
    brush.surface.blit(pygame.transform.scale(small, rect.size), rect)
    if not gaps:
        return
    brush.surface.blit(_grid_lines(rect.size, *colours.shape[:2]), rect)


@cache
def _grid_lines(size: tuple[int, int], rows: int, columns: int) -> pygame.Surface:
    """Dark lines between squares, nothing in them."""
    grid = blank_surface(size)
    grid.fill((255, 255, 255))
    for k in range(columns + 1):
        x = round(k * size[0] / columns)
        pygame.draw.line(grid, _LINE_COLOUR, (x, 0), (x, size[1]))
    for k in range(rows + 1):
        y = round(k * size[1] / rows)
        pygame.draw.line(grid, _LINE_COLOUR, (0, y), (size[0], y))
    grid.set_colorkey((255, 255, 255), pygame.RLEACCEL)
    return grid


def block_rect(block: MatrixBlock, units: int) -> pygame.Rect:
    """Where the squares of a block lie."""
    return pygame.Rect(GRID_LEFT_PX, block.top, units * COLUMN_WIDTH_PX, block.bottom - block.top)


def draw_connections(
    brush: LessonRenderer,
    top: int,
    values: NDArray[np.float32],
    level: float,
    height: int = BLOCK_GAP_PX,
) -> None:
    """Draw what goes from each cell's column of a block to the one below, -1..1."""
    for unit, value in enumerate(values.tolist()):
        strength = min(1.0, abs(value)) * level
        if strength > 0.04:
            wide = 1 + round(2.4 * strength)
            beam = pygame.Rect(round(column_centre_x(unit) - wide / 2), top + 2, wide, height - 4)
            colour = shade(
                POSITIVE_COLOUR if value >= 0 else NEGATIVE_COLOUR, 0.25 + 0.75 * strength
            )
            brush.vertical_bar(beam, colour, strength)


def label_size_px(block: MatrixBlock) -> int:
    """Of words that fit a row."""
    return 18 if block.row_height >= 16 else 14


def draw_row_labels(
    brush: LessonRenderer,
    block: MatrixBlock,
    names: Sequence[str],
    level: float,
    right: float = GRID_LEFT_PX - 16,
) -> None:
    """Write the name of each row beside it."""
    size = label_size_px(block)
    for row, name in enumerate(names):
        place = (right, block.row_centre_y(row) - 0.72 * size)
        brush.text(name, place, size, ROW_LABEL_COLOUR, level, "right", 0.2)


def draw_pitch_name(
    brush: LessonRenderer, pitch: int, place: Sequence[float], level: float, size: int = 18
) -> None:
    """Write the name of a note (MIDI number) in its colour; `place` is its middle."""
    level = round(16 * level) / 16
    if level > 0:
        style = TextStyle(size, "jost-400", 0.0, shade(PITCH_COLOURS[pitch % 12], level))
        at = (place[0], place[1] - 0.72 * size)
        brush.typesetter.draw_note_name(brush.surface, NOTE_NAMES[pitch % 12], at, style, "centre")


def draw_probabilities(
    brush: LessonRenderer,
    block: MatrixBlock,
    pitches: Sequence[int],
    chances: NDArray[np.float32],
    target: int | None,
    left: int,
    level: float,
    told: float,
) -> None:
    """Draw the chance of each key as a bar and a number; the target's has a mark once told."""
    for row, (pitch, chance) in enumerate(zip(pitches, chances.tolist(), strict=True)):
        y, height = block.row_centre_y(row), max(5, round(block.row_height * 0.62))
        colour = PITCH_COLOURS[pitch % 12]
        draw_pitch_name(brush, pitch, (left + 12, y), level, label_size_px(block))
        bar = pygame.Rect(left + 34, round(y - height / 2), 180, height)
        brush.box(bar, shade(RULE_COLOUR, 0.35 * level), 1, 3)
        bar.width = round(180 * chance)
        if bar.width > 1:
            brush.box(bar, shade(colour, 0.9 * level), 0, 3)
        text = f"{100 * chance:.0f} %" if chance >= 0.095 else f"{100 * chance:.1f} %"
        size = label_size_px(block)
        brush.text(text, (left + 284, y - 0.72 * size), size, ROW_LABEL_COLOUR, level, "right", 0.0)
        if target == pitch and told > 0:
            brush.ring((left + 312, y), 8, shade(TEXT_COLOUR, told), 2, 0.6 * told)
            brush.disc((left + 312, y), 4, shade(TEXT_COLOUR, told))
