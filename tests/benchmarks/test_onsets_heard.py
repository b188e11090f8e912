"""What the benchmarks find again in sound."""

from __future__ import annotations

import numpy as np
import onsets
import pytest

SAMPLE_RATE_HZ = 48_000


def test_clicks_are_found_to_the_sample():
    sound = np.zeros(SAMPLE_RATE_HZ)
    for start in (4_800, 14_401, 30_003):
        sound[start : start + 500] = 0.5
    found = onsets.click_onsets(sound, SAMPLE_RATE_HZ) * SAMPLE_RATE_HZ
    assert np.abs(found - [4_800, 14_401, 30_003]).max() < 0.5


def test_what_was_heard_is_matched_to_what_was_sent_whatever_the_delay():
    sent = [0.0, 0.3, 0.7, 1.0, 1.6]
    heard = [5.1, 5.4, 6.1, 6.35, 6.7]  # the third is lost, one was never sent
    assert onsets.matched(sent, heard, 0.02) == [(0, 0), (1, 1), (3, 2), (4, 4)]


def test_a_capture_that_loses_time_is_followed():
    sent = [0.2 * k for k in range(20)]
    heard = [1.0 + at - 0.01 * (at > 1.9) - 0.01 * (at > 3.1) for at in sent]
    pairs = onsets.matched(sent, heard, 0.02)
    assert pairs == [(k, k) for k in range(20)]
    steady = onsets.steadiness(sent, heard)
    assert steady["iqr_ms"] > 5
    assert steady["gap_error_p50_ms"] == pytest.approx(0.0, abs=1e-6)
