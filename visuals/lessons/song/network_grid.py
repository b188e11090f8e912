"""Network grid: a whole small network in one picture, with a column for each cell.

From the top: the contributions of the inputs, the gates of the cells, the contributions of the
cells to each pitch, and at the right the resulting probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pygame

from rnn.model.arrays import Array
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import (
    LABEL_COLOUR,
    PITCH_COLOURS,
    RULE_COLOUR,
    TEXT_COLOUR,
    Colour,
    mix,
    shade,
)
from visuals.lessons.drawing.colours import (
    FORWARD_COLOUR,
    NEGATIVE_COLOUR,
    POSITIVE_COLOUR,
    sign_colour,
)
from visuals.lessons.drawing.renderer import LessonRenderer

GRID_LEFT_PX, GRID_TOP_PX, GRID_BOTTOM_PX = 430, 198, 654
COLUMN_WIDTH_PX = 15
BLOCK_GAP_PX, SMALL_GAP_PX = 20, 14
"""Gap between two blocks, for the connections; the small one between more than three blocks."""
LOW_ROW_HEIGHT_PX, MAX_ROW_HEIGHT_PX = 8, 23
"""Height of a row without a name, and greatest height of a row."""
PROBABILITY_WIDTH_PX = 180  # width of a bar for probability 1
_LEAST_GAP_PX = 0.05  # gap between the letters of two rows
ROW_LABEL_COLOUR = mix(LABEL_COLOUR, TEXT_COLOUR, 0.4)
_LINE_COLOUR = (4, 5, 9)
_ZERO_RGB, _GATE_RGB, _POSITIVE_RGB, _NEGATIVE_RGB = (
    np.array(colour, np.float32)
    for colour in ((13, 15, 23), FORWARD_COLOUR, POSITIVE_COLOUR, NEGATIVE_COLOUR)
)


@dataclass(frozen=True, slots=True)
class MatrixBlock:
    """Some rows of the grid; sizes in pixels."""

    top: int
    row_count: int
    row_height: float
    gap: int = BLOCK_GAP_PX  # to the block below

    @property
    def bottom(self) -> int:
        """Lower edge, pixels."""
        return self.top + round(self.row_count * self.row_height)

    @property
    def label_size_px(self) -> int:
        """Size of text that fits a row."""
        return min(26, int(self.row_height - _LEAST_GAP_PX))

    @property
    def has_room(self) -> bool:
        """Whether the text of the rows may grow where they are shown smaller."""
        return self.row_height > 1.5 * self.label_size_px

    def row_centre_y(self, row: int) -> float:
        """Vertical centre of a row, pixels."""
        return self.top + (row + 0.5) * self.row_height

    def rect(self, units: int) -> pygame.Rect:
        """Rectangle of the block's squares, with a column for each unit."""
        return pygame.Rect(GRID_LEFT_PX, self.top, units * COLUMN_WIDTH_PX, self.bottom - self.top)

    def square(self, row: int, unit: int) -> pygame.Rect:
        """Rectangle of one square."""
        top, bottom = (round(self.top + (row + k) * self.row_height) for k in (0, 1))
        left = GRID_LEFT_PX + unit * COLUMN_WIDTH_PX
        return pygame.Rect(left, top, COLUMN_WIDTH_PX, bottom - top)

    def draw_row_text(
        self,
        renderer: LessonRenderer,
        row: int,
        text: str,
        right: float,
        level: float,
        tracking: float = 0.2,
    ) -> None:
        """Write a text in a row, up to its right edge."""
        place = (right, self.row_centre_y(row) - 0.72 * self.label_size_px)
        size, grows = self.label_size_px, self.has_room
        renderer.text(text, place, size, ROW_LABEL_COLOUR, level, "right", tracking, grows)

    def draw_row_labels(
        self,
        renderer: LessonRenderer,
        names: Sequence[str],
        level: float,
        right: float = GRID_LEFT_PX - 16,
    ) -> None:
        """Write the name of each row beside it."""
        for row, name in enumerate(names):
            self.draw_row_text(renderer, row, name, right, level)

    def draw_pitch_name(
        self, renderer: LessonRenderer, row: int, pitch: int, x: float, level: float
    ) -> None:
        """Write the name of a pitch (MIDI number) in a row, centred at `x`."""
        level = round(16 * level) / 16
        if level > 0:
            place = (x, self.row_centre_y(row) - 0.72 * self.label_size_px)
            renderer.note_name(pitch, place, self.label_size_px, level, grows=self.has_room)


def layout_blocks(
    row_counts: Sequence[int], bottom: int = GRID_BOTTOM_PX, has_low_rows: bool = False
) -> tuple[MatrixBlock, ...]:
    """Blocks of these numbers of rows, one below the other, as high as they fit.

    The first block may have low rows, without names: the others are the higher for it.
    """
    gap = BLOCK_GAP_PX if len(row_counts) <= 3 else SMALL_GAP_PX
    room = bottom - GRID_TOP_PX - gap * (len(row_counts) - 1)
    low_count = row_counts[0] if has_low_rows else 0
    high_count = sum(row_counts) - low_count
    height = min(MAX_ROW_HEIGHT_PX, (room - LOW_ROW_HEIGHT_PX * low_count) / high_count)
    blocks, top = [], GRID_TOP_PX
    for number, count in enumerate(row_counts):
        is_low = has_low_rows and number == 0
        blocks.append(MatrixBlock(top, count, LOW_ROW_HEIGHT_PX if is_low else height, gap))
        top = blocks[-1].bottom + gap
    return tuple(blocks)


def signed_colours(values: Array) -> Array:
    """Colours of numbers in -1..1, shape (..., 3): gold above 0, blue below."""
    strength = np.clip(np.abs(values), 0.0, 1.0)[..., None]
    tint = np.where(values[..., None] >= 0, _POSITIVE_RGB, _NEGATIVE_RGB)
    return _ZERO_RGB + strength * (tint - _ZERO_RGB)


def gate_colours(values: Array) -> Array:
    """Colours of gates in 0..1, shape (..., 3): the more open, the brighter."""
    return _ZERO_RGB + np.clip(values, 0.0, 1.0)[..., None] ** 1.5 * (_GATE_RGB - _ZERO_RGB)


def draw_squares(
    renderer: LessonRenderer, rect: pygame.Rect, colours: Array, level: float, gaps: bool = True
) -> None:
    """Draw a matrix of colours, shape (rows, columns, 3), as squares that fill a rectangle."""
    if level <= 0.02:
        return
    pixels = np.ascontiguousarray(np.swapaxes(colours * level, 0, 1)).astype(np.uint8)
    small = pygame.surfarray.make_surface(pixels)
    renderer.surface.blit(pygame.transform.scale(small, rect.size), rect)
    if gaps:
        renderer.surface.blit(_grid_lines(rect.size, *colours.shape[:2]), rect)


@cache
def _grid_lines(size: tuple[int, int], rows: int, columns: int) -> pygame.Surface:
    """Dark lines between the squares, on transparent ground."""
    grid, (width, height) = blank_surface(size), size
    grid.fill((255, 255, 255))
    for k in range(columns + 1):
        x = round(k * width / columns)
        pygame.draw.line(grid, _LINE_COLOUR, (x, 0), (x, height))
    for k in range(rows + 1):
        y = round(k * height / rows)
        pygame.draw.line(grid, _LINE_COLOUR, (0, y), (width, y))
    grid.set_colorkey((255, 255, 255), pygame.RLEACCEL)
    return grid


def draw_connections(
    renderer: LessonRenderer, block: MatrixBlock, values: Array, level: float
) -> None:
    """Draw each cell's value, -1..1, as a beam to the block below."""
    for unit, value in enumerate(values.tolist()):
        strength = min(1.0, abs(value)) * level
        if strength > 0.04:
            x, width = GRID_LEFT_PX + (unit + 0.5) * COLUMN_WIDTH_PX, 1 + round(2.4 * strength)
            beam = pygame.Rect(round(x - width / 2), block.bottom + 2, width, block.gap - 4)
            renderer.vertical_bar(beam, shade(sign_colour(value), 0.25 + 0.75 * strength), strength)


def draw_probabilities(
    renderer: LessonRenderer,
    block: MatrixBlock,
    pitches: Sequence[int],
    probabilities: Array,
    target: int,
    left: int,
    level: float,
    target_level: float,
) -> None:
    """Draw the probability of each pitch as a bar and a number, and mark the target."""
    height = max(5, round(block.row_height * 0.62))
    for row, (pitch, share) in enumerate(zip(pitches, probabilities.tolist(), strict=True)):
        y, colour = block.row_centre_y(row), PITCH_COLOURS[pitch % 12]
        block.draw_pitch_name(renderer, row, pitch, left + 12, level)
        bar = pygame.Rect(left + 34, round(y - height / 2), PROBABILITY_WIDTH_PX, height)
        renderer.box(bar, shade(RULE_COLOUR, 0.35 * level), 1, 3)
        bar.width = round(PROBABILITY_WIDTH_PX * share)
        if bar.width > 1:
            renderer.box(bar, shade(colour, 0.9 * level), 0, 3)
        block.draw_row_text(renderer, row, format_share(share), left + 284, level, 0.0)
        if target == pitch and target_level > 0:
            mark: Colour = shade(TEXT_COLOUR, target_level)
            renderer.ring((left + 312, y), 8, mark, 2, 0.6 * target_level)
            renderer.disc((left + 312, y), 4, mark)


def format_share(share: float) -> str:
    """Write a share, 0..1, as a percentage."""
    return f"{100 * share:.{0 if share >= 0.095 else 1}f} %"
