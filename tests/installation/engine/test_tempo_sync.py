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
from installation.io.midi.outputs import DummyOutput, ReconnectingOutput
from messages.clock import MILLISECOND, SECOND, VirtualClock
from messages.cues import NoteSource
from midi_data.beat_grid import BeatGrid

BEAT = SECOND // 2
BEATS = st.integers(200 * MILLISECOND, 3000 * MILLISECOND)
TIMES = st.integers(0, 10**15)


def test_without_a_source_the_visitor_sets_the_tempo() -> None:
    tempo = SyncedTempo(100)
    assert tempo.beat_ns == 600 * MILLISECOND
    assert tempo.align(BeatGrid(5, 600), 10) == BeatGrid(5, 600)


def test_a_source_sets_the_tempo() -> None:
    assert SyncedTempo(100, DummyTempoSource(BeatGrid(0, BEAT))).beat_ns == BEAT


def test_small_jitter_moves_nothing() -> None:
    source = DummyTempoSource(BeatGrid(MILLISECOND, BEAT + 1000))
    grid = BeatGrid(0, BEAT)
    assert SyncedTempo(100, source).align(grid, SECOND) is grid


@pytest.mark.parametrize("offset", [0, 137 * MILLISECOND])
def test_the_network_plays_on_the_beats_of_a_source(rehearsals, offset) -> None:
    external = BeatGrid(offset, 480 * MILLISECOND)
    settings = LiveSettings(tempo=100, attract=True)
    rehearsal = rehearsals(settings=settings, tempo_source=DummyTempoSource(external))
    rehearsal.until(12)
    off = [
        (note.due - offset) % (external.beat_ns // 4)
        for note in rehearsal.notes(NoteSource.NETWORK)
    ]
    assert len(off) > 8
    assert all(min(one, external.beat_ns // 4 - one) < 2 * MILLISECOND + 10 for one in off)


def sender_of(
    grid: BeatGrid, start: int = 0
) -> tuple[MidiClockSender, DummyOutput, ReconnectingOutput]:
    port, output = DummyOutput(), ReconnectingOutput("gear")
    output.connect(port)
    port.sent.clear()
    return MidiClockSender([output], lambda: grid, start), port, output


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


def test_the_clocks_move_onto_the_beat_slowly() -> None:
    grids = [BeatGrid(0, BEAT)]
    sender = MidiClockSender([], lambda: grids[-1], 0)
    grid = BeatGrid(200 * MILLISECOND, BEAT)
    grids.append(grid)
    dues = [0]
    for _ in range(20 * CLOCKS_PER_QUARTER):
        dues.append(sender.pump(dues[-1]))
    gaps = [b - a for a, b in zip(dues, dues[1:], strict=False)]
    period = BEAT / CLOCKS_PER_QUARTER
    assert all(abs(gap - period) <= MAX_CLOCK_SLEW * period + 1 for gap in gaps)
    assert abs((dues[-1] - grid.origin_ns + BEAT // 2) % BEAT - BEAT // 2) < 1000


def test_a_port_that_connects_late_continues_at_a_sixteenth() -> None:
    sender, _, output = sender_of(BeatGrid(0, BEAT))
    pump(sender, 0, BEAT)
    late = DummyOutput("late")
    output.connect(late)
    late.sent.clear()
    pump(sender, BEAT, BEAT + BEAT // 2)
    messages = [sent.message for sent in late.sent]
    place = messages.index(mido.Message("continue"))
    assert messages[place - 1].type == "songpos"
    assert (
        messages[place - 1].pos * 6 + sum(m.type == "clock" for m in messages[place:])
        == sender.clock_count
    )


@given(
    st.integers(1, 4 * CLOCKS_PER_QUARTER), st.integers(MAX_CLOCK_LATENESS_NS + 1, 3600 * SECOND)
)
@example(clocks=30, stall=1_375_000_000)
def test_after_a_stall_no_burst_of_clocks_is_sent_and_ports_continue(clocks, stall) -> None:
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
    messages = [sent.message for sent in port.sent]
    assert messages.count(mido.Message("continue")) == 1
    place = messages.index(mido.Message("continue"))
    assert messages[place - 1].type == "songpos"
    behind = sum(message.type == "clock" for message in messages[place:])
    position = (sender.clock_count - behind) // 6
    assert (sender.clock_count - behind) % 6 == 0
    assert messages[place - 1].pos == position % 16384
    next_due = sender.clock_count * BEAT / CLOCKS_PER_QUARTER
    assert sender.pump(0) == pytest.approx(next_due, abs=MILLISECOND)


def test_a_stall_before_the_first_clock_moves_it_to_a_beat() -> None:
    sender, port, _ = sender_of(BeatGrid(0, BEAT))
    assert sender.pump(5 * BEAT + 1) == 6 * BEAT
    assert port.sent == []
    sender.pump(6 * BEAT)
    assert kinds(port) == ["start", "clock"]
