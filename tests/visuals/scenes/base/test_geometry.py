from __future__ import annotations

import numpy as np
import pytest

from visuals.scenes.base.geometry import (
    arc_lengths,
    clock_directions,
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


def test_arc_lengths_add_up_along_each_curve():
    assert arc_lengths(np.stack([CORNER, 2 * CORNER])).tolist() == [[0, 30, 70], [0, 60, 140]]


def test_a_resampled_curve_keeps_its_ends_and_has_even_steps():
    curve = resample_curve(CORNER, 8)
    assert curve[[0, -1]].tolist() == CORNER[[0, -1]].tolist()
    assert arc_lengths(curve)[:4] == pytest.approx([0, 10, 20, 30])
