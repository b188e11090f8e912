from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.io.midi.outputs import DummyOutput
from installation.session.calibration import (
    BEATS,
    FEWEST,
    LEAD_IN,
    PERIOD,
    CalibrationError,
    beats_from,
    latency_of,
    offsets,
    show_beats,
    sound_beats,
)
from messages.clock import MILLISECOND, MonotonicClock, VirtualClock

BEATS_AT = beats_from(10 * PERIOD)


def tapped(late_ms: float, jitter: float = 0.0) -> list[int]:
    chance = random.Random(2)
    return [beat + round((late_ms + chance.gauss(0, jitter)) * MILLISECOND) for beat in BEATS_AT]


def test_what_the_tapper_always_does_is_taken_out() -> None:
    light = offsets(BEATS_AT, tapped(-35, jitter=8))
    sound = offsets(BEATS_AT, tapped(-35 + 90, jitter=8))
    assert latency_of(light, sound).ms == pytest.approx(90, abs=1)


def test_the_lead_in_does_not_count() -> None:
    assert len(offsets(BEATS_AT, tapped(5))) == BEATS - LEAD_IN


def test_sound_before_light_is_no_latency() -> None:
    assert latency_of([20.0] * FEWEST, [5.0] * FEWEST).ms == 0


def test_a_few_taps_tell_nothing() -> None:
    with pytest.raises(CalibrationError, match="only 2 taps met the sound"):
        latency_of([0.0] * FEWEST, [0.0, 1.0])


def test_unsteady_taps_tell_nothing() -> None:
    with pytest.raises(CalibrationError, match="taps to the light differ by 100 ms"):
        latency_of([0.0, 100.0] * FEWEST, [0.0] * FEWEST)


@given(st.lists(st.integers(0, 40 * PERIOD), max_size=40))
def test_every_tap_that_counts_is_nearer_than_half_a_beat(taps) -> None:
    late = offsets(BEATS_AT, taps)
    assert len(late) <= len(taps)
    assert all(abs(one) * MILLISECOND <= PERIOD / 2 for one in late)


def test_light_comes_at_the_beats() -> None:
    clock, shown = VirtualClock(), []
    show_beats(BEATS_AT, clock, lambda: shown.append(clock.now()))
    assert shown == BEATS_AT


def test_clicks_come_at_the_beats_and_end() -> None:
    clock, port = MonotonicClock(), DummyOutput()
    beats = [clock.now() + index * 20 * MILLISECOND for index in (1, 2, 3)]
    sound_beats(beats, clock, [port])
    ons = [sent.due for sent in port.sent if sent.message.type == "note_on"]
    assert ons == beats
    assert sum(sent.message.type == "note_off" for sent in port.sent) == 3
