from __future__ import annotations

import numpy as np
import pytest

from installation.io.audio.sound_meter import PEAK_WINDOW_S, SoundMeter
from messages.clock import SECOND

SILENCE = np.zeros((64, 2), np.float32)


class MeteredTime:
    """A meter and the time it is read at."""

    def __init__(self) -> None:
        self.now = 100 * SECOND
        self.meter = SoundMeter(lambda: self.now)

    def record(self, level: float, has_new_note: bool = False) -> None:
        self.meter.record(SILENCE + np.float32(level), has_new_note)


@pytest.fixture
def time():
    return MeteredTime()


def test_the_peak_is_forgotten_after_its_window(time):
    time.record(-0.5)
    assert time.meter.peak == 0.5
    time.now += PEAK_WINDOW_S * SECOND
    assert time.meter.peak == 0.0


def test_a_note_without_a_sound_is_unheard_until_something_sounds(time):
    time.record(0.0, has_new_note=True)
    time.now += 3 * SECOND
    time.record(0.0)
    assert time.meter.unheard_for_s == 3.0
    time.record(0.1)
    assert time.meter.unheard_for_s == 0.0


def test_silence_without_notes_is_only_measured(time):
    time.record(0.1)
    time.now += 60 * SECOND
    time.record(0.0)
    assert (time.meter.silent_for_s, time.meter.unheard_for_s) == (60.0, 0.0)
    assert time.meter.samples == 128


def test_before_the_first_sound_no_silence_is_counted(time):
    time.record(0.0)
    assert time.meter.silent_for_s is None


def test_the_level_is_that_since_the_last_reading(time):
    time.record(-0.5)
    time.record(0.25)
    assert time.meter.read_level() == 0.5
    time.record(0.25)
    assert time.meter.read_level() == 0.25
    assert time.meter.read_level() == 0.0
