from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from installation.io.audio.sample_clock import FixedSampleClock, TrackingSampleClock
from messages.clock import SECOND

RATE, FRAMES = 48_000, 240


@given(st.integers(0, 10**15), st.integers(-(10**9), 10**10))
def test_fixed_goes_there_and_back(origin, frame):
    anchor = FixedSampleClock(origin, RATE)
    assert anchor.frame_at(anchor.time_of(frame)) == frame


def followed(moments, anchor):
    for moment in moments:
        anchor.record_request(int(moment), FRAMES)
    return anchor


def test_following_smooths_uneven_calls():
    late = np.random.default_rng(1).exponential(2e6, 4000)  # ns
    moments = np.arange(4000) * FRAMES * SECOND / RATE + late
    anchor = followed(moments, TrackingSampleClock(RATE))
    error = anchor.time_of(4000 * FRAMES) - moments[-1] + late[-1] - 2e6
    assert abs(error) < 0.5e6


def test_following_learns_the_rate_of_the_card():
    period = FRAMES * SECOND / (RATE * 1.001)
    anchor = followed(np.arange(8000) * period, TrackingSampleClock(RATE))
    assert abs(anchor.frame_at(round(9000 * period)) - 9001 * FRAMES) < 48


def test_following_starts_again_after_a_gap():
    anchor = followed([0, 5e6, 10e6, 2e9], TrackingSampleClock(RATE))
    assert anchor.time_of(4 * FRAMES) == 2_000_000_000


def test_following_is_not_misled_by_the_burst_at_the_start():
    moments = np.maximum(0, np.arange(1000) - 3) * FRAMES * SECOND / RATE
    anchor = followed(moments, TrackingSampleClock(RATE))
    second_later = anchor.time_of(1000 * FRAMES + RATE) - anchor.time_of(1000 * FRAMES)
    assert abs(second_later - SECOND) < 0.0002 * SECOND
    assert abs(anchor.time_of(1000 * FRAMES) - moments[-1]) < 1e6
