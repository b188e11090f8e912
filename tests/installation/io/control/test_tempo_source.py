from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mido import Message

from installation.io.control.tempo_source import (
    CLOCK_TIMEOUT_NS,
    CLOCKS_PER_QUARTER,
    MIN_TEMPO_CLOCKS,
    MidiClockReceiver,
)
from installation.io.midi.inputs import ReceivedMessage

MS = 1_000_000
BEAT = 500 * MS


class Drummer:
    """Sends a clock to a follower."""

    def __init__(self, tempo=120.0, jitter=0.0, port="drums"):
        self.follower = MidiClockReceiver()
        self.at, self.period = 10**12, 60e9 / tempo / CLOCKS_PER_QUARTER
        self.jitter, self.port, self.chance = jitter, port, random.Random(1)

    def send(self, kind, **values):
        off = round(self.chance.gauss(0, self.jitter))
        self.follower.on_message(
            ReceivedMessage(Message(kind, **values), round(self.at) + off, self.port)
        )

    def play(self, clocks):
        for _ in range(clocks):
            self.send("clock")
            self.at += self.period


@pytest.mark.parametrize("tempo", [40, 97.3, 240])
def test_the_tempo_is_that_of_the_clocks(tempo):
    drummer = Drummer(tempo)
    drummer.play(3 * CLOCKS_PER_QUARTER)
    assert drummer.follower.beat_grid_at(round(drummer.at)).beat_ns == pytest.approx(
        60e9 / tempo, rel=1e-6
    )


def test_jitter_of_a_cable_is_evened_out():
    drummer = Drummer(jitter=1 * MS)
    drummer.play(4 * CLOCKS_PER_QUARTER)
    assert drummer.follower.beat_grid_at(round(drummer.at)).beat_ns == pytest.approx(BEAT, rel=0.01)


def test_the_first_clock_after_start_is_on_the_beat():
    drummer = Drummer()
    drummer.play(7)
    began = drummer.at
    drummer.send("start")
    drummer.play(5 * CLOCKS_PER_QUARTER)
    origin = drummer.follower.beat_grid_at(round(drummer.at)).origin_ns
    assert abs((origin - began + BEAT / 2) % BEAT - BEAT / 2) < 10


def test_song_position_and_continue_say_where_the_other_is():
    drummer = Drummer()
    drummer.play(CLOCKS_PER_QUARTER)
    drummer.send("stop")
    drummer.send("songpos", pos=6)  # a beat and a half
    drummer.send("continue")
    began = drummer.at
    drummer.play(CLOCKS_PER_QUARTER + 1)
    origin = drummer.follower.beat_grid_at(round(drummer.at)).origin_ns
    assert abs((origin - began) % BEAT - BEAT / 2) < 10  # the other is between two beats


def test_a_few_clocks_are_no_tempo_and_silence_is_none():
    drummer = Drummer()
    drummer.play(MIN_TEMPO_CLOCKS - 1)
    assert drummer.follower.beat_grid_at(round(drummer.at)) is None
    drummer.play(2)
    assert drummer.follower.beat_grid_at(round(drummer.at)) is not None
    assert drummer.follower.beat_grid_at(round(drummer.at) + CLOCK_TIMEOUT_NS + BEAT) is None


def test_a_tempo_that_changes_is_followed_within_two_beats():
    drummer = Drummer(120)
    drummer.play(4 * CLOCKS_PER_QUARTER)
    drummer.period *= 0.8
    drummer.play(2 * CLOCKS_PER_QUARTER)
    assert drummer.follower.beat_grid_at(round(drummer.at)).beat_ns == pytest.approx(
        0.8 * BEAT, rel=1e-6
    )


def test_of_two_clocks_the_first_is_followed():
    drummer = Drummer()
    for _ in range(4 * CLOCKS_PER_QUARTER):
        drummer.play(1)
        drummer.follower.on_message(
            ReceivedMessage(Message("clock"), round(drummer.at) - 3 * MS, "stranger")
        )
    assert drummer.follower.beat_grid_at(round(drummer.at)).beat_ns == pytest.approx(BEAT, rel=1e-6)


KINDS = st.sampled_from(["clock", "start", "stop", "continue", "songpos"])


@given(st.lists(st.tuples(KINDS, st.integers(-(10**9), 10**9)), max_size=80))
def test_no_clock_is_too_wild(messages):
    follower, at = MidiClockReceiver(), 0
    for kind, gap in messages:
        at += gap
        follower.on_message(ReceivedMessage(Message(kind), at, "wild"))
        pulse = follower.beat_grid_at(at)
        assert pulse is None or 200 * MS <= pulse.beat_ns <= 3000 * MS
