from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midi_data.beat_grid import BeatGrid, BeatPosition

SECOND = 1_000_000_000
BEATS = st.integers(200_000_000, 3_000_000_000)
TIMES = st.integers(0, 10**15)


def test_beats_and_times_correspond():
    grid = BeatGrid(5 * SECOND, SECOND // 2)
    assert grid.time_at_beat(3.5) == 6_750_000_000
    assert grid.beat_at_time(6_750_000_000) == 3.5


@given(TIMES, BEATS, st.floats(0, 100), TIMES)
def test_a_grid_moves_by_whole_beats_to_where_a_beat_can_be_played(origin, beat, beats, earliest):
    grid = BeatGrid(origin, beat)
    moved = grid.shifted_to(beats, earliest)
    assert (moved.origin_ns - origin) % beat == 0
    assert -1e6 <= moved.time_at_beat(beats) - earliest < beat + 1e6


def test_second_eighths_are_swung_and_nothing_else():
    grid = BeatGrid(0, 1000, swing=0.6)
    times = [grid.time_at_beat(beat) for beat in (0.0, 0.25, 0.5, 2 / 3, 1.0, 1.5)]
    assert times == [0, 250, 600, 667, 1000, 1600]


@pytest.mark.parametrize(("earliest", "bars"), [(8, 0), (9, 1), (11, 1), (12, 2), (15, 2)])
def test_a_grid_that_moves_by_bars_keeps_places_in_the_bar(earliest, bars):
    moved = BeatGrid(0, SECOND).shifted_to(8.0, earliest * SECOND, 3.5)
    assert moved.origin_ns == bars * 3.5 * SECOND


@given(TIMES, BEATS, TIMES, BEATS, TIMES)
def test_an_aligned_grid_has_the_beats_of_the_other(origin, beat, other, other_beat, about):
    grid, external = BeatGrid(origin, beat), BeatGrid(other, other_beat)
    aligned = grid.aligned_to(external, about)
    assert (aligned.origin_ns - external.origin_ns) % external.beat_ns == 0
    assert aligned.beat_ns == external.beat_ns
    moved_by = abs(aligned.time_at_beat(grid.beat_at_time(about)) - about)
    assert moved_by <= external.beat_ns / 2 + 1000  # floats have microseconds at such times


@pytest.mark.parametrize(("at", "beat"), [(10, 2.0), (2, 2.0), (1, 1.0)])
def test_a_position_is_limited_to_a_time(at, beat):
    position = BeatPosition(BeatGrid(0, SECOND), 2.0)
    assert position.limited_to(at * SECOND).beat == beat
