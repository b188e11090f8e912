from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from installation.io.audio.sample_clock import FixedSampleClock, TrackingSampleClock
from messages.clock import SECOND

SAMPLE_RATE_HZ, FRAMES = 48_000, 240


@given(st.integers(0, 10**15), st.integers(-(10**9), 10**10))
def test_a_fixed_clock_maps_frames_to_times_and_back(origin, frame):
    clock = FixedSampleClock(origin, SAMPLE_RATE_HZ)
    assert clock.frame_at(clock.time_of(frame)) == frame


def tracked(times, clock):
    for time in times:
        clock.record_request(int(time), FRAMES)
    return clock


def test_following_smooths_uneven_calls():
    late = np.random.default_rng(1).exponential(2e6, 4000)  # ns
    times = np.arange(4000) * FRAMES * SECOND / SAMPLE_RATE_HZ + late
    clock = tracked(times, TrackingSampleClock(SAMPLE_RATE_HZ))
    error = clock.time_of(4000 * FRAMES) - times[-1] + late[-1] - 2e6
    assert abs(error) < 0.5e6


def test_following_learns_the_rate_of_the_card():
    period = FRAMES * SECOND / (SAMPLE_RATE_HZ * 1.001)
    clock = tracked(np.arange(8000) * period, TrackingSampleClock(SAMPLE_RATE_HZ))
    assert abs(clock.frame_at(round(9000 * period)) - 9001 * FRAMES) < 48


def test_following_starts_again_after_a_gap():
    clock = tracked([0, 5e6, 10e6, 2e9], TrackingSampleClock(SAMPLE_RATE_HZ))
    assert clock.time_of(4 * FRAMES) == 2_000_000_000


def test_following_is_not_misled_by_the_burst_at_the_start():
    times = np.maximum(0, np.arange(1000) - 3) * FRAMES * SECOND / SAMPLE_RATE_HZ
    clock = tracked(times, TrackingSampleClock(SAMPLE_RATE_HZ))
    second_later = clock.time_of(1000 * FRAMES + SAMPLE_RATE_HZ) - clock.time_of(1000 * FRAMES)
    assert abs(second_later - SECOND) < 0.0002 * SECOND
    assert abs(clock.time_of(1000 * FRAMES) - times[-1]) < 1e6
