from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visuals.drawing.theme import FIFTHS, FIFTHS_POSITION, PITCH_COLOURS, mix, parse_colour, shade


def test_circle_of_fifths_goes_by_sevens():
    assert all((b - a) % 12 == 7 for a, b in zip(FIFTHS, FIFTHS[1:], strict=False))
    assert [FIFTHS_POSITION[tone] for tone in FIFTHS] == list(range(12))


def test_no_tone_is_saturated_red_and_all_differ():
    assert len(set(PITCH_COLOURS)) == 12
    assert all(green + blue > 0.6 * red for red, green, blue in PITCH_COLOURS)


@given(st.floats(-2, 5))
def test_shade_stays_in_range(level):
    assert all(0 <= part <= 255 for part in shade((10, 128, 255), level))


def test_mix_goes_from_one_to_the_other():
    assert mix((0, 10, 20), (100, 110, 120), 0.0) == (0, 10, 20)
    assert mix((0, 10, 20), (100, 110, 120), 1.0) == (100, 110, 120)


def test_colour_needs_six_digits():
    with pytest.raises(ValueError, match="six"):
        parse_colour("fff")
