"""A picture of all cells of a network: each a light, gold above zero, blue below."""

from __future__ import annotations

import numpy as np
import pygame
from numpy.typing import NDArray

from visuals.drawing.sprites import blank
from visuals.drawing.theme import MARGIN, SIZE, Colour
from visuals.lessons.drawing.renderer import DISLIKE, LIKE, Brush

APART = 190
"""Between two layers in the middle of the picture, pixels."""
_LARGE, _LARGE_TOP = 500, 226
"""There: the width of each at the most, and where they begin."""
_BESIDE = pygame.Rect(100, 216, 300, 556)
"""The same at the left, one below the other."""
_GAP = 46
_SOFT = 0.09
"""Seconds in which a light follows most of the way."""
_DARK: Colour = (16, 19, 30)


class CellPicture:
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
        self._across = columns(units)
        self._small = blank((self._across, self._across))
        self._mask = _discs(self._across, max(4, _LARGE // self._across))
        self._fitted = self._mask
        self._lights: NDArray[np.float64] | None = None
        self._lit_at = 0.0

    def rect(self, layer: int, aside: float = 1.0) -> pygame.Rect:
        """Where a layer is drawn: large in the middle, or `aside` (0..1)."""
        count = self.layers
        small = min(_BESIDE.width, (_BESIDE.height - _GAP * (count - 1)) // count)
        large = min(_LARGE, (SIZE[0] - 2 * MARGIN - APART * (count - 1)) // count)
        left = (SIZE[0] - count * large - (count - 1) * APART) / 2 + layer * (large + APART)
        middle = np.array((left, _LARGE_TOP, large))
        beside = np.array((_BESIDE.left, _BESIDE.top + layer * (small + _GAP), small))
        x, y, side = (middle + (beside - middle) * aside).tolist()
        return pygame.Rect(round(x), round(y), round(side), round(side))

    def place(self, layer: int, unit: int, aside: float = 1.0) -> tuple[float, float, float]:
        """Middle of a cell, and how wide it is."""
        rect = self.rect(layer, aside)
        cell = rect.width / self._across
        x = rect.left + cell * (unit % self._across + 0.5)
        return x, rect.top + cell * (unit // self._across + 0.5), cell

    def cell_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Layer and number of the cell at a point, all of them aside."""
        for layer in range(self.layers):
            rect = self.rect(layer)
            if rect.collidepoint(x, y):
                cell = rect.width / self._across
                column, row = int((x - rect.left) / cell), int((y - rect.top) / cell)
                unit = row * self._across + column
                return (layer, unit) if column < self._across and unit < self._units else None
        return None

    def draw(
        self, brush: Brush, said: NDArray[np.float32] | None, time: float, aside: float
    ) -> None:
        """Draw what cells say, shape (layers, units), followed softly; `time` in seconds."""
        lights = self._follow(said, time)
        for layer in range(self.layers):
            rect = self.rect(layer, aside)
            pygame.surfarray.blit_array(self._small, self._colours(lights[layer]))
            large = pygame.transform.scale(self._small, rect.size)
            if self._fitted.get_size() != rect.size:
                self._fitted = pygame.transform.smoothscale(self._mask, rect.size)
            large.blit(self._fitted, (0, 0), special_flags=pygame.BLEND_RGB_MULT)
            brush.surface.blit(large, rect, special_flags=pygame.BLEND_RGB_MAX)

    def _follow(self, said: NDArray[np.float32] | None, time: float) -> NDArray[np.float64]:
        if said is None:
            self._lights = None
            return np.zeros((self.layers, self._units))
        if self._lights is None:
            self._lights = said.astype(np.float64)
        share = 1.0 - np.exp(-max(0.0, time - self._lit_at) / _SOFT)
        self._lights = self._lights + share * (said - self._lights)
        self._lit_at = time
        return self._lights

    def _colours(self, lights: NDArray[np.float64]) -> NDArray[np.uint8]:
        """Row by row, shape (across, across, 3), x first."""
        values = np.zeros(self._across**2)
        values[: self._units] = lights
        bright = np.abs(values)[:, None] ** 0.8
        tint = np.where(values[:, None] >= 0, np.array(LIKE), np.array(DISLIKE))
        colours = np.array(_DARK) * (1.0 - bright) + tint * bright
        colours[self._units :] = 0.0
        square = colours.astype(np.uint8).reshape(self._across, self._across, 3)
        return square.swapaxes(0, 1)


def columns(units: int) -> int:
    """Cells in a row of the picture of a layer."""
    return int(np.ceil(np.sqrt(units)))


def _discs(across: int, size: int) -> pygame.Surface:
    """A white disc for each cell, to be multiplied with."""
    mask = blank((across * size, across * size))
    for row in range(across):
        for column in range(across):
            centre = ((column + 0.5) * size, (row + 0.5) * size)
            pygame.draw.aacircle(mask, (255, 255, 255), centre, max(1.5, size * 0.36))
    return mask
