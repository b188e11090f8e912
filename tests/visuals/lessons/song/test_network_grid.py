from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from tests.walkthroughs import walk_to
from visuals.drawing.picture_layout import CLASSIC, LANDSCAPE, PORTRAIT
from visuals.lessons.drawing.part_layout import place_parts
from visuals.lessons.drawing.shapes import LEAST_SIZE_PX
from visuals.lessons.song.lesson import SongLesson
from visuals.lessons.song.network_grid import (
    BLOCK_GAP_PX,
    GRID_BOTTOM_PX,
    GRID_TOP_PX,
    SMALL_GAP_PX,
    gate_colours,
    layout_blocks,
    signed_colours,
)
from visuals.words import load_words


@pytest.mark.parametrize("has_low_rows", [False, True])
@pytest.mark.parametrize("rows", [(8, 6, 8), (9, 4, 4, 8), (1, 1, 1)])
def test_blocks_fit_the_grid_with_gaps(rows, has_low_rows):
    blocks = layout_blocks(rows, has_low_rows=has_low_rows)
    assert [block.row_count for block in blocks] == list(rows)
    assert blocks[0].top == GRID_TOP_PX
    assert blocks[-1].bottom <= GRID_BOTTOM_PX + 1
    gaps = [low.top - high.bottom for high, low in zip(blocks, blocks[1:], strict=False)]
    assert set(gaps) == {BLOCK_GAP_PX if len(rows) <= 3 else SMALL_GAP_PX}
    for block in blocks:
        assert block.top < block.row_centre_y(0) <= block.row_centre_y(block.row_count - 1)
        assert block.row_centre_y(block.row_count - 1) < block.bottom


@pytest.mark.parametrize(
    ("rows", "layout"),
    [
        *product([(9, 6, 8), (9, 4, 4, 8)], [LANDSCAPE, PORTRAIT]),
        *product([(9, 4, 8), (9, 4, 4, 8)], [CLASSIC]),
    ],
)
def test_the_names_of_all_rows_can_be_read_with_the_most_pitches(rows, layout):
    lesson = SongLesson(load_words())
    lesson.set_layout(layout)
    walk_to(lesson.walkthrough, "chances")
    wall = place_parts(lesson.parts(), layout.lesson_rect)[0]
    bottom = GRID_BOTTOM_PX + wall.source.bottom - LANDSCAPE.lesson_rect.bottom
    if layout.is_upright:
        bottom = GRID_BOTTOM_PX
    blocks = layout_blocks(rows, bottom, len(rows) > 3)
    sizes = [block.label_size_px for block in (blocks[1:] if len(rows) > 3 else blocks)]
    assert min(sizes) * wall.scale >= LEAST_SIZE_PX


def test_larger_numbers_are_brighter_and_signs_differ():
    colours = signed_colours(np.array([-1.0, -0.2, 0.0, 0.2, 1.0], np.float32))
    bright = colours.sum(axis=1).tolist()
    assert bright[0] > bright[1] > bright[2] < bright[3] < bright[4]
    assert not np.allclose(colours[0], colours[4])
    gates = gate_colours(np.array([0.0, 0.5, 1.0], np.float32)).sum(axis=1).tolist()
    assert gates == sorted(gates)
