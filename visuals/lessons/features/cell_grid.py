"""Cell grid: all units of a network as lights, gold for positive and blue for negative states."""

from __future__ import annotations

import numpy as np
import pygame
from numpy.typing import NDArray

from rnn.model.arrays import Array
from rnn.teaching.perceptron import Floats
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import MARGIN_PX, PICTURE_SIZE_PX, Colour
from visuals.lessons.drawing.colours import NEGATIVE_COLOUR, POSITIVE_COLOUR
from visuals.lessons.drawing.renderer import LessonRenderer

LAYER_GAP_PX = 190  # gap between two layers in the middle of the picture
_LARGE_SIZE_PX, _LARGE_TOP_PX = 500, 226
"""Largest width of a layer in the middle of the picture, and its top."""
_SIDE_COLUMN_RECT, _SIDE_COLUMN_GAP_PX = pygame.Rect(100, 216, 300, 556), 46
"""Frame of the layers in a column at the side, and the gap between them."""
_SMOOTHING_S = 0.09  # time constant of the lights, s
_UNLIT_COLOUR: Colour = (16, 19, 30)


class CellGrid:
    """A square of lights for each layer."""

    def __init__(self, layers: int, units: int) -> None:
        self.layers, self._units = layers, units
        self._column_count = grid_columns(units)
        self._cell_pixels = blank_surface((self._column_count, self._column_count))
        self._mask = _disc_mask(self._column_count, max(4, _LARGE_SIZE_PX // self._column_count))
        self._scaled_mask = self._mask
        self._levels: Floats | None = None
        self._smoothed_at = 0.0

    def layer_rect(self, layer: int, aside: float = 1.0) -> pygame.Rect:
        """Square of a layer: in the middle of the picture (`aside` 0) to the side column (1)."""
        count, column = self.layers, _SIDE_COLUMN_RECT
        room = column.height - _SIDE_COLUMN_GAP_PX * (count - 1)
        small = min(column.width, room // count)
        room = PICTURE_SIZE_PX[0] - 2 * MARGIN_PX - LAYER_GAP_PX * (count - 1)
        large = min(_LARGE_SIZE_PX, room // count)
        left = (PICTURE_SIZE_PX[0] - count * large - (count - 1) * LAYER_GAP_PX) / 2
        middle = np.array((left + layer * (large + LAYER_GAP_PX), _LARGE_TOP_PX, large))
        top = column.top + layer * (small + _SIDE_COLUMN_GAP_PX)
        beside = np.array((column.left, top, small))
        x, y, side = (middle + (beside - middle) * aside).tolist()
        return pygame.Rect(round(x), round(y), round(side), round(side))

    def cell_centre(self, layer: int, unit: int, aside: float = 1.0) -> tuple[float, float, float]:
        """Centre (x, y) and width of a unit's light."""
        rect = self.layer_rect(layer, aside)
        cell = rect.width / self._column_count
        row, column = divmod(unit, self._column_count)
        return rect.left + cell * (column + 0.5), rect.top + cell * (row + 0.5), cell

    def cell_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Layer and index of the unit at a point of the side column, if any."""
        for layer in range(self.layers):
            rect = self.layer_rect(layer)
            if rect.collidepoint(x, y):
                cell = rect.width / self._column_count
                column, row = int((x - rect.left) / cell), int((y - rect.top) / cell)
                unit = row * self._column_count + column
                return (layer, unit) if column < self._column_count and unit < self._units else None
        return None

    def draw(
        self, renderer: LessonRenderer, activations: Array | None, time_s: float, aside: float
    ) -> None:
        """Draw hidden states, shape (layers, units), smoothed over time; None is dark."""
        levels = self._smooth_activations(activations, time_s)
        for layer in range(self.layers):
            rect = self.layer_rect(layer, aside)
            pygame.surfarray.blit_array(self._cell_pixels, self._level_colours(levels[layer]))
            large = pygame.transform.scale(self._cell_pixels, rect.size)
            if self._scaled_mask.get_size() != rect.size:
                self._scaled_mask = pygame.transform.smoothscale(self._mask, rect.size)
            large.blit(self._scaled_mask, (0, 0), special_flags=pygame.BLEND_RGB_MULT)
            renderer.surface.blit(large, rect, special_flags=pygame.BLEND_RGB_MAX)

    def _smooth_activations(self, activations: Array | None, time_s: float) -> Floats:
        if activations is None:
            self._levels = None
            return np.zeros((self.layers, self._units))
        if self._levels is None:
            self._levels = activations.astype(np.float64)
        share = 1.0 - np.exp(-max(0.0, time_s - self._smoothed_at) / _SMOOTHING_S)
        self._levels = self._levels + share * (activations - self._levels)
        self._smoothed_at = time_s
        return self._levels

    def _level_colours(self, levels: Floats) -> NDArray[np.uint8]:
        """Colours of one layer's units, shape (columns, rows, 3)."""
        values = np.zeros(self._column_count**2)
        values[: self._units] = levels
        bright = np.abs(values)[:, None] ** 0.8
        tint = np.where(values[:, None] >= 0, np.array(POSITIVE_COLOUR), np.array(NEGATIVE_COLOUR))
        colours = np.array(_UNLIT_COLOUR) * (1.0 - bright) + tint * bright
        colours[self._units :] = 0.0
        square = colours.astype(np.uint8).reshape(self._column_count, self._column_count, 3)
        return square.swapaxes(0, 1)


def grid_columns(units: int) -> int:
    """Number of lights in a row of a layer's square."""
    return int(np.ceil(np.sqrt(units)))


def _disc_mask(columns: int, size: int) -> pygame.Surface:
    """White discs, `size` pixels apart, to multiply the cells with."""
    mask = blank_surface((columns * size, columns * size))
    for row in range(columns):
        for column in range(columns):
            centre = ((column + 0.5) * size, (row + 0.5) * size)
            pygame.draw.aacircle(mask, (255, 255, 255), centre, max(1.5, size * 0.36))
    return mask
