from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.engine.tempo import CANDIDATE_PERIODS_S, TempoTracker, measure_gaps
from messages.clock import SECOND

PATTERNS = {
    "quarters": [1.0] * 8,
    "mixed": [1, 0.5, 0.5, 1, 1, 0.5, 0.5, 2],
    "dotted": [1.5, 0.5, 1, 1, 1.5, 0.5, 2],
}


def tracked(pattern: list[float], tempo: float, jitter: float, seed: int) -> float:
    onsets = np.concatenate([[0], np.cumsum(pattern)]) * 60 / tempo + 10
    onsets += np.random.default_rng(seed).normal(0, jitter, len(onsets))
    tracker = TempoTracker(100)
    for onset in np.sort(onsets):
        tracker.add_onset(round(onset * SECOND))
    return 60 * SECOND / tracker.beat_ns


@pytest.mark.parametrize("name", PATTERNS)
@pytest.mark.parametrize("tempo", [80, 90, 100, 112, 126])
def test_it_finds_the_tempo(name: str, tempo: float) -> None:
    assert tracked(PATTERNS[name], tempo, 0.0, 0) == pytest.approx(tempo, rel=0.01)


@pytest.mark.parametrize("jitter", [0.012, 0.025])
@pytest.mark.parametrize("tempo", [84, 100, 116])
def test_it_bears_a_visitors_unsteady_hands(tempo: float, jitter: float) -> None:
    found = [tracked(PATTERNS["mixed"], tempo, jitter, seed) for seed in range(12)]
    near = [abs(one / tempo - 1) < 0.06 for one in found]
    assert sum(near) >= 10


def test_two_keys_are_no_tempo() -> None:
    tracker = TempoTracker(100)
    tracker.add_onset(0)
    tracker.add_onset(300_000_000)
    assert tracker.beat_ns == 600_000_000


def test_a_new_phrase_keeps_the_tempo_and_a_new_visitor_does_not() -> None:
    tracker = TempoTracker(100)
    for index in range(8):
        tracker.add_onset(index * SECOND // 2)
    tracker.begin_phrase()
    assert tracker.beat_ns == pytest.approx(SECOND / 2, rel=0.01)
    tracker.reset()
    assert tracker.beat_ns == 600_000_000


def test_a_chord_is_one_onset() -> None:
    assert list(measure_gaps([0, 20_000_000, 500_000_000, 510_000_000])) == [0.5]


def test_a_long_pause_is_no_gap() -> None:
    assert list(measure_gaps([0, 10 * SECOND, 11 * SECOND])) == [1.0]


@given(st.lists(st.integers(0, 60 * SECOND), max_size=30))
def test_the_beat_stays_within_bounds(onsets: list[int]) -> None:
    tracker = TempoTracker(100)
    for onset in sorted(onsets):
        tracker.add_onset(onset)
        assert (
            0.9 * CANDIDATE_PERIODS_S[0]
            <= tracker.beat_ns / SECOND
            <= 1.1 * CANDIDATE_PERIODS_S[-1]
        )
