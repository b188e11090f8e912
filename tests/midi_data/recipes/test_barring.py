from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midi_data.recipes.barring import WrittenBar, bar_starts

JIG = Fraction(3)


def bar(length: float, last: float = 0, opens: bool = False) -> WrittenBar:
    return WrittenBar(Fraction(length), Fraction(last), opens)


def starts(*bars: WrittenBar) -> list[float]:
    return [float(start) for start in bar_starts(bars, JIG)]


FULL = bar(3, 2.5)


def test_full_bars_follow_each_other() -> None:
    assert starts(bar(3, opens=True), FULL, FULL) == [0, 3, 6]


def test_an_upbeat_starts_late_in_bar_0() -> None:
    assert starts(bar(0.5, opens=True), FULL, FULL) == [2.5, 3, 6]


def test_a_short_close_and_an_upbeat_make_a_bar() -> None:
    opening = [bar(0.5, opens=True), FULL, bar(2.5, 1.5)]
    assert starts(*opening, bar(0.5, opens=True), FULL) == [2.5, 3, 6, 8.5, 9]


def test_a_short_close_without_an_upbeat_is_filled_up() -> None:
    opening = [bar(0.5, opens=True), FULL, bar(2.5, 1.5)]
    assert starts(*opening, bar(3, opens=True), FULL) == [2.5, 3, 6, 9, 12]


def test_an_upbeat_takes_its_time_from_a_long_note() -> None:
    opening = [bar(3, opens=True), FULL, bar(3, 1.5)]
    assert starts(*opening, bar(0.5, opens=True), FULL) == [0, 3, 6, 8.5, 9]


def test_an_upbeat_after_a_short_note_waits_for_the_next_bar() -> None:
    opening = [bar(3, opens=True), FULL, FULL]
    assert starts(*opening, bar(0.5, opens=True), FULL) == [0, 3, 6, 11.5, 12]


def test_a_bar_parted_by_a_repeat_stays_one_bar() -> None:
    assert starts(bar(3, opens=True), FULL, bar(2, 1), bar(1, 0, opens=True), FULL) == [
        0,
        3,
        6,
        8,
        9,
    ]


def test_a_bar_too_long_does_not_shift_the_rest() -> None:
    assert starts(bar(3, opens=True), bar(3.5, 3), FULL, FULL) == [0, 3, 9, 12]


def test_bars_that_do_not_fit_the_meter_are_left_alone() -> None:
    assert starts(bar(1, opens=True), bar(2), bar(2), bar(2), bar(2)) == [2, 3, 5, 7, 9]


@pytest.mark.parametrize("upbeat", [0.5, 1, 1.5, 2.5])
def test_every_full_bar_starts_on_a_bar_line(upbeat: float) -> None:
    bars = [bar(upbeat, opens=True), FULL, FULL, FULL, FULL, FULL]
    assert all(start % 3 == 0 for start in starts(*bars)[1:])


@given(
    st.lists(
        st.builds(
            lambda eighths, opens: WrittenBar(
                Fraction(eighths, 2), Fraction(eighths - 1, 2), opens
            ),
            st.integers(1, 8),
            st.booleans(),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_bars_rise_and_no_note_starts_after_its_bar(bars: list[WrittenBar]) -> None:
    found = bar_starts(bars, JIG)
    assert len(found) == len(bars)
    assert found[0] >= 0
    for index in range(1, len(bars)):
        assert found[index] > found[index - 1] + bars[index - 1].last_onset
