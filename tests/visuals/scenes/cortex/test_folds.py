from __future__ import annotations

import numpy as np

from visuals.scenes.cortex.folds import render_folds

SQUARE = np.array([(60.0, 60.0), (240.0, 60.0), (240.0, 240.0), (60.0, 240.0)])


def test_folds_lie_inside_their_outline_and_have_relief():
    light = render_folds((301, 299), [SQUARE])
    assert light.shape == (299, 301, 3)
    assert light.dtype == np.float32
    assert not light[:50].any()
    assert not light[:, 252:].any()
    assert light[100:200, 100:200].std() > 1.0


def test_without_an_outline_there_are_no_folds():
    assert not render_folds((120, 120), []).any()
