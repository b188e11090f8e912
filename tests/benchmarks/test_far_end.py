"""Tests of the far end of the MIDI output that the benchmarks listen at."""

from __future__ import annotations

from collections import deque
from threading import Event

import pytest

from tests.hang_guard import HANG_GUARD_S

pytest.importorskip("rtmidi", reason="needs python-rtmidi", exc_type=ImportError)

import faults


class QueuedPort:
    """A port whose messages wait until they are taken; it has no callback."""

    def __init__(self) -> None:
        self.queue: deque[list[int]] = deque()
        self.is_drained = Event()

    def open_virtual_port(self, name):
        """Nothing is to be opened."""

    def get_message(self):
        if self.queue:
            return self.queue.popleft(), 0.0
        self.is_drained.set()
        return None

    def delete(self):
        """Nothing is to be closed."""


@pytest.fixture
def port(monkeypatch):
    port = QueuedPort()
    monkeypatch.setattr(faults.rtmidi, "MidiIn", lambda **_: port)
    return port


@pytest.mark.parametrize(
    ("last", "sounding"),
    [
        ([0x80, 60, 0], {(0, 64), (1, 60)}),
        ([0x90, 64, 0], {(0, 60), (1, 60)}),
        ([0xB0, 123, 0], {(1, 60)}),
        ([0xB0, 120, 0], {(1, 60)}),
        ([0xB0, 1, 0], {(0, 60), (0, 64), (1, 60)}),
    ],
)
def test_messages_that_wait_are_taken_in_order_without_a_callback(port, last, sounding):
    port.queue.extend([[0x90, 60, 9], [0x90, 64, 9], [0x91, 60, 9], last])
    ear = faults.Ear()
    try:
        assert port.is_drained.wait(HANG_GUARD_S)
        assert [message for _, message in ear.recent][-1] == last
        assert (len(ear.onsets), ear.sounding) == (3, sounding)
    finally:
        ear.close()
