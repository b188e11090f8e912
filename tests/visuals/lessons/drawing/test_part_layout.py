from __future__ import annotations

from itertools import combinations

import pytest
from pygame import Rect

from visuals.lessons.drawing.part_layout import GAP_PX, MAX_SCALE, place_parts

AREA = Rect(10, 100, 1000, 900)
ROWS = ((Rect(80, 200, 1200, 500),), (Rect(1300, 200, 400, 300), Rect(1300, 520, 400, 200)))


def test_parts_lie_apart_within_the_area_and_keep_their_shape():
    parts = place_parts(ROWS, AREA)
    assert all(AREA.contains(part.shown) for part in parts)
    assert all(not a.shown.colliderect(b.shown) for a, b in combinations(parts, 2))
    for part in parts:
        assert part.shown.height == pytest.approx(part.source.height * part.scale, abs=1)


def test_the_rows_fill_the_width_or_the_height():
    wide = place_parts(ROWS[:1], AREA)[0].shown
    assert wide.width == AREA.width
    high = [part.shown for part in place_parts((ROWS[0], ROWS[0], ROWS[0]), AREA)]
    assert high[-1].bottom - high[0].top > 0.9 * AREA.height


def test_where_height_is_short_the_most_enlarged_row_gives_way_first():
    wide, narrow = Rect(0, 0, 1250, 500), Rect(0, 0, 400, 500)
    shown = place_parts(((wide,), (narrow,)), AREA)
    assert shown[0].scale == pytest.approx(0.8, abs=0.01)
    assert shown[1].scale == pytest.approx((900 - GAP_PX - 400) / 500, abs=0.01)


def test_a_small_part_is_not_enlarged_for_ever():
    assert place_parts(((Rect(0, 0, 200, 200),),), AREA)[0].scale == MAX_SCALE


def test_a_point_that_is_touched_is_that_of_the_part_under_it():
    part = place_parts(ROWS, AREA)[1]
    rect = Rect(1400, 300, 100, 100)
    assert part.to_source(*part.to_shown(rect).center) == pytest.approx(rect.center, abs=1)


def test_rectangles_that_touch_still_only_touch_where_they_are_shown():
    part = place_parts(ROWS, AREA)[1]
    column = [Rect(1300, 200 + 19 * row, 90, 19) for row in range(15)]
    shown = [part.to_shown(rect) for rect in column]
    assert all(not a.colliderect(b) for a, b in combinations(shown, 2))
