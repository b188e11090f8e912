"""A picture of all cells of a network: each a light, gold above zero, blue below."""

from __future__ import annotations

import numpy as np
import pygame
from numpy.typing import NDArray

from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import MARGIN_PX, PICTURE_SIZE_PX, Colour
from visuals.lessons.drawing.renderer import NEGATIVE_COLOUR, POSITIVE_COLOUR, LessonRenderer

LAYER_GAP_PX = 190
"""Between two layers in the middle of the picture, pixels."""
_LARGE_SIZE_PX, _LARGE_TOP_PX = 500, 226
"""There: the width of each at the most, and where they begin."""
_SIDE_COLUMN_RECT = pygame.Rect(100, 216, 300, 556)
"""The same at the left, one below the other."""
_SIDE_COLUMN_GAP_PX = 46
_SMOOTHING_S = 0.09
"""Seconds in which a light follows most of the way."""
_UNLIT_COLOUR: Colour = (16, 19, 30)


class CellGrid:
    """Squares of cells, one for each layer.

    Parameters
    ----------
    layers, units : int

    Attributes
    ----------
    layers : int
    """

    def __init__(self, layers: int, units: int) -> None:
        self.layers, self._units = layers, units
        self._column_count = grid_columns(units)
        self._cell_pixels = blank_surface((self._column_count, self._column_count))
        self._mask = _disc_mask(self._column_count, max(4, _LARGE_SIZE_PX // self._column_count))
        self._scaled_mask = self._mask
        self._levels: NDArray[np.float64] | None = None
        self._smoothed_at = 0.0

    def layer_rect(self, layer: int, aside: float = 1.0) -> pygame.Rect:
        """Where a layer is drawn: large in the middle, or `aside` (0..1)."""
        count = self.layers
        small = min(
            _SIDE_COLUMN_RECT.width,
            (_SIDE_COLUMN_RECT.height - _SIDE_COLUMN_GAP_PX * (count - 1)) // count,
        )
        large = min(
            _LARGE_SIZE_PX,
            (PICTURE_SIZE_PX[0] - 2 * MARGIN_PX - LAYER_GAP_PX * (count - 1)) // count,
        )
        left = (PICTURE_SIZE_PX[0] - count * large - (count - 1) * LAYER_GAP_PX) / 2 + layer * (
            large + LAYER_GAP_PX
        )
        middle = np.array((left, _LARGE_TOP_PX, large))
        beside = np.array(
            (
                _SIDE_COLUMN_RECT.left,
                _SIDE_COLUMN_RECT.top + layer * (small + _SIDE_COLUMN_GAP_PX),
                small,
            )
        )
        x, y, side = (middle + (beside - middle) * aside).tolist()
        return pygame.Rect(round(x), round(y), round(side), round(side))

    def cell_centre(self, layer: int, unit: int, aside: float = 1.0) -> tuple[float, float, float]:
        """Middle of a cell, and how wide it is."""
        rect = self.layer_rect(layer, aside)
        cell = rect.width / self._column_count
        x = rect.left + cell * (unit % self._column_count + 0.5)
        return x, rect.top + cell * (unit // self._column_count + 0.5), cell

    def cell_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Layer and number of the cell at a point, all of them aside."""
        for layer in range(self.layers):
            rect = self.layer_rect(layer)
            if rect.collidepoint(x, y):
                cell = rect.width / self._column_count
                column, row = int((x - rect.left) / cell), int((y - rect.top) / cell)
                unit = row * self._column_count + column
                return (layer, unit) if column < self._column_count and unit < self._units else None
        return None

    def draw(
        self, brush: LessonRenderer, said: NDArray[np.float32] | None, time: float, aside: float
    ) -> None:
        """Draw what cells say, shape (layers, units), followed softly; `time` in seconds."""
        lights = self._smooth_activations(said, time)
        for layer in range(self.layers):
            rect = self.layer_rect(layer, aside)
            pygame.surfarray.blit_array(self._cell_pixels, self._level_colours(lights[layer]))
            large = pygame.transform.scale(self._cell_pixels, rect.size)
            if self._scaled_mask.get_size() != rect.size:
                self._scaled_mask = pygame.transform.smoothscale(self._mask, rect.size)
            large.blit(self._scaled_mask, (0, 0), special_flags=pygame.BLEND_RGB_MULT)
            brush.surface.blit(large, rect, special_flags=pygame.BLEND_RGB_MAX)

    def _smooth_activations(
        self, said: NDArray[np.float32] | None, time: float
    ) -> NDArray[np.float64]:
        if said is None:
            self._levels = None
            return np.zeros((self.layers, self._units))
        if self._levels is None:
            self._levels = said.astype(np.float64)
        share = 1.0 - np.exp(-max(0.0, time - self._smoothed_at) / _SMOOTHING_S)
        self._levels = self._levels + share * (said - self._levels)
        self._smoothed_at = time
        return self._levels

    def _level_colours(self, lights: NDArray[np.float64]) -> NDArray[np.uint8]:
        """Row by row, shape (across, across, 3), x first."""
        values = np.zeros(self._column_count**2)
        values[: self._units] = lights
        bright = np.abs(values)[:, None] ** 0.8
        tint = np.where(values[:, None] >= 0, np.array(POSITIVE_COLOUR), np.array(NEGATIVE_COLOUR))
        colours = np.array(_UNLIT_COLOUR) * (1.0 - bright) + tint * bright
        colours[self._units :] = 0.0
        square = colours.astype(np.uint8).reshape(self._column_count, self._column_count, 3)
        return square.swapaxes(0, 1)


def grid_columns(units: int) -> int:
    """Cells in a row of the picture of a layer."""
    return int(np.ceil(np.sqrt(units)))


def _disc_mask(across: int, size: int) -> pygame.Surface:
    """A white disc for each cell, to be multiplied with."""
    mask = blank_surface((across * size, across * size))
    for row in range(across):
        for column in range(across):
            centre = ((column + 0.5) * size, (row + 0.5) * size)
            pygame.draw.aacircle(mask, (255, 255, 255), centre, max(1.5, size * 0.36))
    return mask
