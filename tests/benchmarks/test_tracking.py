"""The benchmark of the beat: what it plays is what it holds to be true."""

import numpy as np
import pytest
from tracking import (
    CHOOSING,
    REPORTING,
    SONGS,
    TRACKERS,
    Belief,
    Score,
    play,
)

from midi_data.notes import Meter


@pytest.mark.parametrize("pattern", CHOOSING + REPORTING + SONGS, ids=lambda pattern: pattern.name)
def test_the_bars_of_a_pattern_are_full(pattern):
    bars = [sum(abs(float(word)) for word in bar.split()) for bar in pattern.bars.split("|")]
    full = Meter.parse(pattern.meter).bar_beats
    assert bars[:-1] == pytest.approx([full] * (len(bars) - 1))
    upbeat = sum(map(float, pattern.upbeat.split()))
    assert bars[-1] == pytest.approx(full - upbeat)


def test_patterns_for_choosing_are_not_those_reported():
    reported = {pattern.bars for pattern in REPORTING + SONGS}
    assert not {pattern.bars for pattern in CHOOSING} & reported


def test_the_truth_is_right_and_half_of_it_an_octave_error():
    truth = play(REPORTING[0], 100, 1)
    score = Score()
    score.add(Belief(truth.quarter, truth.meter, truth.bar_line), truth)
    score.add(Belief(truth.quarter / 2, "3/4", truth.bar_line + truth.quarter), truth)
    assert (score.cases, score.tempo, score.octave, score.meter) == (2, 1, 1, 1)


@pytest.mark.parametrize("name", TRACKERS)
def test_a_tracker_answers_the_same_each_time(name):
    notes = play(REPORTING[0], 96, 2).notes
    first, second = TRACKERS[name](notes), TRACKERS[name](notes)
    assert first == second
    assert np.isfinite(first.quarter)
