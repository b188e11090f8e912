from __future__ import annotations

import socket

import pytest
from mido import Message

from installation.io.control.osc import DummyControlOutput
from installation.io.midi.outputs import DummyOutput, ReconnectingOutput
from installation.state_out.state_outputs import (
    REPEAT_NS,
    ArtNetUniverse,
    ControllerOutput,
    DmxChannelOutput,
    OscStateOutput,
    SacnUniverse,
)
from tests.hang_guard import HANG_GUARD_S


@pytest.fixture
def lights():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(HANG_GUARD_S)
        yield listener


@pytest.fixture
def universe(lights):
    universe = ArtNetUniverse("127.0.0.1", lights.getsockname()[1], 0x1234)
    yield universe
    universe.close()


def control(number: int, value: int) -> Message:
    return Message("control_change", channel=4, control=number, value=value)


def test_an_osc_address_gets_each_new_value_once():
    device = DummyControlOutput()
    output = OscStateOutput(device, "/light/1")
    for value in (0.5, 0.5, 0.500001, 0.75):
        output.send(value)
    assert device.sent == [("/light/1", (0.5,)), ("/light/1", (0.75,))]


def connect(port: ReconnectingOutput) -> DummyOutput:
    """Connect a device to a port."""
    device = DummyOutput()
    port.connect(device)
    device.sent.clear()
    return device


def messages(device: DummyOutput) -> list[Message]:
    return [sent.message for sent in device.sent]


def test_a_controller_has_seven_bits():
    port = ReconnectingOutput("synth")
    device = connect(port)
    output = ControllerOutput(port, 4, 20, is_fine=False)
    for value in (0.0, 0.001, 0.5, 1.0):
        output.send(value)
    assert messages(device) == [control(20, 0), control(20, 64), control(20, 127)]


def test_a_fine_controller_sends_the_upper_bits_first():
    port = ReconnectingOutput("synth")
    device = connect(port)
    output = ControllerOutput(port, 4, 20, is_fine=True)
    output.send(0.5)
    output.send(1.0)
    assert messages(device) == [
        control(20, 64), control(52, 0), control(20, 127), control(52, 127)
    ]  # fmt: skip


def test_a_device_that_is_plugged_in_again_gets_the_value_it_has_lost():
    port = ReconnectingOutput("synth")
    connect(port)
    output = ControllerOutput(port, 4, 20, is_fine=False)
    output.send(1.0)
    port.disconnect()
    output.send(1.0)
    device = connect(port)
    output.send(1.0)
    output.send(1.0)
    assert messages(device) == [control(20, 127)]


def test_a_universe_is_an_art_dmx_packet(lights, universe):
    DmxChannelOutput(universe, 1, is_fine=False).send(1.0)
    DmxChannelOutput(universe, 511, is_fine=True).send(0.5)
    universe.flush(0)
    packet = lights.recv(2048)
    assert packet[:8] == b"Art-Net\x00"
    assert int.from_bytes(packet[8:10], "little") == 0x5000  # OpDmx
    assert int.from_bytes(packet[10:12], "big") == 14
    assert packet[12] == 1  # sequence
    assert int.from_bytes(packet[14:16], "little") == 0x1234
    assert int.from_bytes(packet[16:18], "big") == 512 == len(packet[18:])
    assert packet[18] == 255 and packet[18 + 510 :] == bytes((0x80, 0x00))


def test_a_universe_is_sent_when_it_changes_and_again_after_a_while(lights, universe):
    universe.flush(0)
    universe.flush(REPEAT_NS - 1)  # sends nothing
    universe.set_channel(3, 9)
    universe.flush(REPEAT_NS - 1)
    universe.flush(2 * REPEAT_NS)
    packets = [lights.recv(2048) for _ in range(3)]
    assert [packet[12] for packet in packets] == [1, 2, 3]
    assert [packet[20] for packet in packets] == [0, 9, 9]


def test_a_universe_that_cannot_be_sent_is_counted(universe):
    universe.close()
    universe.flush(0)
    assert universe.drop_counter.counts["packets without a receiver"] == 1


def test_a_universe_of_sacn_is_an_e131_packet_and_its_end_is_told(lights):
    universe = SacnUniverse("127.0.0.1", lights.getsockname()[1], 7)
    DmxChannelOutput(universe, 511, is_fine=True).send(0.5)
    universe.flush(0)
    universe.flush(REPEAT_NS - 1)  # sends nothing
    universe.close()
    packet, *last = (lights.recv(2048) for _ in range(4))
    assert packet[4:16] == b"ASC-E1.17\0\0\0"
    assert int.from_bytes(packet[18:22], "big") == 4  # VECTOR_ROOT_E131_DATA
    assert int.from_bytes(packet[40:44], "big") == 2  # VECTOR_E131_DATA_PACKET
    assert packet[44:108].rstrip(b"\0") == b"Hidden State"
    assert packet[108] == 100  # priority
    assert int.from_bytes(packet[113:115], "big") == 7
    assert packet[125] == 0 and len(packet[126:]) == 512  # start code, channels
    assert packet[126 + 510 :] == bytes((0x80, 0x00))
    assert [each[111] for each in (packet, *last)] == [1, 2, 3, 4]
    assert [each[112] for each in (packet, *last)] == [0, 0x40, 0x40, 0x40]


def test_a_universe_of_sacn_has_a_group_of_its_own():
    universe = SacnUniverse("multicast", 5568, 0x1234)
    assert universe.receiver == ("239.255.18.52", 5568)
