from __future__ import annotations

from dataclasses import replace

import numpy as np
import pygame
import pytest

from visuals.drawing.bloom import GlowLayer
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.scenes.base.geometry import clock_directions
from visuals.scenes.circuit.layout import LANDSCAPE_PLACES as PLACES
from visuals.scenes.circuit.layout import lay_out_circuit
from visuals.scenes.circuit.memory_bus import MemoryBus, bus_sections
from visuals.scenes.circuit.memory_cells import LineHighlight, MemoryCellStates

LINES = 4
HEIGHTS = lay_out_circuit(LINES).line_heights
BUS_SECTIONS = bus_sections(PLACES)
OPENING = PLACES.forget.centre + clock_directions(60) * 100
EMPTY = MemoryCellStates(*[np.zeros(LINES)] * 8)


def drawn(cells: MemoryCellStates, highlights=()) -> np.ndarray:
    surface, glow = blank_surface(PICTURE_SIZE_PX), GlowLayer(pygame.Rect(64, 144, 1792, 848))
    bus = MemoryBus(HEIGHTS, [0, 3, 6, 9])
    bus.draw(surface, glow, cells, OPENING, list(highlights), 0.0)
    return pygame.surfarray.array3d(surface).astype(int).sum(axis=2)


def light_of(picture: np.ndarray, line: int, section: int) -> float:
    left, right = BUS_SECTIONS[section]
    return picture[left:right, int(HEIGHTS[line])].mean()


def test_sections_cover_the_bus_but_for_the_forget_valve():
    assert BUS_SECTIONS[0][0] == PLACES.bus_left
    assert BUS_SECTIONS[-1][1] == PLACES.bus_right
    assert all(a[1] == b[0] for a, b in zip(BUS_SECTIONS[1:], BUS_SECTIONS[2:], strict=False))
    assert BUS_SECTIONS[0][1] < PLACES.forget.x < BUS_SECTIONS[1][0]


@pytest.mark.parametrize(
    ("state", "section"),
    [("previous_cell_state", 0), ("retained_cell_state", 1), ("cell_state", -1)],
)
def test_each_section_shows_its_own_cell_state(state, section):
    picture = drawn(replace(EMPTY, **{state: np.array([0.0, 3.0, 0.0, 0.0])}))
    lights = [light_of(picture, line, section) for line in range(LINES)]
    assert lights[1] > 100
    assert max(lights[0], lights[2], lights[3]) == 0


def test_the_forget_valve_shows_the_retained_state_in_its_opening():
    picture = drawn(replace(EMPTY, retained_cell_state=np.full(LINES, 3.0)))
    middle = int(PLACES.forget.x)
    lit = [bool(picture[middle, int(y)]) for y in HEIGHTS]
    assert lit == [abs(y - PLACES.forget.y) < 98 for y in HEIGHTS]


def test_a_highlighted_line_is_three_pixels_wide():
    cells, row = replace(EMPTY, cell_state=np.full(LINES, 3.0)), int(HEIGHTS[2])
    plain, highlighted = drawn(cells), drawn(cells, [LineHighlight(2, 1.0)])
    assert not plain[1700, row - 1]
    assert highlighted[1700, row - 1]
