from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.io.midi.outputs import DummyOutput
from installation.ops.metrics import MidiStatus, SoundStatus
from installation.session.calibration import (
    BEAT_PERIOD_NS,
    BEATS_PER_ROUND,
    LEAD_IN_BEATS,
    MIN_TAPS,
    CalibrationError,
    beat_times,
    estimate_latency,
    play_clicks,
    require_sound,
    show_beats,
    tap_offsets_ms,
)
from messages.clock import MILLISECOND, MonotonicClock, VirtualClock

BEATS_AT = beat_times(10 * BEAT_PERIOD_NS)


def tapped(late_ms: float, jitter: float = 0.0) -> list[int]:
    generator = random.Random(2)
    return [beat + round((late_ms + generator.gauss(0, jitter)) * MILLISECOND) for beat in BEATS_AT]


def test_a_constant_offset_of_the_taps_is_removed() -> None:
    light = tap_offsets_ms(BEATS_AT, tapped(-35, jitter=8))
    sound = tap_offsets_ms(BEATS_AT, tapped(-35 + 90, jitter=8))
    assert estimate_latency(light, sound).ms == pytest.approx(90, abs=1)


def test_the_lead_in_does_not_count() -> None:
    assert len(tap_offsets_ms(BEATS_AT, tapped(5))) == BEATS_PER_ROUND - LEAD_IN_BEATS


def test_sound_before_light_is_no_latency() -> None:
    assert estimate_latency([20.0] * MIN_TAPS, [5.0] * MIN_TAPS).ms == 0


def test_too_few_taps_are_refused() -> None:
    with pytest.raises(CalibrationError, match="only 2 taps met the sound"):
        estimate_latency([0.0] * MIN_TAPS, [0.0, 1.0])


def test_unsteady_taps_are_refused() -> None:
    with pytest.raises(CalibrationError, match="taps to the light differ by 100 ms"):
        estimate_latency([0.0, 100.0] * MIN_TAPS, [0.0] * MIN_TAPS)


@given(st.lists(st.integers(BEATS_AT[0], BEATS_AT[-1]), max_size=40))
def test_every_counted_tap_is_within_half_a_beat(taps) -> None:
    offsets = tap_offsets_ms(BEATS_AT, taps)
    assert len(offsets) <= len(taps)
    assert all(abs(offset) * MILLISECOND <= BEAT_PERIOD_NS / 2 for offset in offsets)


def test_the_light_is_shown_at_the_beats() -> None:
    clock, shown = VirtualClock(), []
    show_beats(BEATS_AT, clock, lambda: shown.append(clock.now()))
    assert shown == BEATS_AT


def test_clicks_sound_at_the_beats_and_end() -> None:
    clock, port = MonotonicClock(), DummyOutput()
    beats = [clock.now() + index * 20 * MILLISECOND for index in (1, 2, 3)]
    play_clicks(beats, clock, [port])
    ons = [sent.due for sent in port.sent if sent.message.type == "note_on"]
    assert ons == beats
    assert sum(sent.message.type == "note_off" for sent in port.sent) == 3


@pytest.mark.parametrize("sound", [None, SoundStatus("no device", on_card=False)])
def test_without_a_card_and_a_port_nothing_is_asked_for(sound) -> None:
    with pytest.raises(CalibrationError, match="neither a sound card nor a MIDI output"):
        require_sound(sound, MidiStatus())
    with pytest.raises(CalibrationError):
        require_sound(sound, MidiStatus(outputs=("lights",), volume=None))
    require_sound(sound, MidiStatus(outputs=("piano",)))
    require_sound(SoundStatus("card", on_card=True), MidiStatus())
