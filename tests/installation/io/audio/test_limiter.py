from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.io.audio.limiter import MasterLimiter

SAMPLE_RATE_HZ, BLOCK = 48_000, 64


def opened(volume=1.0):
    limiter = MasterLimiter(SAMPLE_RATE_HZ, volume)
    for _ in range(100):
        limiter.apply(np.zeros((BLOCK, 2), np.float32))
    return limiter


def block(level):
    return np.full((BLOCK, 2), level, np.float32)


def test_quiet_sound_is_left_alone():
    assert np.allclose(opened().apply(block(0.5)), 0.5)


def test_volume_multiplies():
    assert np.allclose(opened(volume=0.25).apply(block(0.5)), 0.125)


def test_it_fades_in():
    first = MasterLimiter(SAMPLE_RATE_HZ, 1.0).apply(block(0.5))[:, 0]
    assert first[0] < 0.001
    assert (np.diff(first) > 0).all()


def test_muted_it_fades_to_nothing():
    limiter = opened()
    limiter.muted = True
    steps = [np.abs(np.diff(limiter.apply(block(0.5))[:, 0])).max() for _ in range(30)]
    assert max(steps) < 0.001
    assert limiter.is_silent


def test_muted_it_fades_to_nothing_where_no_sample_is_a_number():
    limiter = opened()
    limiter.muted = True
    for _ in range(30):
        limiter.apply(block(np.nan))
    assert limiter.is_silent


def test_a_steady_loud_sound_is_held_under_full_scale():
    limiter = opened()
    for _ in range(10):
        loud = limiter.apply(block(3.0))
    assert np.allclose(loud, 0.8, atol=0.01)


def test_the_limiter_recovers():
    limiter = opened()
    limiter.apply(block(3.0))
    for _ in range(2000):
        quiet = limiter.apply(block(0.1))
    assert np.allclose(quiet, 0.1, atol=0.001)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_volume_out_of_range_is_refused(value):
    with pytest.raises(ValueError, match=r"0\.\.1"):
        MasterLimiter(SAMPLE_RATE_HZ, value)


@given(st.lists(st.floats(width=32), min_size=1, max_size=8))
def test_any_input_stays_in_range(levels):
    limiter = opened()
    for level in levels:
        out = limiter.apply(block(level))
        assert np.isfinite(out).all()
        assert np.abs(out).max() <= 1.0
