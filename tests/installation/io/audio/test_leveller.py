from __future__ import annotations

import pytest

from installation.io.audio.leveller import VoiceLeveller

SAMPLE_RATE_HZ = 48_000


def test_a_single_voice_is_left_as_it_is():
    leveller = VoiceLeveller(SAMPLE_RATE_HZ)
    leveller.advance(1, 10 * SAMPLE_RATE_HZ)
    assert leveller.gain == 1.0


def test_four_voices_come_to_half_the_amplitude():
    leveller = VoiceLeveller(SAMPLE_RATE_HZ)
    leveller.advance(4, 10 * SAMPLE_RATE_HZ)
    assert leveller.gain == pytest.approx(0.5, abs=0.001)


def test_a_short_chord_keeps_its_weight():
    leveller = VoiceLeveller(SAMPLE_RATE_HZ)
    leveller.advance(4, SAMPLE_RATE_HZ // 20)
    assert leveller.gain > 0.9


def test_silence_changes_nothing():
    leveller = VoiceLeveller(SAMPLE_RATE_HZ)
    leveller.advance(4, SAMPLE_RATE_HZ)
    before = leveller.gain
    leveller.advance(0, 10 * SAMPLE_RATE_HZ)
    assert leveller.gain == before
