from __future__ import annotations

from threading import Event

import mido
import pytest

from installation.simulation.fakes import PackingCueSink, SimulatedOutput
from messages.clock import SECOND, VirtualClock
from messages.cues import NoteSource, Turn, TurnChange

VISITOR = NoteSource.VISITOR


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def port(clock) -> SimulatedOutput:
    return SimulatedOutput(clock)


def note(kind: str) -> mido.Message:
    return mido.Message(kind, note=60, channel=VISITOR)


def test_notes_and_their_durations_are_counted(clock, port) -> None:
    port.send(note("note_on"))
    assert port.count_sounding(VISITOR) == 1
    clock.wait_until(2 * SECOND, Event())
    port.send(note("note_off"))
    assert port.count_sounding(VISITOR) == 0
    assert (port.note_on_counts[VISITOR], port.longest_note_ns) == (1, 2 * SECOND)


def test_notes_that_hang_at_an_unplugged_port_end_when_it_is_plugged_in(port) -> None:
    port.send(note("note_on"))
    port.unplugged = True
    assert port.count_sounding(VISITOR) == 1
    port.replug()
    assert port.count_sounding(VISITOR) == 0


def test_the_sink_keeps_the_turn() -> None:
    sink = PackingCueSink()
    sink.send_message(TurnChange(5, Turn.ANSWER))
    assert sink.turn is Turn.ANSWER
