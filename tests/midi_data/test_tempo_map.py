from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midi_data.notes import Meter
from midi_data.tempo_map import FeltBars, TempoMap

SECOND = 1_000_000_000
DEFAULT = FeltBars(0, SECOND // 2, Meter())
WALTZ = FeltBars(2 * SECOND, 600_000_000, Meter(3, 4))


def test_without_bars_that_were_felt_the_default_stays() -> None:
    tempo_map = TempoMap(0, DEFAULT, [])
    assert tempo_map.beat_at(3 * SECOND) == 6.0
    assert [change.tempo for change in tempo_map.tempo_changes] == [120.0]


def test_an_upbeat_lies_late_in_the_first_bar() -> None:
    tempo_map = TempoMap(SECOND, DEFAULT, [WALTZ])
    assert tempo_map.beat_at(2 * SECOND) == 3.0
    assert tempo_map.beat_at(2 * SECOND - WALTZ.beat_ns) == 2.0
    assert str(tempo_map.meter_changes[0].meter) == "3/4"


def test_later_bars_begin_on_a_bar_line_of_the_file() -> None:
    later = FeltBars(14 * SECOND, 450_000_000, Meter())
    tempo_map = TempoMap(2 * SECOND, DEFAULT, [WALTZ, later])
    beat = tempo_map.beat_at(later.bar_line_ns)
    assert beat == pytest.approx(round(beat / 3) * 3)
    assert tempo_map.beat_at(WALTZ.bar_line_ns + 5 * WALTZ.beat_ns) == pytest.approx(5.0)
    assert tempo_map.beat_at(later.bar_line_ns + later.beat_ns) == pytest.approx(beat + 1)
    assert [str(change.meter) for change in tempo_map.meter_changes] == ["3/4", "4/4"]


BARS = st.builds(
    FeltBars,
    st.integers(0, 600 * SECOND),
    st.integers(SECOND // 5, 2 * SECOND),
    st.sampled_from([Meter(), Meter(3, 4), Meter(6, 8), Meter(7, 8)]),
)


@given(st.lists(BARS, max_size=6), st.lists(st.integers(0, 700 * SECOND), min_size=2, max_size=9))
def test_beats_never_go_back_and_their_times_are_kept(felt: list[FeltBars], times) -> None:
    tempo_map = TempoMap(0, DEFAULT, sorted(felt, key=lambda bars: bars.bar_line_ns))
    beats = [tempo_map.beat_at(time) for time in sorted(times)]
    assert beats == sorted(beats)
    assert beats[0] >= 0
    changes = tempo_map.tempo_changes
    assert changes[0].beat == 0
    for time, beat in zip(sorted(times), beats, strict=True):
        seconds = 0.0
        for change, following in zip(changes, [*changes[1:], None], strict=True):
            end = beat if following is None else min(beat, following.beat)
            seconds += max(0.0, end - change.beat) * 60 / change.tempo
        origin = -tempo_map.beat_at(0) * 60 / changes[0].tempo
        assert seconds + origin == pytest.approx(time / SECOND, abs=1e-3)
