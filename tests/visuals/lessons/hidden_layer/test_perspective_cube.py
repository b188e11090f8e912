from __future__ import annotations

import pytest

from visuals.lessons.hidden_layer.perspective_cube import PerspectiveCube


def test_a_plane_is_cut_out_of_the_cube():
    space = PerspectiveCube((100.0, 100.0), 50.0, 0.0, 1.0)
    middle = space.project((0.5, 0.5, 0.5))
    corners = space.plane_section((1.0, 1.0, 0.0), -1.0)
    assert corners.shape == (4, 2)
    assert corners.mean(axis=0) == pytest.approx(middle, abs=6)


def test_a_plane_beside_the_cube_has_no_corners():
    assert len(PerspectiveCube((0, 0), 50.0, 0.0, 1.0).plane_section((1.0, 0.0, 0.0), 1.0)) == 0


def test_a_nearer_point_is_less_deep_and_further_from_the_centre():
    cube = PerspectiveCube((0.0, 0.0), 50.0, 0.0, 1.0)
    near, far = (1.0, 1.0, 0.0), (1.0, 1.0, 1.0)
    assert cube.depth(near) < cube.depth(far)
    assert cube.project(near)[0] > cube.project(far)[0]


def test_all_twelve_edges_are_projected_furthest_first():
    cube = PerspectiveCube((0.0, 0.0), 50.0, 0.0, 1.0)
    cube.rotate(0.5, -0.4)
    depths = [depth for _, depth in cube.projected_edges()]
    assert len(depths) == 12
    assert depths == sorted(depths, reverse=True)
