from __future__ import annotations

import numpy as np
import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visuals.drawing.line_renderer import LineBatch, LineColumns, LineRenderer, unit_across
from visuals.drawing.polled_surface import PolledSurface
from visuals.drawing.sprites import blank_surface

SIZE = (120, 80)
WHITE = (255, 255, 255)
places = st.tuples(st.floats(2, 110, width=32), st.floats(2, 70, width=32))


def points(*pairs: tuple[float, float]) -> np.ndarray:
    return np.array(pairs, np.float32).reshape(-1, 2)


def drawn(start: np.ndarray, end: np.ndarray, level: float = 1.0) -> np.ndarray:
    surface = blank_surface(SIZE)
    count = len(start)
    LineRenderer([WHITE]).draw_segments(
        surface, start, end, np.zeros(count, int), np.full(count, level)
    )
    return pygame.surfarray.array3d(surface).astype(int)


@given(places, places)
def test_a_stroke_has_the_light_of_its_length(first, last):
    seen = drawn(points(first), points(last))[..., 0] / 255
    longer = np.abs(np.subtract(first, last)).max()
    # both ends are rounded up to whole pixels, and two halves of 255 are 128 each
    assert seen.sum() == pytest.approx(longer, abs=1.01 + longer / 255)


@given(places, places)
def test_a_stroke_is_where_pygame_draws_it(first, last):
    seen = drawn(points(first), points(last))[..., 0]
    surface = blank_surface(SIZE)
    pygame.draw.aaline(surface, WHITE, first, last)
    near = pygame.surfarray.array3d(surface)[..., 0].astype(int)
    for shift in ((1, 0), (-1, 0), (0, 1), (0, -1)):  # within a pixel
        near = np.maximum(near, np.roll(near, shift, axis=(0, 1)))
    assert not (seen[near == 0] > 40).any()


def test_pieces_that_meet_make_one_even_line():
    joints = points(*((5 + 7.3 * k, 20 + 2.1 * k) for k in range(12)))
    seen = drawn(joints[:-1], joints[1:])[..., 0].sum(axis=1)
    assert seen[6:84] == pytest.approx(np.full(78, 255), abs=1)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_where_strokes_cross_the_fainter_leaves_no_gap(order):
    surface, order = blank_surface(SIZE), list(order)
    start, end = points((10, 40), (10, 25))[order], points((110, 40), (110, 55))[order]
    levels = np.array((1.0, 0.25))[order]
    LineRenderer([WHITE]).draw_segments(surface, start, end, [0, 0], levels)
    assert all(surface.get_at((x, 40))[0] == 255 for x in range(10, 110))


def test_what_was_brighter_stays():
    surface = blank_surface(SIZE)
    surface.fill((0, 200, 0))
    LineRenderer([WHITE]).draw_segments(surface, points((10, 40)), points((110, 40)), [0], [0.5])
    assert tuple(surface.get_at((60, 40)))[:3] == (128, 200, 128)


def test_what_is_not_wholly_inside_is_left_out():
    start = points((-5, 10), (50, 79.5), (float("nan"), 5), (50, 20))
    end = points((20, 10), (60, 79.5), (20, 5), (60, 20))
    seen = drawn(start, end)[..., 0]
    assert seen.sum() == 10 * 255
    assert seen[50:60, 20].all()


def test_no_strokes_and_dark_ones_draw_nothing():
    assert not drawn(points(), points()).any()
    assert not drawn(points((5, 5)), points((50, 50)), level=0.0).any()


def test_a_part_of_a_surface_is_refused():
    part = blank_surface(SIZE).subsurface((10, 10, 50, 50))
    with pytest.raises(ValueError, match="whole surface"):
        LineRenderer([WHITE]).draw_segments(part, points((5, 5)), points((9, 9)), [0], [1.0])


def test_strokes_that_add_brighten_what_is_lit_and_no_further_than_full():
    surface = blank_surface(SIZE)
    surface.fill((0, 100, 200))
    LineRenderer([WHITE], adds=True).draw_segments(
        surface, points((10, 40)), points((110, 40)), [0], [0.5]
    )
    assert tuple(surface.get_at((60, 40)))[:3] == (128, 228, 255)
    assert tuple(surface.get_at((60, 45)))[:3] == (0, 100, 200)


def test_lines_are_not_joined_to_one_another():
    surface = blank_surface(SIZE)
    lines = [points((5, 10), (30, 10), (60, 10)), points((60, 50), (100, 50))]
    batch = LineBatch()
    batch.add_polylines(lines, [0, 0], [1.0, 0.5])
    LineRenderer([WHITE]).draw_batch(surface, batch)
    seen = pygame.surfarray.array3d(surface)[..., 0].astype(int)
    assert seen.sum() == seen[5:60, 10].sum() + seen[60:100, 50].sum()
    assert set(seen[5:60, 10]) == {255}
    assert set(seen[60:100, 50]) == {128}


def test_no_lines_draw_nothing():
    surface = blank_surface(SIZE)
    LineRenderer([WHITE]).draw_batch(surface, LineBatch())
    assert not pygame.surfarray.array3d(surface).any()


def test_lines_in_columns_are_those_of_their_segments():
    x, level = np.linspace(4.4, 110.2, 9), np.linspace(0.9, 0.2, 16).reshape(2, 8)
    y = np.array([30 + 6 * np.sin(x / 9), 36 + 6 * np.cos(x / 7)])
    renderer, once, twice = (
        LineRenderer([WHITE], adds=True),
        blank_surface(SIZE),
        blank_surface(SIZE),
    )
    renderer.draw_columns(once, LineColumns(x), y, level)
    lines = np.stack([np.broadcast_to(x, y.shape), y], axis=-1)
    start, end = (part.reshape(-1, 2) for part in (lines[:, :-1], lines[:, 1:]))
    renderer.draw_segments(twice, start, end, 0, level.ravel())
    seen, wanted = (pygame.surfarray.array3d(each).astype(int) for each in (once, twice))
    assert wanted.max() > 100
    assert np.abs(seen - wanted).max() < 20  # a sixteenth of a pixel


@given(st.floats(0, 6.2))
def test_a_line_beside_another_lies_at_its_right_hand(angle):
    along = np.array([[np.cos(angle), np.sin(angle)]])
    ((across, down),) = unit_across(np.zeros((1, 2)), along).tolist()
    right_hand = -along[0, 1] * across + along[0, 0] * down
    assert {abs(across), abs(down)} == {0.0, 1.0}
    assert right_hand >= 0.7


def test_lines_are_kept_only_by_a_picture_that_asks_for_them():
    picture = PolledSurface(SIZE, lambda: None)
    for picture.keeps_lines in (False, True):
        LineRenderer([WHITE]).draw_segments(picture, points((5, 5)), points((50, 9)), [0], [0.5])
    (kept,) = picture.lines
    assert kept.light.tolist() == [[127.5, 127.5, 127.5]]
    picture.begin_frame()
    assert not picture.lines
