from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visuals.widgets.hit_targets import TOUCH_RADIUS_PX, UnitHitTargets

PLACES = st.lists(
    st.tuples(st.integers(0, 1900), st.integers(0, 1000)), min_size=1, max_size=30, unique=True
)
WAYS = st.sampled_from([(1, 0), (-1, 0), (0, 1), (0, -1)])


def targets_at(places) -> UnitHitTargets:
    units = np.array([(0, k) for k in range(len(places))]).reshape(-1, 2)
    return UnitHitTargets(units, np.array(places, np.float64).reshape(-1, 2))


@given(PLACES)
def test_every_unit_is_found_where_it_is(places):
    targets = targets_at(places)
    for number, (x, y) in enumerate(places):
        assert targets.unit_at(x, y) == (0, number)
        assert targets.unit_position((0, number)) == (x, y)


def test_a_finger_is_15_mm_wide_on_a_32_inch_screen():
    assert TOUCH_RADIUS_PX * 2 * 708 / 1920 >= 15
    targets = targets_at([(500, 500)])
    assert targets.unit_at(500 + TOUCH_RADIUS_PX - 1, 500) == (0, 0)
    assert targets.unit_at(500 + TOUCH_RADIUS_PX + 1, 500) is None


@given(PLACES, WAYS, st.data())
def test_a_key_goes_ahead_or_stays(places, way, data):
    targets = targets_at(places)
    number = data.draw(st.integers(0, len(places) - 1))
    _, found = targets.next_unit((0, number), *way)
    gone = np.subtract(places[found], places[number])
    assert found == number or gone @ way > 0


@pytest.mark.parametrize("way", [(1, 0), (0, -1)])
def test_keys_begin_in_the_middle(way):
    targets = targets_at([(0, 0), (500, 400), (1000, 800)])
    assert targets.next_unit(None, *way) == (0, 1)
    assert targets.next_unit((7, 7), *way) == (0, 1)


def test_there_may_be_no_units():
    targets = targets_at([])
    assert targets.unit_at(1, 1) is None
    assert targets.next_unit(None, 1, 0) is None
