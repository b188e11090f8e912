from __future__ import annotations

import logging

from mido import Message
from mido.ports import BaseOutput

from installation.io.midi.outputs import (
    DummyOutput,
    MidiOutput,
    SentMessage,
    open_output,
)


def on(pitch=60, channel=0):
    return Message("note_on", channel=channel, note=pitch, velocity=80)


def off(pitch=60, channel=0):
    return Message("note_off", channel=channel, note=pitch)


class FakePort(BaseOutput):
    def _open(self, fails=False):
        self.sent, self.fails = [], fails

    def _send(self, message):
        if self.fails:
            raise OSError("cable pulled")
        self.sent.append(message)


class FakeBackend:
    def __init__(self, *names):
        self.names = list(names)

    def get_output_names(self):
        return self.names

    def open_output(self, name):
        return FakePort(name)


def test_dummy_keeps_due_times():
    output = DummyOutput()
    output.send_at(on(), 100)
    output.send(off())
    assert output.sent == [SentMessage(on(), 100), SentMessage(off(), None)]


def test_dummy_withdraws_messages_due_later():
    output = DummyOutput()
    output.send_at(on(60), 100)
    output.send_at(on(62), 101)
    output.send_at(off(60), 200)
    output.send_at(off(62), 201)
    output.withdraw_pending(100)
    assert output.sent == [SentMessage(on(60), 100), SentMessage(off(60), 200)]


def test_midi_sends_at_once():
    port = FakePort("out")
    MidiOutput(port).send_at(on(), 10**18)
    assert port.sent == [on()]


def test_silence_ends_sounding_notes_and_resets_every_channel():
    port = FakePort("out")
    output = MidiOutput(port)
    output.send(on(60, channel=3))
    output.send(on(62))
    output.send(off(62))
    output.silence()
    assert port.sent[3] == off(60, channel=3)
    controls = {(message.channel, message.control, message.value) for message in port.sent[4:]}
    assert controls == {(channel, c, 0) for channel in range(16) for c in (64, 120, 123)}


def test_a_lost_cable_is_logged_once(caplog):
    output = MidiOutput(FakePort("out", fails=True))
    with caplog.at_level(logging.WARNING):
        output.send(on())
        output.send(off())
    assert len(caplog.records) == 1
    assert "cable pulled" in caplog.text


def test_closing_closes_the_port():
    port = FakePort("out")
    MidiOutput(port).close()
    assert port.closed


def test_open_output_finds_the_port_by_part_of_its_name():
    backend = FakeBackend("Midi Through 14:0", "Grand Piano 20:0")
    assert open_output("grand", backend).name == "Grand Piano 20:0"
