"""What the benchmarks say of a sound: the cases of ITU-R BS.1770, peaks and clicks."""

from __future__ import annotations

import loudness
import numpy as np
import pytest

SAMPLE_RATE_HZ = 48_000


def sine(hertz, seconds, amplitude=1.0):
    one = amplitude * np.sin(
        2 * np.pi * hertz * np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    )
    return np.stack([one, one], axis=1)


def test_a_full_sine_in_one_channel():
    assert loudness.integrated_loudness(sine(997, 5) * [1, 0]) == pytest.approx(-3.01, abs=0.01)


def test_silence_between_two_sounds_is_gated():
    loud = sine(997, 5, 10 ** (-23 / 20))
    whole = np.concatenate([loud, np.zeros_like(loud), loud])
    assert loudness.integrated_loudness(whole) == pytest.approx(-23.0, abs=0.2)


def test_silence_has_no_loudness():
    assert loudness.integrated_loudness(np.zeros((SAMPLE_RATE_HZ, 2))) == -np.inf


def test_another_rate_is_refused():
    with pytest.raises(ValueError, match="48000 Hz, not 44100"):
        loudness.integrated_loudness(np.zeros((SAMPLE_RATE_HZ, 2)), 44_100)


def test_a_peak_between_the_samples_is_found():
    quarter = np.sin(np.pi / 4 + np.pi / 2 * np.arange(4800))[:, None]
    assert loudness.true_peak(quarter) == pytest.approx(0.0, abs=0.1)


def test_a_step_is_a_click_and_a_tone_is_none():
    tone = sine(440, 1, 0.3)
    assert loudness.count_clicks(tone, SAMPLE_RATE_HZ) == 0
    tone[SAMPLE_RATE_HZ // 2 :] += 0.1
    assert loudness.count_clicks(tone, SAMPLE_RATE_HZ) == 1


def test_width_is_the_side_by_the_middle():
    both = sine(440, 1, 0.3)
    assert loudness.width(both) == -np.inf
    assert loudness.width(both * [1, 0]) == pytest.approx(0.0, abs=0.01)
    assert loudness.width(both * [1, 0.8]) == pytest.approx(20 * np.log10(0.2 / 1.8), abs=0.01)


def test_the_sub_is_the_share_below_its_limit():
    mixed = sine(40, 1, 0.1) + sine(400, 1, 0.3)
    assert loudness.share_below(mixed, SAMPLE_RATE_HZ, 60.0) == pytest.approx(
        10 * np.log10(0.1), abs=0.1
    )
