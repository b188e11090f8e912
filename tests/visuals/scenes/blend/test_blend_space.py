from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visuals.drawing.picture_layout import PORTRAIT
from visuals.drawing.theme import KEYBOARD_RECT, PICTURE_SIZE_PX
from visuals.scenes.blend.blend_space import lay_out_blend
from visuals.scenes.blend.contribution_streams import CONTRIBUTION_RING_RADIUS_PX

COUNTS = st.integers(1, 6)
POINTS = st.tuples(st.floats(0, PICTURE_SIZE_PX[0]), st.floats(0, PICTURE_SIZE_PX[1]))


@given(COUNTS, POINTS)
def test_every_point_means_a_mixture(count, point):
    weights = lay_out_blend(count).weights_at(point)
    assert weights.shape == (count,)
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1.0)


@given(COUNTS.filter(lambda count: count > 1), st.data())
def test_a_point_between_the_corners_is_their_weighted_mean(count, data):
    space = lay_out_blend(count)
    parts = np.array(data.draw(st.lists(st.floats(0.01, 1), min_size=count, max_size=count)))
    point = space.point_for_weights(parts / parts.sum())
    again = space.point_for_weights(space.weights_at((float(point[0]), float(point[1]))))
    np.testing.assert_allclose(again, point, atol=1e-4)


@pytest.mark.parametrize("count", range(2, 7))
def test_a_pole_means_that_pole_alone(count):
    space = lay_out_blend(count)
    for number, (x, y) in enumerate(space.pole_centres.tolist()):
        assert space.weights_at((x, y))[number] == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("count", range(1, 7))
def test_poles_lie_apart_and_inside_the_picture(count):
    space = lay_out_blend(count)
    for number, place in enumerate(space.pole_centres):
        apart = np.hypot(*(np.delete(space.pole_centres, number, axis=0) - place).T)
        assert (apart > 2 * space.pole_radius + 40).all()
        assert space.pole_radius + 20 < place[1] < KEYBOARD_RECT.top - 60 - space.pole_radius


def test_in_portrait_corners_lie_below_the_text_above_the_lower_poles():
    space = lay_out_blend(3, PORTRAIT)
    tops = space.pole_centres[1:, 1] - space.pole_radius
    assert (space.corners[1:, 1] - CONTRIBUTION_RING_RADIUS_PX > tops).all()


def test_a_blend_needs_a_pole():
    with pytest.raises(ValueError, match="one pole"):
        lay_out_blend(0)
