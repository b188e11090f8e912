from __future__ import annotations

import numpy as np
import pytest

from visuals.scenes.geometry import (
    arc_lengths,
    arc_points,
    clock_directions,
    curve_normals,
    resample_curve,
    rotate_quarter,
    unit_vectors,
)

CORNER = np.array([(0.0, 0.0), (30.0, 0.0), (30.0, 40.0)])


def test_unit_vectors_keep_the_shape_of_their_angles():
    vectors = unit_vectors(np.zeros((2, 3)))
    assert vectors.shape == (2, 3, 2)
    assert vectors.tolist() == np.tile((1.0, 0.0), (2, 3, 1)).tolist()


def test_clock_directions_begin_at_the_top_and_go_to_the_right():
    assert clock_directions(4) == pytest.approx(np.array([(0, -1), (1, 0), (0, 1), (-1, 0)]))


def test_a_quarter_turn_is_clockwise_on_the_picture():
    assert rotate_quarter(np.array([(1.0, 0.0), (0.0, 1.0)])).tolist() == [[0.0, 1.0], [-1.0, 0.0]]


def test_an_arc_keeps_its_distance_and_its_ends():
    centre = np.array((5.0, 5.0))
    arc = arc_points(centre, 2.0, 0.0, np.pi / 2, 9)
    assert np.hypot(*(arc - centre).T) == pytest.approx(np.full(9, 2.0))
    assert arc[[0, -1]] == pytest.approx(np.array([(7, 5), (5, 7)]))


def test_normals_are_across_and_of_length_one():
    line = np.linspace((0.0, 0.0), (10.0, 0.0), 5)
    assert curve_normals(line) == pytest.approx(np.tile((0.0, 1.0), (5, 1)))


def test_arc_lengths_add_up_along_each_curve():
    assert arc_lengths(np.stack([CORNER, 2 * CORNER])).tolist() == [[0, 30, 70], [0, 60, 140]]


def test_a_resampled_curve_keeps_its_ends_and_has_even_steps():
    curve = resample_curve(CORNER, 8)
    assert curve[[0, -1]].tolist() == CORNER[[0, -1]].tolist()
    assert arc_lengths(curve)[:4] == pytest.approx([0, 10, 20, 30])
