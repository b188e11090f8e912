from __future__ import annotations

import logging

import pytest
from mido import Message
from mido.ports import BaseOutput

from installation.io.midi.input_filter import EchoDetector
from installation.io.midi.note_ends import MIN_REPEAT_DELAY_NS
from installation.io.midi.outputs import (
    DummyOutput,
    LatencyCompensatedOutput,
    MidiOutput,
    ReconnectingOutput,
    SentMessage,
    VoiceRouting,
)

ON, OFF = Message("note_on", note=60, velocity=80), Message("note_off", note=60)


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


def test_a_message_with_a_due_time_is_sent_earlier():
    inner = DummyOutput(lead=60)
    output = LatencyCompensatedOutput(inner, lambda device: 40)
    output.send_at(ON, 1000)
    assert (output.lead_time_ns, inner.sent) == (100, [SentMessage(ON, 960)])


def test_a_message_without_a_due_time_is_sent_at_once():
    inner = DummyOutput()
    LatencyCompensatedOutput(inner, lambda device: 40).send(ON)
    assert inner.sent == [SentMessage(ON, None)]


def test_messages_heard_after_the_withdrawal_are_withdrawn():
    inner = DummyOutput()
    output = LatencyCompensatedOutput(inner, lambda device: 40)
    output.send_at(ON, 1000)
    output.send_at(OFF, 1100)
    output.send_at(ON, 1200)
    output.withdraw_pending(1000)
    assert inner.sent == [SentMessage(ON, 960), SentMessage(OFF, 1060)]


def test_the_latency_is_that_of_the_device_that_sounds_now():
    latencies = {"speaker": 40, "headphones": 5, "any": 0}
    output = ReconnectingOutput("any")
    compensated = LatencyCompensatedOutput(output, latencies.__getitem__)
    assert compensated.lead_time_ns == 0
    for name in ("speaker", "headphones"):
        output.connect(DummyOutput(name))
        assert compensated.lead_time_ns == latencies[name]


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


def test_a_new_port_is_left_alone_where_another_process_plays():
    output, port = ReconnectingOutput("piano", silences_new_ports=False), DummyOutput()
    output.connect(port)
    assert port.sent == []
    output.silence()
    assert {sent.message.control for sent in port.sent} == {64, 120, 123}


def test_a_disconnected_port_is_closed(output):
    port = DummyOutput()
    output.connect(port)
    output.disconnect()
    count = len(port.sent)
    output.send(ON)
    assert port.closed and len(port.sent) == count and output.connected_port is None


def test_closing_closes_the_connected_port(output):
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


def test_a_note_end_is_sent_again_and_is_no_visitor():
    now, port, echo = 0, DummyOutput("Grand Piano"), EchoDetector()
    output = ReconnectingOutput("piano", echo, now=lambda: now)
    output.connect(port)
    output.send(ON)
    output.send(OFF)
    port.sent.clear()
    output.repeat_note_ends()
    assert port.sent == []
    now = MIN_REPEAT_DELAY_NS
    output.repeat_note_ends()
    assert port.sent == [SentMessage(OFF, None)]
    assert echo.is_echo(OFF, now)


def test_a_note_end_is_sent_again_on_the_channel_of_the_port():
    now, port = 0, DummyOutput("Grand Piano")
    routing = VoiceRouting(channels={0: 5, 1: 5})
    output = ReconnectingOutput("piano", now=lambda: now, routing=routing)
    output.connect(port)
    for message in (on(60), off(60), on(62), off(62), on(62, channel=1)):
        output.send(message)
    port.sent.clear()
    now = MIN_REPEAT_DELAY_NS
    output.repeat_note_ends()
    assert port.sent == [SentMessage(off(60, channel=5), None)]


def test_a_new_port_is_sent_no_end_of_an_old_note():
    now = 0
    output = ReconnectingOutput("piano", now=lambda: now)
    output.connect(DummyOutput("Grand Piano"))
    output.send(ON)
    output.send(OFF)
    port = DummyOutput("Organ")
    output.connect(port)
    port.sent.clear()
    now = MIN_REPEAT_DELAY_NS
    output.repeat_note_ends()
    assert port.sent == []


def test_voices_have_channels_and_programs_of_their_own():
    routing, port = VoiceRouting({0: 4, 1: 5}, {1: 11}), DummyOutput()
    output = ReconnectingOutput("piano", routing=routing)
    output.connect(port)
    assert port.sent[-1].message == Message("program_change", channel=5, program=11)
    output.send(on(channel=0))
    output.send(on(channel=9))
    assert [sent.message for sent in port.sent[-2:]] == [on(channel=4), on(channel=9)]


def test_an_output_of_some_voices_gets_only_theirs():
    routing = VoiceRouting({2: 6}, {1: 11, 2: 33}, frozenset({2, 9}))
    output, port = ReconnectingOutput("drums", routing=routing), DummyOutput()
    output.connect(port)
    programs = [one.message for one in port.sent if one.message.type == "program_change"]
    assert programs == [Message("program_change", channel=6, program=33)]
    assert {one.message.channel for one in port.sent} == {6, 9}
    port.sent.clear()
    for channel in range(16):
        output.send(on(channel=channel))
    assert [one.message.channel for one in port.sent] == [6, 9]


def volumes(port) -> set[int]:
    return {message.value for message in port.sent if message.is_cc(7)}


def test_the_volume_is_sent_on_every_channel():
    port = FakePort()
    MidiOutput(port).set_level(0.5)
    assert len(port.sent) == 16
    assert volumes(port) == {64}


def test_at_level_0_notes_end_and_none_is_sent_until_it_is_louder():
    port = FakePort()
    output = MidiOutput(port)
    output.send(on())
    output.set_level(0.0)
    assert off() in port.sent
    output.send(on(62))
    assert on(62) not in port.sent
    output.set_level(0.5)
    output.send(on(64))
    assert on(64) in port.sent


def test_a_port_that_comes_back_is_told_the_volume():
    output, port = ReconnectingOutput("synth"), FakePort()
    output.set_level(0.5)
    output.connect(MidiOutput(port))
    assert volumes(port) == {64}


def test_a_port_is_not_told_a_volume_that_nobody_set():
    port = FakePort()
    ReconnectingOutput("synth").connect(MidiOutput(port))
    assert volumes(port) == set()


def test_the_volume_passes_a_compensated_output():
    port = FakePort()
    LatencyCompensatedOutput(MidiOutput(port), 5).set_level(0.5)
    assert volumes(port) == {64}
