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


class ClockSender:
    """Sends a clock to a receiver."""

    def __init__(self, tempo=120.0, jitter=0.0, port="drums"):
        self.receiver = MidiClockReceiver()
        self.at, self.period = 10**12, 60e9 / tempo / CLOCKS_PER_QUARTER
        self.jitter, self.port, self.chance = jitter, port, random.Random(1)

    def send(self, kind, **values):
        off = round(self.chance.gauss(0, self.jitter))
        self.receiver.on_message(
            ReceivedMessage(Message(kind, **values), round(self.at) + off, self.port)
        )

    def play(self, clocks):
        for _ in range(clocks):
            self.send("clock")
            self.at += self.period


@pytest.mark.parametrize("tempo", [40, 97.3, 240])
def test_the_tempo_is_that_of_the_clocks(tempo):
    sender = ClockSender(tempo)
    sender.play(3 * CLOCKS_PER_QUARTER)
    assert sender.receiver.beat_grid_at(round(sender.at)).beat_ns == pytest.approx(
        60e9 / tempo, rel=1e-6
    )


def test_jitter_of_a_cable_is_evened_out():
    sender = ClockSender(jitter=1 * MS)
    sender.play(4 * CLOCKS_PER_QUARTER)
    assert sender.receiver.beat_grid_at(round(sender.at)).beat_ns == pytest.approx(BEAT, rel=0.01)


def test_the_first_clock_after_start_is_on_the_beat():
    sender = ClockSender()
    sender.play(7)
    began = sender.at
    sender.send("start")
    sender.play(5 * CLOCKS_PER_QUARTER)
    origin = sender.receiver.beat_grid_at(round(sender.at)).origin_ns
    assert abs((origin - began + BEAT / 2) % BEAT - BEAT / 2) < 10


def test_song_position_sets_the_beat():
    sender = ClockSender()
    sender.play(CLOCKS_PER_QUARTER)
    sender.send("stop")
    sender.send("songpos", pos=6)  # a beat and a half
    sender.send("continue")
    began = sender.at
    sender.play(CLOCKS_PER_QUARTER + 1)
    origin = sender.receiver.beat_grid_at(round(sender.at)).origin_ns
    assert abs((origin - began) % BEAT - BEAT / 2) < 10  # the other is between two beats


def test_a_few_clocks_are_no_tempo_and_silence_is_none():
    sender = ClockSender()
    sender.play(MIN_TEMPO_CLOCKS - 1)
    assert sender.receiver.beat_grid_at(round(sender.at)) is None
    sender.play(2)
    assert sender.receiver.beat_grid_at(round(sender.at)) is not None
    assert sender.receiver.beat_grid_at(round(sender.at) + CLOCK_TIMEOUT_NS + BEAT) is None


def test_a_tempo_that_changes_is_followed_within_two_beats():
    sender = ClockSender(120)
    sender.play(4 * CLOCKS_PER_QUARTER)
    sender.period *= 0.8
    sender.play(2 * CLOCKS_PER_QUARTER)
    assert sender.receiver.beat_grid_at(round(sender.at)).beat_ns == pytest.approx(
        0.8 * BEAT, rel=1e-6
    )


def test_of_two_clocks_the_first_is_followed():
    sender = ClockSender()
    for _ in range(4 * CLOCKS_PER_QUARTER):
        sender.play(1)
        sender.receiver.on_message(
            ReceivedMessage(Message("clock"), round(sender.at) - 3 * MS, "stranger")
        )
    assert sender.receiver.beat_grid_at(round(sender.at)).beat_ns == pytest.approx(BEAT, rel=1e-6)


KINDS = st.sampled_from(["clock", "start", "stop", "continue", "songpos"])


@given(st.lists(st.tuples(KINDS, st.integers(-(10**9), 10**9)), max_size=80))
def test_any_clock_gives_a_sane_tempo_or_none(messages):
    receiver, at = MidiClockReceiver(), 0
    for kind, gap in messages:
        at += gap
        receiver.on_message(ReceivedMessage(Message(kind), at, "wild"))
        grid = receiver.beat_grid_at(at)
        assert grid is None or 200 * MS <= grid.beat_ns <= 3000 * MS
