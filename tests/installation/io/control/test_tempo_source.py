from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mido import Message

from installation.io.control.tempo_source import FEWEST, PULSES, SILENCE, ClockFollower
from installation.io.midi.inputs import Received

MS = 1_000_000
BEAT = 500 * MS


class Drummer:
    """Sends a clock to a follower."""

    def __init__(self, tempo=120.0, jitter=0.0, port="drums"):
        self.follower = ClockFollower()
        self.at, self.period = 10**12, 60e9 / tempo / PULSES
        self.jitter, self.port, self.chance = jitter, port, random.Random(1)

    def send(self, kind, **values):
        off = round(self.chance.gauss(0, self.jitter))
        self.follower.hear(Received(Message(kind, **values), round(self.at) + off, self.port))

    def play(self, clocks):
        for _ in range(clocks):
            self.send("clock")
            self.at += self.period


@pytest.mark.parametrize("tempo", [40, 97.3, 240])
def test_the_tempo_is_that_of_the_clocks(tempo):
    drummer = Drummer(tempo)
    drummer.play(3 * PULSES)
    assert drummer.follower.pulse(round(drummer.at)).beat == pytest.approx(60e9 / tempo, rel=1e-6)


def test_jitter_of_a_cable_is_evened_out():
    drummer = Drummer(jitter=1 * MS)
    drummer.play(4 * PULSES)
    assert drummer.follower.pulse(round(drummer.at)).beat == pytest.approx(BEAT, rel=0.01)


def test_the_first_clock_after_start_is_on_the_beat():
    drummer = Drummer()
    drummer.play(7)
    began = drummer.at
    drummer.send("start")
    drummer.play(5 * PULSES)
    origin = drummer.follower.pulse(round(drummer.at)).origin
    assert abs((origin - began + BEAT / 2) % BEAT - BEAT / 2) < 10
    assert drummer.follower.running


def test_song_position_and_continue_say_where_the_other_is():
    drummer = Drummer()
    drummer.play(PULSES)
    drummer.send("stop")
    assert not drummer.follower.running
    drummer.send("songpos", pos=6)  # a beat and a half
    drummer.send("continue")
    began = drummer.at
    drummer.play(PULSES + 1)
    assert drummer.follower.position == 2.5
    origin = drummer.follower.pulse(round(drummer.at)).origin
    assert abs((origin - began) % BEAT - BEAT / 2) < 10  # the other is between two beats


def test_a_few_clocks_are_no_tempo_and_silence_is_none():
    drummer = Drummer()
    drummer.play(FEWEST - 1)
    assert drummer.follower.pulse(round(drummer.at)) is None
    drummer.play(2)
    assert drummer.follower.pulse(round(drummer.at)) is not None
    assert drummer.follower.pulse(round(drummer.at) + SILENCE + BEAT) is None


def test_a_tempo_that_changes_is_followed_within_two_beats():
    drummer = Drummer(120)
    drummer.play(4 * PULSES)
    drummer.period *= 0.8
    drummer.play(2 * PULSES)
    assert drummer.follower.pulse(round(drummer.at)).beat == pytest.approx(0.8 * BEAT, rel=1e-6)


def test_of_two_clocks_the_first_is_followed():
    drummer = Drummer()
    for _ in range(4 * PULSES):
        drummer.play(1)
        drummer.follower.hear(Received(Message("clock"), round(drummer.at) - 3 * MS, "stranger"))
    assert drummer.follower.pulse(round(drummer.at)).beat == pytest.approx(BEAT, rel=1e-6)


KINDS = st.sampled_from(["clock", "start", "stop", "continue", "songpos"])


@given(st.lists(st.tuples(KINDS, st.integers(-(10**9), 10**9)), max_size=80))
def test_no_clock_is_too_wild(messages):
    follower, at = ClockFollower(), 0
    for kind, gap in messages:
        at += gap
        follower.hear(Received(Message(kind), at, "wild"))
        pulse = follower.pulse(at)
        assert pulse is None or 200 * MS <= pulse.beat <= 3000 * MS
