from __future__ import annotations

import numpy as np
import pytest
from pygame import Rect

from visuals.scenes.waves.trace_paths import POINTS_PER_PATH, CellCircle, lay_paths

CELL, LEVEL = CellCircle(658.0, 432.0, 76.0), Rect(1120, 200, 700, 500)


@pytest.mark.parametrize("count", [1, 12])
def test_every_path_ends_at_the_membrane(count):
    paths = lay_paths(count, CELL, LEVEL)
    distance = np.hypot(*(paths.points[:, -1] - CELL.centre).T)
    assert distance == pytest.approx(np.full(count, CELL.radius))


def test_points_are_evenly_spaced_and_normals_lie_across():
    paths = lay_paths(3, CELL, LEVEL)
    steps = np.diff(paths.points, axis=1)
    lengths = np.linalg.norm(steps, axis=2)
    assert (lengths.max(axis=1) < 1.15 * lengths.min(axis=1)).all()
    across = (steps * paths.normals[:, :-1]).sum(axis=2) / lengths
    assert np.abs(across).max() < 0.1
    assert paths.points.shape == (3, POINTS_PER_PATH, 2)


def test_traces_swing_most_in_open_space():
    limit = lay_paths(1, CELL, LEVEL).swing_limit[0]
    assert limit[0] == 0.0
    assert limit.max() == pytest.approx(1.0)
    assert limit[-1] < 0.2
