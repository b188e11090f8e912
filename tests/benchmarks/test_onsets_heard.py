"""What the benchmarks find again in sound."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

RATE = 48_000


@pytest.fixture(scope="module")
def onsets():
    folder = str(Path(__file__).parents[2] / "benchmarks")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        import onsets

        yield onsets
        sys.modules.pop("onsets")


def tone(seconds: float, notes: list[tuple[float, int]], attack: float = 0.002) -> np.ndarray:
    """Notes of five fading partials each, one after another, over a little noise."""
    sound = 1e-4 * np.random.default_rng(1).standard_normal(round(seconds * RATE))
    for at, pitch in notes:
        start = round(at * RATE)
        time = np.arange(min(round(0.3 * RATE), len(sound) - start)) / RATE
        frequency = 440 * 2 ** ((pitch - 69) / 12)
        shape = np.minimum(1.0, time / attack) * np.exp(-time / 0.08)
        partials = sum(0.5**k * np.sin(2 * np.pi * (k + 1) * frequency * time) for k in range(5))
        sound[start : start + len(time)] += 0.3 * shape * partials
    return sound


NOTES = [(0.5, 60), (0.83, 72), (1.1, 48), (1.42, 67), (1.9, 83)]


def test_onsets_of_notes_are_found_to_a_few_milliseconds(onsets):
    found = onsets.note_onsets(tone(2.5, NOTES), RATE)
    assert len(found) == len(NOTES)
    assert np.abs(found - [at for at, _ in NOTES]).max() < 0.006


def test_pitches_are_found_and_no_octave_is_mistaken(onsets):
    sound = tone(2.5, NOTES)
    assert [onsets.pitch_at(sound, RATE, at) for at, _ in NOTES] == [p for _, p in NOTES]


def test_silence_has_no_onsets(onsets):
    assert len(onsets.note_onsets(np.zeros(RATE), RATE)) == 0


def test_clicks_are_found_to_the_sample(onsets):
    sound = np.zeros(RATE)
    for start in (4_800, 14_401, 30_003):
        sound[start : start + 500] = 0.5
    found = onsets.click_onsets(sound, RATE) * RATE
    assert np.abs(found - [4_800, 14_401, 30_003]).max() < 0.5


def test_what_was_heard_is_matched_to_what_was_sent_whatever_the_delay(onsets):
    sent = [0.0, 0.3, 0.7, 1.0, 1.6]
    heard = [5.1, 5.4, 6.1, 6.35, 6.7]  # the third is lost, one was never sent
    assert onsets.matched(sent, heard, 0.02) == [(0, 0), (1, 1), (3, 2), (4, 4)]


def test_a_capture_that_loses_time_is_followed(onsets):
    sent = [0.2 * k for k in range(20)]
    heard = [1.0 + at - 0.01 * (at > 1.9) - 0.01 * (at > 3.1) for at in sent]
    pairs = onsets.matched(sent, heard, 0.02)
    assert pairs == [(k, k) for k in range(20)]
    steady = onsets.steadiness(sent, heard)
    assert steady["iqr_ms"] > 5
    assert steady["gap_error_p50_ms"] == pytest.approx(0.0, abs=1e-6)
