from __future__ import annotations

import random
import shutil
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mido import Message

from installation.io.control.tempo_source import (
    CLOCK_TIMEOUT_NS,
    CLOCKS_PER_QUARTER,
    MIN_TEMPO_CLOCKS,
    AbletonLinkSource,
    AbletonLinkUnavailable,
    DummyTempoSource,
    MidiClockReceiver,
)
from installation.io.midi.inputs import ReceivedMessage
from midi_data.beat_grid import BeatGrid
from tests.hang_guard import HANG_GUARD_S

MS = 1_000_000
BEAT = 500 * MS
APART = ["unshare", "--user", "--map-root-user", "--net"]
"""A network of its own, so that no peer outside hears of it."""
SESSION = """
import time, link
from installation.io.control.tempo_source import AbletonLinkSource
other = link.Link(93.0)
other.enabled = True
def beat():
    return other.captureAppSessionState().beatAtTime(other.clock().micros(), 4.0)
first = beat()
while beat() < first + 3:  # of two sessions as old as each other, chance decides
    time.sleep(0.01)
source = AbletonLinkSource(120.0)
def tempo():
    grid = source.beat_grid_at(time.monotonic_ns())
    return 0.0 if grid is None else 60e9 / grid.beat_ns
while abs(tempo() - 93.0) > 0.01:
    time.sleep(0.01)
now = time.monotonic_ns()
pulse = source.beat_grid_at(now)
state, micros = other.captureAppSessionState(), other.clock().micros()
behind = time.monotonic_ns() - 1000 * micros
true = 1000 * state.timeAtBeat(0.0, 4.0) + behind
off = (pulse.origin_ns - true + pulse.beat_ns / 2) %  pulse.beat_ns - pulse.beat_ns / 2
print(source.peer_count, round(60e9 / pulse.beat_ns, 2), abs(off) < 5e6)
bar_line = source.bar_line_after(now)
micros = (bar_line - behind) / 1000
phase = (state.phaseAtTime(round(micros), 4.0) + 2) % 4 - 2
print(now <= bar_line <= now + 4 * pulse.beat_ns, abs(phase) < 0.02)
source.close()
print(source.beat_grid_at(now), source.bar_line_after(now))
"""


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


def test_without_the_library_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "link", None)
    with pytest.raises(AbletonLinkUnavailable, match=r"hidden-state\[link\]"):
        AbletonLinkSource(120.0)


def test_a_peer_on_this_machine_leads():
    pytest.importorskip("link", reason="needs LinkPython-extern")
    script = f"ip link set lo up multicast on; exec {sys.executable} -c '{SESSION}'"
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        pytest.skip("needs unshare and ip, for a network of its own")
    if subprocess.run([*APART, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no network of its own is allowed here")
    found = subprocess.run(
        [*APART, "sh", "-c", script],
        check=False,
        capture_output=True,
        text=True,
        timeout=HANG_GUARD_S,
    )
    assert found.stdout.splitlines() == ["1 93.0 True", "True True", "None None"], found.stderr


def test_bar_lines_are_counted_from_the_start():
    sender = ClockSender()
    begun = sender.at
    sender.send("start")
    sender.play(6 * CLOCKS_PER_QUARTER)
    bar_line = sender.receiver.bar_line_after(round(sender.at))
    assert bar_line == pytest.approx(begun + 8 * BEAT, abs=MS)


def test_a_clock_that_only_ticks_has_beats_but_no_bar_lines():
    sender = ClockSender()
    sender.play(6 * CLOCKS_PER_QUARTER)
    assert sender.receiver.beat_grid_at(round(sender.at)) is not None
    assert sender.receiver.bar_line_after(round(sender.at)) is None


def test_bar_lines_are_counted_from_a_song_position():
    sender = ClockSender()
    sender.send("songpos", pos=8)  # two beats
    begun = sender.at
    sender.play(6 * CLOCKS_PER_QUARTER)
    bar_line = sender.receiver.bar_line_after(round(sender.at) - BEAT // 2)
    assert bar_line == pytest.approx(begun + 6 * BEAT, abs=MS)


def test_the_bar_lines_of_a_device_that_is_gone_are_forgotten():
    sender = ClockSender()
    sender.send("start")
    sender.play(CLOCKS_PER_QUARTER)
    sender.send("reset")
    sender.play(CLOCKS_PER_QUARTER)
    assert sender.receiver.bar_line_after(round(sender.at)) is None


def test_a_dummy_knows_the_bar_lines_it_is_given():
    grid = BeatGrid(7 * MS, BEAT)
    assert DummyTempoSource(grid).bar_line_after(0) is None
    assert DummyTempoSource(None, 1).bar_line_after(0) is None
    source = DummyTempoSource(grid, first_bar_beat=1)
    line = 7 * MS + BEAT
    times = (0, line, line + MS)
    assert [source.bar_line_after(at) for at in times] == [line, line, line + 4 * BEAT]


def test_the_second_of_two_masters_starts_nothing_and_is_told_why(caplog):
    told = []
    receiver = MidiClockReceiver(lambda plays, at: told.append((plays, at)))
    for at, port, kind in [
        (0, "a", "start"), (MS, "a", "clock"), (2 * MS, "b", "start"), (3 * MS, "b", "clock"),
        (4 * MS, "b", "stop"), (5 * MS, "a", "stop"), (CLOCK_TIMEOUT_NS * 2, "b", "continue"),
    ]:  # fmt: skip
        receiver.on_message(ReceivedMessage(Message(kind), at, port))
    assert told == [(True, 0), (False, 5 * MS), (True, CLOCK_TIMEOUT_NS * 2)]
    assert [record.message for record in caplog.records] == [
        "the clock of b is not followed: a leads until it stops"
    ]


def test_a_clock_that_takes_over_inherits_neither_bar_lines_nor_a_stop():
    told = []
    sender = ClockSender(port="a")
    sender.receiver = MidiClockReceiver(lambda plays, at: told.append(plays))
    sender.send("start")
    sender.play(2 * CLOCKS_PER_QUARTER)
    sender.send("stop")
    sender.at += 1000 * MS
    sender.port = "b"
    sender.play(2 * CLOCKS_PER_QUARTER)
    assert sender.receiver.beat_grid_at(round(sender.at)) is not None
    assert sender.receiver.bar_line_after(round(sender.at)) is None
    assert told == [True, False, True]


def test_a_device_that_is_gone_leaves_nothing_stopped():
    told = []
    receiver = MidiClockReceiver(lambda plays, at: told.append((plays, at)))
    for at, port, kind in [
        (0, "a", "clock"), (MS, "a", "stop"), (2 * MS, "b", "reset"), (3 * MS, "a", "reset"),
        (4 * MS, "a", "reset"), (5 * MS, "b", "start"), (6 * MS, "b", "clock"),
        (7 * MS, "b", "reset"),
    ]:  # fmt: skip
        receiver.on_message(ReceivedMessage(Message(kind), at, port))
    assert told == [(False, MS), (True, 3 * MS), (True, 5 * MS)]
