from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mido import Message

from installation.io.midi.input_filter import MAX_CONTROL_BURST, EchoDetector
from installation.io.midi.inputs import (
    MidiInput,
    ReceivedMessage,
    TimedInput,
    playable_input_names,
)


class FakePort:
    closed = False
    callback = None

    def __init__(self, name):
        self.name = name

    def close(self):
        self.closed = True


def test_a_note_is_stamped_and_passed_on():
    received = []
    note = Message("note_on", note=60, velocity=70)
    TimedInput(received.append, "keys", now=lambda: 123).on_message(note)
    assert received == [ReceivedMessage(note, 123, "keys")]


def test_velocity_0_is_a_note_off():
    received = []
    TimedInput(received.append).on_message(Message("note_on", channel=2, note=60, velocity=0))
    assert received[0].message == Message("note_off", channel=2, note=60)


@pytest.mark.parametrize("kind", ["clock", "active_sensing", "start", "stop"])
def test_messages_no_player_causes_are_left_out(kind):
    received = []
    TimedInput(received.append).on_message(Message(kind))
    assert received == []


def test_a_program_change_passes_unless_it_is_our_own():
    received, echo = [], EchoDetector()
    keys = TimedInput(received.append, now=lambda: 5, echo=echo)
    echo.record_sent(Message("program_change", channel=1, program=7), 5)
    for channel in (1, 2):
        keys.on_message(Message("program_change", channel=channel, program=7))
    assert [one.message.channel for one in received] == [2]


def test_a_flood_of_program_changes_is_bounded_and_its_last_one_comes_later():
    received = []
    keys = TimedInput(received.append, now=lambda: 5)
    for number in range(10_000):
        keys.on_message(Message("program_change", program=number % 100))
    assert len(received) == MAX_CONTROL_BURST
    assert keys.drop_counter.counts.total() == 10_000 - MAX_CONTROL_BURST
    keys.run_maintenance()
    assert [one.message.program for one in received[MAX_CONTROL_BURST:]] == [99]


def test_pedal_and_wheel_pass():
    received = []
    keys = TimedInput(received.append)
    keys.on_message(Message("control_change", control=64, value=127))
    keys.on_message(Message("pitchwheel", pitch=100))
    assert [received.message.type for received in received] == ["control_change", "pitchwheel"]


def test_a_closed_input_passes_nothing_on():
    received = []
    keys = TimedInput(received.append)
    keys.close()
    keys.on_message(Message("note_on", note=60))
    assert received == []


def test_messages_of_the_port_are_passed_on_until_it_is_closed():
    received, port = [], FakePort("Keystation 20:0")
    keys = MidiInput(port, received.append)
    port.callback(Message("note_on", note=60))
    assert received[0].port == "Keystation 20:0"
    keys.close()
    assert port.closed


def test_loopback_ports_and_our_own_are_not_playable():
    names = ["Midi Through Port-0 14:0", "RtMidiOut Client:0", "Keystation 20:0"]
    assert playable_input_names(names) == ["Keystation 20:0"]


@given(st.sampled_from(["note_on", "note_off", "sysex", "songpos", "reset", "aftertouch"]))
def test_everything_passed_on_has_a_channel(kind):
    received = []
    TimedInput(received.append).on_message(Message(kind))
    assert all(hasattr(received.message, "channel") for received in received)
