from __future__ import annotations

import pytest
from mido import Message

from installation.io.midi.input_filter import EchoDetector
from installation.io.midi.outputs import DummyOutput
from installation.io.midi.reconnecting_output import ReconnectingOutput

ON = Message("note_on", note=60, velocity=80)


@pytest.fixture
def output() -> ReconnectingOutput:
    return ReconnectingOutput("piano", now=lambda: 0)


def test_without_a_port_messages_are_lost(output):
    output.send(ON)
    assert output.connected_port is None


def test_a_new_port_is_silenced_and_gets_no_old_note(output):
    output.send(ON)
    port = DummyOutput("Grand Piano")
    output.connect(port)
    assert output.connected_port == "Grand Piano"
    assert {sent.message.type for sent in port.sent} == {"note_off", "control_change"}
    output.silence()
    assert sum(sent.message.type == "note_off" for sent in port.sent) == 1


def test_a_disconnected_port_is_closed(output):
    port = DummyOutput()
    output.connect(port)
    output.disconnect()
    count = len(port.sent)
    output.send(ON)
    assert port.closed and len(port.sent) == count and output.connected_port is None


def test_closing_closes_the_port(output):
    port = DummyOutput()
    output.connect(port)
    output.close()
    assert port.closed


def test_sent_messages_are_recorded_for_the_echo_detector():
    echo = EchoDetector()
    output = ReconnectingOutput("piano", echo, now=lambda: 0)
    output.send(ON)
    assert not echo.is_echo(ON, 1)
    output.connect(DummyOutput())
    output.send(ON)
    assert echo.is_echo(ON, 1)
