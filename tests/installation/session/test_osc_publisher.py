from __future__ import annotations

from threading import Event

import numpy as np
import pytest

from installation.io.control.osc import DummyControlOutput
from installation.session.osc_publisher import (
    MAX_OVERDUE_NS,
    MAX_QUEUED_MESSAGES,
    OscPublisher,
)
from messages.clock import SECOND, MonotonicClock, VirtualClock
from messages.cues import CueWithdrawal, NoteCue, NoteSource, Turn, TurnChange
from tests.hang_guard import HANG_GUARD_S


def cue(
    serial: int, due: float, source: NoteSource = NoteSource.NETWORK, pitch: int = 60
) -> NoteCue:
    return NoteCue(
        serial=serial,
        due=round(due * SECOND),
        duration=SECOND // 2,
        pitch=pitch,
        velocity=80,
        source=source,
        surprise=1.5,
        activations=np.zeros((1, 6, 2), np.float32),
        next_key_probabilities=np.zeros(88, np.float32),
    )


@pytest.fixture
def output() -> DummyControlOutput:
    return DummyControlOutput()


@pytest.fixture
def publisher(output) -> OscPublisher:
    return OscPublisher(output, VirtualClock())


def test_a_note_is_sent_when_it_sounds(publisher, output) -> None:
    publisher.send_message(cue(0, 2.0))
    assert publisher.pump(SECOND) == 2 * SECOND
    assert output.sent == []
    publisher.pump(2 * SECOND)
    assert output.sent == [("/note", (60, 80, "network", 1.5, 0.5))]


def test_notes_are_sent_in_order_of_time(publisher, output) -> None:
    for serial, due in enumerate((3.0, 1.0, 2.0)):
        publisher.send_message(cue(serial, due, pitch=60 + int(due)))
    publisher.pump(5 * SECOND)
    assert [values[0] for _, values in output.sent] == [61, 62, 63]


def test_withdrawn_notes_are_not_sent(publisher, output) -> None:
    publisher.send_message(cue(0, 1.0, pitch=60))
    publisher.send_message(cue(1, 2.0, pitch=61))
    publisher.send_message(cue(2, 2.0, NoteSource.VISITOR, pitch=62))
    publisher.send_message(CueWithdrawal(0, SECOND))
    publisher.pump(5 * SECOND)
    assert [values[0] for _, values in output.sent] == [60, 62]


def test_a_note_that_is_long_overdue_is_not_sent_but_the_turn_is(publisher, output) -> None:
    publisher.send_message(cue(0, 0.5))
    publisher.send_message(TurnChange(SECOND // 2, Turn.LISTEN, SECOND // 2))
    publisher.send_message(cue(1, 1.0, pitch=61))
    publisher.pump(SECOND + MAX_OVERDUE_NS)
    assert [address for address, _ in output.sent] == ["/turn", "/note"]


def test_an_output_that_hangs_does_not_fill_the_memory(publisher, output) -> None:
    for serial in range(3 * MAX_QUEUED_MESSAGES):
        publisher.send_message(cue(serial, serial / 1000, pitch=60 + serial // MAX_QUEUED_MESSAGES))
    publisher.pump(3 * SECOND)
    assert [values[0] for _, values in output.sent] == [62] * MAX_QUEUED_MESSAGES


def test_a_turn_is_sent_with_its_tempo(publisher, output) -> None:
    publisher.send_message(TurnChange(0, Turn.LISTEN, SECOND // 2))
    publisher.pump(0)
    assert output.sent == [("/turn", ("listen", 120.0))]


class SignallingOutput(DummyControlOutput):
    """Sets an event when something is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.was_sent = Event()

    def send(self, address, values) -> None:
        super().send(address, values)
        self.was_sent.set()


def test_its_own_thread_sends_too() -> None:
    clock, output = MonotonicClock(), SignallingOutput()
    publisher = OscPublisher(output, clock)
    publisher.start()
    publisher.send_message(cue(0, clock.now() / SECOND))
    assert output.was_sent.wait(HANG_GUARD_S)
    publisher.close()
    assert len(output.sent) == 1
