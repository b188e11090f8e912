from __future__ import annotations

import numpy as np
import pytest

from midi_data.rhythm.filter_bank import COMPOUND, DIVISIONS, STRAIGHT, SWUNG, Division, FilterBank

EIGHTHS = 0.25 * np.arange(9)  # s, at 120 beats a minute


def row(bank: FilterBank, division: Division, period: float) -> int:
    """The first hypothesis with a division and about a period."""
    rows = np.flatnonzero(bank.divisions == DIVISIONS.index(division))
    return int(rows[np.argmin(np.abs(bank.periods[rows] - period))])


def test_a_filter_finds_the_period_of_steady_onsets() -> None:
    bank = FilterBank(1.02 * EIGHTHS, None)
    assert bank.periods[row(bank, STRAIGHT, 0.51)] == pytest.approx(0.51, rel=0.005)


def test_a_known_beat_is_the_only_period() -> None:
    bank = FilterBank(EIGHTHS[:1], 0.4)
    periods = {(COMPOUND.quarters * 0.4), 0.4}
    assert set(bank.periods.tolist()) == periods


def test_eighths_strike_the_first_and_middle_place_of_each_beat() -> None:
    bank = FilterBank(EIGHTHS, None)
    patterns, beats = bank.patterns()
    index = row(bank, STRAIGHT, 0.5)
    assert beats[index] == 5
    assert patterns[index, :5].tolist() == [0b001001] * 4 + [1]


def test_swung_eighths_are_written_like_even_ones_and_triplets_are_not() -> None:
    bank = FilterBank(0.5 * np.array([0, 2 / 3, 1, 4 / 3, 5 / 3, 2]), 0.5)
    patterns, _ = bank.patterns()
    index = row(bank, SWUNG, 0.5)
    assert patterns[index, :3].tolist() == [0b001001, 0b010101, 1]


def test_the_best_paths_are_different() -> None:
    bank = FilterBank(EIGHTHS, None)
    best = bank.best(bank.timing_nats, 20)
    paths = {(int(bank.divisions[i]), *bank.beats[i], *bank.places[i]) for i in best}
    assert len(paths) == len(best)
    assert bank.timing_nats[best[0]] == bank.timing_nats.max()


def test_onsets_at_one_time_have_places_of_their_own() -> None:
    bank = FilterBank(np.zeros(8), None)
    for index in range(len(bank.divisions)):
        places = list(zip(bank.beats[index].tolist(), bank.places[index].tolist(), strict=True))
        assert len(set(places)) == len(places)
