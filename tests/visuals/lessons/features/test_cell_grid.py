from __future__ import annotations

import numpy as np
import pygame
import pytest

from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.lessons.drawing.renderer import LessonRenderer
from visuals.lessons.features.cell_grid import CellGrid, grid_columns


@pytest.mark.parametrize(("layers", "units"), [(1, 48), (2, 9), (3, 256)])
def test_a_light_is_found_at_its_centre(layers, units):
    grid = CellGrid(layers, units)
    for layer in range(layers):
        for unit in (0, units // 2, units - 1):
            x, y, width = grid.cell_centre(layer, unit)
            assert grid.cell_at(x, y) == (layer, unit)
            assert width == grid.layer_rect(layer).width / grid_columns(units)
    assert grid.cell_at(5, 5) is None


@pytest.mark.parametrize("aside", [0.0, 1.0])
def test_layers_do_not_overlap(aside):
    rects = [CellGrid(3, 100).layer_rect(layer, aside) for layer in range(3)]
    assert all(rect.collidelist(rects[k + 1 :]) == -1 for k, rect in enumerate(rects))


def test_an_active_unit_is_brighter(resources):
    renderer, grid = LessonRenderer(resources.typesetter), CellGrid(1, 4)
    renderer.begin_frame(blank_surface(PICTURE_SIZE_PX))
    grid.draw(renderer, np.array([[0.0, 1.0, -1.0, 0.0]], np.float32), 0.0, 0.0)
    bright = [sum(_pixel(renderer.surface, grid.cell_centre(0, unit, 0.0))) for unit in range(4)]
    assert min(bright[1:3]) > 2 * max(bright[0], bright[3])


def _pixel(surface: pygame.Surface, place: tuple[float, float, float]) -> tuple[int, ...]:
    return surface.get_at((round(place[0]), round(place[1])))[:3]
