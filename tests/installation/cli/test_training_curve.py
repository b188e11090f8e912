"""The picture of a training: there in whole, readable, and drawn without a window."""

from __future__ import annotations

import math

import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.cli.training_curve import (
    CHART_SIZE_PX,
    PLOT_RECT,
    VALIDATION_COLOUR,
    CurvePoint,
    draw_training_curve,
    space_apart,
    tick_step,
)

POINTS = [CurvePoint(60.0 * k, 5 - 0.4 * k, 5 - 0.3 * k + 0.02 * k * k) for k in range(11)]
BASELINES = {"unigram": 4.4, "n-gram": 3.3}


def test_a_picture_of_the_right_size_is_all_that_is_left(tmp_path):
    path = tmp_path / "deep" / "model.png"
    draw_training_curve(path, POINTS, "A title", BASELINES)
    assert pygame.image.load(str(path)).get_size() == CHART_SIZE_PX
    assert [entry.name for entry in path.parent.iterdir()] == ["model.png"]


def test_no_display_is_opened(tmp_path):
    before = pygame.display.get_init()
    draw_training_curve(tmp_path / "a.png", POINTS, "A title", BASELINES)
    assert pygame.display.get_init() == before


def test_the_validation_line_falls_on_its_way(tmp_path):
    path = tmp_path / "a.png"
    falling = [CurvePoint(60.0 * k, 4.0, 5 - 0.5 * k) for k in range(5)]
    draw_training_curve(path, falling, "", {})
    picture = pygame.image.load(str(path))
    heights = [
        _height_of(picture, PLOT_RECT.left + 40 + 150 * k, VALIDATION_COLOUR) for k in range(5)
    ]
    assert heights == sorted(heights) and heights[0] < heights[-1]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_points_are_enough(tmp_path, count):
    path = tmp_path / "a.png"
    draw_training_curve(path, POINTS[:count], "A title", {})
    assert path.is_file()


def test_what_is_not_finite_is_left_out(tmp_path):
    with_some, without = tmp_path / "a.png", tmp_path / "b.png"
    draw_training_curve(
        with_some, [*POINTS, CurvePoint(700, math.nan, 2.0)], "", {"none": math.inf}
    )
    draw_training_curve(without, POINTS, "", {})
    assert with_some.read_bytes() == without.read_bytes()


@given(st.floats(1e-6, 1e9), st.integers(2, 20))
def test_ticks_are_few_but_not_too_few(span, most):
    assert 0.99 * most / 2.6 <= span / tick_step(span, most) <= most * 1.01


@given(st.lists(st.floats(0, 500), max_size=4))
def test_spread_labels_keep_their_order_and_distance(places):
    moved = space_apart(places, 20.0)
    order = sorted(range(len(places)), key=lambda k: places[k])
    gaps = [moved[b] - moved[a] for a, b in zip(order, order[1:], strict=False)]
    assert all(gap > 19 for gap in gaps)


def test_labels_far_apart_stay_where_they_are():
    assert space_apart([10.0, 90.0, 40.0], 20.0) == [10.0, 90.0, 40.0]


def _height_of(picture: pygame.Surface, x: int, colour: tuple[int, int, int]) -> float:
    """The middle of the pixels of about that colour in a column."""
    near = [
        y
        for y in range(PLOT_RECT.top, PLOT_RECT.bottom)
        if max(abs(a - b) for a, b in zip(picture.get_at((x, y))[:3], colour, strict=True)) < 60
    ]
    return sum(near) / len(near)
