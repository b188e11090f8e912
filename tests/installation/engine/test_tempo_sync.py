from __future__ import annotations

from threading import Event

import mido
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from installation.config import LiveSettings
from installation.engine.tempo_sync import (
    MAX_CLOCK_LATENESS_NS,
    MAX_CLOCK_SLEW,
    MidiClockSender,
    SyncedTempo,
)
from installation.io.control.tempo_source import (
    CLOCKS_PER_QUARTER,
    DummyTempoSource,
)
from installation.io.midi.outputs import DummyOutput
from installation.io.midi.reconnecting_output import ReconnectingOutput
from messages.clock import MILLISECOND, SECOND, VirtualClock
from messages.cues import NoteSource
from midi_data.beat_grid import BeatGrid

BEAT = SECOND // 2
BEATS = st.integers(200 * MILLISECOND, 3000 * MILLISECOND)
TIMES = st.integers(0, 10**15)


def test_while_nobody_leads_the_visitor_does() -> None:
    tempo = SyncedTempo(100)
    assert tempo.beat_ns == 600 * MILLISECOND
    assert tempo.align(BeatGrid(5, 600), 10) == BeatGrid(5, 600)


def test_whoever_leads_sets_the_tempo() -> None:
    assert SyncedTempo(100, DummyTempoSource(BeatGrid(0, BEAT))).beat_ns == BEAT


def test_a_little_jitter_moves_nothing() -> None:
    source = DummyTempoSource(BeatGrid(MILLISECOND, BEAT + 1000))
    axis = BeatGrid(0, BEAT)
    assert SyncedTempo(100, source).align(axis, SECOND) is axis


@pytest.mark.parametrize("offset", [0, 137 * MILLISECOND])
def test_the_network_plays_on_the_beats_of_whoever_leads(rehearsals, offset) -> None:
    pulse = BeatGrid(offset, 480 * MILLISECOND)
    settings = LiveSettings(tempo=100, attract=True)
    rehearsal = rehearsals(settings=settings, tempo_source=DummyTempoSource(pulse))
    rehearsal.until(12)
    off = [
        (note.due - offset) % (pulse.beat_ns // 4) for note in rehearsal.notes(NoteSource.NETWORK)
    ]
    assert len(off) > 8
    assert all(min(one, pulse.beat_ns // 4 - one) < 2 * MILLISECOND + 10 for one in off)


def sender_of(
    axis: BeatGrid, start: int = 0
) -> tuple[MidiClockSender, DummyOutput, ReconnectingOutput]:
    port, socket = DummyOutput(), ReconnectingOutput("gear")
    socket.connect(port)
    port.sent.clear()
    return MidiClockSender([socket], lambda: axis, start), port, socket


def pump(sender: MidiClockSender, start: int, until: int) -> None:
    """By a clock that is never late, from `start` to `until`, ns."""
    due = sender.pump(start)
    while due <= until:
        due = sender.pump(due)


def kinds(port: DummyOutput) -> list[str]:
    return [sent.message.type for sent in port.sent]


def test_a_beat_has_24_clocks_and_start_comes_first() -> None:
    sender, port, _ = sender_of(BeatGrid(0, BEAT))
    pump(sender, 0, BEAT - 1)
    assert kinds(port) == ["start"] + ["clock"] * CLOCKS_PER_QUARTER


def test_the_first_clock_is_on_a_beat() -> None:
    sender, port, _ = sender_of(BeatGrid(100, BEAT), start=BEAT)
    assert sender.pump(BEAT) == BEAT + 100
    assert port.sent == []


def test_stop_comes_last() -> None:
    sender, port, _ = sender_of(BeatGrid(0, BEAT))
    stop = Event()
    stop.set()
    sender.run(VirtualClock(), stop)
    assert kinds(port) == ["stop"]


def test_the_clocks_are_pulled_onto_the_beat_gently() -> None:
    grids = [BeatGrid(0, BEAT)]
    sender = MidiClockSender([], lambda: grids[-1], 0)
    axis = BeatGrid(200 * MILLISECOND, BEAT)
    grids.append(axis)
    dues = [0]
    for _ in range(20 * CLOCKS_PER_QUARTER):
        dues.append(sender.pump(dues[-1]))
    gaps = [b - a for a, b in zip(dues, dues[1:], strict=False)]
    period = BEAT / CLOCKS_PER_QUARTER
    assert all(abs(gap - period) <= MAX_CLOCK_SLEW * period + 1 for gap in gaps)
    assert abs((dues[-1] - axis.origin_ns + BEAT // 2) % BEAT - BEAT // 2) < 1000


def test_a_port_that_comes_late_joins_at_a_sixteenth() -> None:
    sender, _, socket = sender_of(BeatGrid(0, BEAT))
    pump(sender, 0, BEAT)
    late = DummyOutput("late")
    socket.connect(late)
    late.sent.clear()
    pump(sender, BEAT, BEAT + BEAT // 2)
    told = [sent.message for sent in late.sent]
    place = told.index(mido.Message("continue"))
    assert told[place - 1].type == "songpos"
    assert (
        told[place - 1].pos * 6 + sum(m.type == "clock" for m in told[place:]) == sender.clock_count
    )


@given(
    st.integers(1, 4 * CLOCKS_PER_QUARTER), st.integers(MAX_CLOCK_LATENESS_NS + 1, 3600 * SECOND)
)
@example(clocks=30, stall=1_375_000_000)
def test_after_a_stall_no_clocks_pour_out_and_gear_joins_where_we_are(clocks, stall) -> None:
    sender, port, _ = sender_of(BeatGrid(0, BEAT))
    due = 0
    for _ in range(clocks):
        due = sender.pump(due)
    port.sent.clear()
    woke = due + stall
    due = sender.pump(woke)
    joined = ["songpos", "continue", "clock"]  # one may be due that very moment, on a sixteenth too
    assert kinds(port) in (["stop"], ["stop", "clock"], ["stop", *joined])
    assert 0 <= due - woke <= BEAT / CLOCKS_PER_QUARTER + 1
    pump(sender, due, due + BEAT // 2)
    told = [sent.message for sent in port.sent]
    assert told.count(mido.Message("continue")) == 1
    place = told.index(mido.Message("continue"))
    assert told[place - 1].type == "songpos"
    behind = sum(message.type == "clock" for message in told[place:])
    position = (sender.clock_count - behind) // 6
    assert (sender.clock_count - behind) % 6 == 0
    assert told[place - 1].pos == position % 16384
    next_due = sender.clock_count * BEAT / CLOCKS_PER_QUARTER
    assert sender.pump(0) == pytest.approx(next_due, abs=MILLISECOND)


def test_a_stall_before_the_first_clock_only_puts_it_off_to_a_beat() -> None:
    sender, port, _ = sender_of(BeatGrid(0, BEAT))
    assert sender.pump(5 * BEAT + 1) == 6 * BEAT
    assert port.sent == []
    sender.pump(6 * BEAT)
    assert kinds(port) == ["start", "clock"]
