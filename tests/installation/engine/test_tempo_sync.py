from __future__ import annotations

from threading import Event

import mido
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from installation.config import LiveSettings
from installation.engine.phrase_generator import Axis
from installation.engine.tempo_sync import SLEW, TOO_LATE, ClockSender, LedTempo, led
from installation.io.control.tempo_source import PULSES, DummyPulseSource, Pulse
from installation.io.midi.outputs import DummyOutput
from installation.io.midi.reconnecting_output import Socket
from messages.clock import MILLISECOND, SECOND, VirtualClock
from messages.cues import Source

BEAT = SECOND // 2
BEATS = st.integers(200 * MILLISECOND, 3000 * MILLISECOND)
TIMES = st.integers(0, 10**15)


@given(TIMES, BEATS, TIMES, BEATS, TIMES)
def test_a_led_axis_has_its_beats_on_the_pulses(origin, beat, other, other_beat, about) -> None:
    axis, pulse = Axis(origin, beat), Pulse(other, other_beat)
    moved = led(axis, pulse, about)
    assert (moved.origin - pulse.origin) % pulse.beat == 0
    assert moved.beat == pulse.beat
    there = axis.beats(about)
    assert abs(moved.time(there) - about) <= pulse.beat / 2 + 1000  # floats hold microseconds here


def test_while_nobody_leads_the_visitor_does() -> None:
    tempo = LedTempo(100)
    assert tempo.beat == 600 * MILLISECOND
    assert tempo.align(Axis(5, 600), 10) == Axis(5, 600)


def test_whoever_leads_sets_the_tempo() -> None:
    assert LedTempo(100, DummyPulseSource(Pulse(0, BEAT))).beat == BEAT


def test_a_little_jitter_moves_nothing() -> None:
    source = DummyPulseSource(Pulse(MILLISECOND, BEAT + 1000))
    axis = Axis(0, BEAT)
    assert LedTempo(100, source).align(axis, SECOND) is axis


@pytest.mark.parametrize("offset", [0, 137 * MILLISECOND])
def test_the_network_plays_on_the_beats_of_whoever_leads(rehearsals, offset) -> None:
    pulse = Pulse(offset, 480 * MILLISECOND)
    rehearsal = rehearsals(settings=LiveSettings(tempo=100, attract=True))
    rehearsal.performer._listener.tempo.source = DummyPulseSource(pulse)
    rehearsal.until(12)
    off = [(note.due - offset) % (pulse.beat // 4) for note in rehearsal.notes(Source.NETWORK)]
    assert len(off) > 8
    assert all(min(one, pulse.beat // 4 - one) < 2 * MILLISECOND + 10 for one in off)


def sender_of(axis: Axis, start: int = 0) -> tuple[ClockSender, DummyOutput, Socket]:
    port, socket = DummyOutput(), Socket("gear")
    socket.plug(port)
    port.sent.clear()
    return ClockSender([socket], lambda: axis, start), port, socket


def pump(sender: ClockSender, start: int, until: int) -> None:
    """By a clock that is never late, from `start` to `until`, ns."""
    due = sender.pump(start)
    while due <= until:
        due = sender.pump(due)


def kinds(port: DummyOutput) -> list[str]:
    return [sent.message.type for sent in port.sent]


def test_a_beat_has_24_clocks_and_start_comes_first() -> None:
    sender, port, _ = sender_of(Axis(0, BEAT))
    pump(sender, 0, BEAT - 1)
    assert kinds(port) == ["start"] + ["clock"] * PULSES


def test_the_first_clock_is_on_a_beat() -> None:
    sender, port, _ = sender_of(Axis(100, BEAT), start=BEAT)
    assert sender.pump(BEAT) == BEAT + 100
    assert port.sent == []


def test_stop_comes_last() -> None:
    sender, port, _ = sender_of(Axis(0, BEAT))
    stop = Event()
    stop.set()
    sender.run(VirtualClock(), stop)
    assert kinds(port) == ["stop"]


def test_the_clocks_are_pulled_onto_the_beat_gently() -> None:
    sender, _, _ = sender_of(Axis(0, BEAT))
    axis = Axis(200 * MILLISECOND, BEAT)
    sender._axis = lambda: axis
    dues = [0]
    for _ in range(20 * PULSES):
        dues.append(sender.pump(dues[-1]))
    gaps = [b - a for a, b in zip(dues, dues[1:], strict=False)]
    period = BEAT / PULSES
    assert all(abs(gap - period) <= SLEW * period + 1 for gap in gaps)
    assert abs((dues[-1] - axis.origin + BEAT // 2) % BEAT - BEAT // 2) < 1000


def test_a_port_that_comes_late_joins_at_a_sixteenth() -> None:
    sender, _, socket = sender_of(Axis(0, BEAT))
    pump(sender, 0, BEAT)
    late = DummyOutput("late")
    socket.plug(late)
    late.sent.clear()
    pump(sender, BEAT, BEAT + BEAT // 2)
    told = [sent.message for sent in late.sent]
    place = told.index(mido.Message("continue"))
    assert told[place - 1].type == "songpos"
    assert told[place - 1].pos * 6 + sum(m.type == "clock" for m in told[place:]) == sender._count


@given(st.integers(1, 4 * PULSES), st.integers(TOO_LATE + 1, 3600 * SECOND))
@example(clocks=30, stall=1_375_000_000)
def test_after_a_stall_no_clocks_pour_out_and_gear_joins_where_we_are(clocks, stall) -> None:
    sender, port, _ = sender_of(Axis(0, BEAT))
    due = 0
    for _ in range(clocks):
        due = sender.pump(due)
    port.sent.clear()
    woke = due + stall
    due = sender.pump(woke)
    joined = ["songpos", "continue", "clock"]  # one may be due that very moment, on a sixteenth too
    assert kinds(port) in (["stop"], ["stop", "clock"], ["stop", *joined])
    assert 0 <= due - woke <= BEAT / PULSES + 1
    pump(sender, due, due + BEAT // 2)
    told = [sent.message for sent in port.sent]
    assert told.count(mido.Message("continue")) == 1
    place = told.index(mido.Message("continue"))
    assert told[place - 1].type == "songpos"
    behind = sum(message.type == "clock" for message in told[place:])
    position = (sender._count - behind) // 6
    assert (sender._count - behind) % 6 == 0
    assert told[place - 1].pos == position % 16384
    assert sender._due == pytest.approx(sender._count * BEAT / PULSES, abs=MILLISECOND)


def test_a_stall_before_the_first_clock_only_puts_it_off_to_a_beat() -> None:
    sender, port, _ = sender_of(Axis(0, BEAT))
    assert sender.pump(5 * BEAT + 1) == 6 * BEAT
    assert port.sent == []
    sender.pump(6 * BEAT)
    assert kinds(port) == ["start", "clock"]
