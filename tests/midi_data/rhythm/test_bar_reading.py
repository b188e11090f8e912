from __future__ import annotations

import numpy as np
import pytest

from midi_data.rhythm.bar_reading import (
    DOTTED,
    EVEN,
    FEATURES,
    UNEVEN,
    BarReadings,
    Evidence,
    path_features,
    read_bars,
)
from midi_data.rhythm.beat_patterns import METERS, load_tables
from midi_data.rhythm.filter_bank import COMPOUND, DIVISIONS, STRAIGHT, Division, FilterBank

BEAT_S = 0.5
WALTZ = np.array([0.0, 2, 3, 4, 5, 6, 8, 9])  # beats


def read(beats: np.ndarray, division: Division, held: float = 0.0) -> list[BarReadings]:
    """Readings of onsets at a known beat, the bars' first onsets being loud."""
    times = BEAT_S * beats
    bank = FilterBank(times, BEAT_S / division.quarters)
    index = int(np.flatnonzero(bank.divisions == DIVISIONS.index(division))[0])
    patterns, counts = bank.patterns()
    evidence = Evidence.of(times, np.where(beats % 3 == 0, 90, 70), held * BEAT_S)
    return read_bars(bank, index, patterns[index, : counts[index]], evidence, load_tables())


def column(readings: BarReadings, name: str, meter: str) -> np.ndarray:
    """A feature of the readings in a meter, by their place in the bar."""
    rows = [str(METERS[each]) == meter for each in readings.meters]
    return readings.features[rows, FEATURES.index(name)]


def test_straight_beats_are_read_in_even_and_uneven_bars() -> None:
    assert {each.kind for each in read(WALTZ, STRAIGHT)} == {EVEN, UNEVEN}
    assert {each.kind for each in read(WALTZ, COMPOUND)} == {DOTTED}


def test_loud_and_long_notes_mark_the_bar_that_they_begin() -> None:
    readings = read(WALTZ, STRAIGHT)[0]
    assert np.argmax(column(readings, "loud_bar", "3/4")) == 0
    assert np.argmax(column(readings, "long_bar", "3/4")) == 0


def test_a_phrase_begins_on_the_bar_line_or_with_an_upbeat() -> None:
    readings = read(WALTZ, STRAIGHT)[0]
    assert column(readings, "first_bar", "3/4").tolist() == [1, 0, 0]
    assert column(readings, "short_upbeat", "3/4").tolist() == [0, 0, 1]


def test_bars_are_counted_once_the_last_note_is_known() -> None:
    assert not column(read(WALTZ, STRAIGHT)[0], "four_bars", "3/4").any()
    readings = read(WALTZ, STRAIGHT, held=2.5)[0]
    assert column(readings, "four_bars", "3/4")[0] == 1
    assert column(readings, "two_bars", "5/4")[0] == 1


def test_a_last_note_may_last_to_the_bar_line() -> None:
    fills = [column(read(WALTZ, STRAIGHT, held)[0], "filled", "3/4")[0] for held in (2.5, 0.5)]
    assert fills == [pytest.approx(1.0, abs=0.05), pytest.approx(0.0, abs=0.05)]


def test_a_path_of_the_beat_that_was_played_is_the_likeliest() -> None:
    bank, tables = FilterBank(BEAT_S * WALTZ, None), load_tables()
    best = np.argmax(path_features(bank, tables) @ tables.path_weights)
    assert bank.periods[best] == pytest.approx(BEAT_S, rel=0.02)
