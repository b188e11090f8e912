from __future__ import annotations

import logging
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mido import Message

from installation.io.midi.backend import MidiUnavailable, port_stem
from installation.io.midi.hotplug import SKIPPED_POLLS_WITHOUT_MIDI, HotplugManager
from installation.io.midi.port_lister import MidiServerLost

ON, OFF = Message("note_on", note=60, velocity=80), Message("note_off", note=60)


class FakePort:
    def __init__(self, name):
        self.name, self.callback, self.closed, self.sent = name, None, False, []

    def send(self, message):
        self.sent.append(message)

    def close(self):
        self.closed = True


class Gear:
    """A machine whose cables are pulled by hand; it is the backend too."""

    def __init__(self, inputs=(), outputs=()):
        self.inputs, self.outputs = list(inputs), list(outputs)
        self.there, self.busy, self.opened, self.asked = True, set(), [], 0

    def load(self):
        self.asked += 1
        if not self.there:
            raise MidiUnavailable("no MIDI")
        return self

    def get_input_names(self):
        if not self.there:
            raise OSError("the server is gone")
        return list(self.inputs)

    def get_output_names(self):
        return list(self.outputs)

    def open_input(self, name):
        return self._open(name)

    def open_output(self, name):
        return self._open(name)

    def _open(self, name):
        if name in self.busy:
            raise OSError("busy")
        self.opened.append(FakePort(name))
        return self.opened[-1]

    def port(self, name):
        return next(port for port in reversed(self.opened) if port.name == name)


def patchbay_of(gear, inputs=(), outputs=()):
    heard = []
    patchbay = HotplugManager(inputs, outputs, heard.append, gear.load, now=lambda: 0)
    patchbay.poll_ports()
    return patchbay, heard


def messages_of(heard):
    return [received.message for received in heard]


def test_without_a_name_every_playable_input_is_open():
    gear = Gear(["Midi Through:0", "Keystation 20:0", "Pads 24:0"])
    patchbay, heard = patchbay_of(gear)
    assert patchbay.inputs == ("Keystation 20:0", "Pads 24:0")
    gear.port("Pads 24:0").callback(ON)
    assert heard[0].port == "Pads 24:0"


def test_two_of_a_kind_are_two_ports():
    gear = Gear(["Keys 20:0", "Keys 24:0", "Pads 28:0"])
    patchbay, _ = patchbay_of(gear, ["keys", "keys"])
    assert patchbay.inputs == ("Keys 20:0", "Keys 24:0")
    assert patchbay.missing_ports() == []


def test_a_lost_input_releases_what_it_held():
    gear = Gear(["Keys 20:0"])
    patchbay, heard = patchbay_of(gear)
    gear.port("Keys 20:0").callback(ON)
    gear.inputs.clear()
    patchbay.poll_ports()
    assert messages_of(heard) == [ON, OFF]
    assert gear.port("Keys 20:0").closed


def test_an_input_comes_back_under_another_number():
    gear = Gear(["Keys 20:0"])
    patchbay, heard = patchbay_of(gear, ["Keys 20:0"])
    gear.inputs[:] = ["Keys 28:0"]
    patchbay.poll_ports()
    gear.port("Keys 28:0").callback(ON)
    assert messages_of(heard) == [ON]


def test_an_output_that_comes_back_is_silenced_and_plays():
    gear = Gear(outputs=["Piano 20:0"])
    patchbay, _ = patchbay_of(gear, outputs=["piano"])
    socket = patchbay.outputs[0]
    gear.outputs.clear()
    patchbay.poll_ports()
    socket.send(ON)
    gear.outputs[:] = ["Piano 28:0"]
    patchbay.poll_ports()
    socket.send(OFF)
    sent = gear.port("Piano 28:0").sent
    assert ON not in sent
    assert {m.control for m in sent if m.type == "control_change"} == {64, 120, 123}
    assert sent[-1] == OFF


def test_a_late_port_is_taken_up():
    gear = Gear()
    patchbay, _ = patchbay_of(gear, ["keys"], ["piano"])
    assert patchbay.missing_ports() == ["keys", "piano"]
    gear.inputs.append("Keys 20:0")
    gear.outputs.append("Piano 24:0")
    patchbay.poll_ports()
    assert patchbay.missing_ports() == []


def test_a_busy_port_is_told_once_and_tried_again(caplog):
    gear = Gear(outputs=["Piano 20:0"])
    gear.busy.add("Piano 20:0")
    with caplog.at_level(logging.WARNING):
        patchbay, _ = patchbay_of(gear, outputs=["piano"])
        patchbay.poll_ports()
    assert caplog.text.count("busy") == 1
    gear.busy.clear()
    patchbay.poll_ports()
    assert patchbay.outputs[0].connected_port == "Piano 20:0"


def test_several_outputs_all_play():
    gear = Gear(outputs=["Piano 20:0", "Organ 24:0"])
    patchbay, _ = patchbay_of(gear, outputs=["organ", "piano"])
    for socket in patchbay.outputs:
        socket.send(ON)
    assert gear.port("Piano 20:0").sent[-1] == gear.port("Organ 24:0").sent[-1] == ON


def test_what_goes_out_does_not_come_in_as_a_visitor():
    gear = Gear(["Loop 20:0"], ["Loop 20:0"])
    patchbay, heard = patchbay_of(gear, outputs=["loop"])
    patchbay.outputs[0].send(ON)
    gear.opened[0].callback(ON)
    assert heard == []


def test_a_midi_system_that_goes_takes_its_ports_along_and_brings_them_back():
    gear = Gear(["Keys 20:0"], ["Piano 24:0"])
    patchbay, heard = patchbay_of(gear, outputs=["piano"])
    gear.port("Keys 20:0").callback(ON)
    gear.there = False
    patchbay.poll_ports()
    assert (patchbay.inputs, messages_of(heard)) == ((), [ON, OFF])
    gear.there = True
    for _ in range(SKIPPED_POLLS_WITHOUT_MIDI + 1):
        patchbay.poll_ports()
    assert patchbay.missing_ports() == []


def test_a_midi_system_that_dies_is_told_once_and_not_touched_again(caplog):
    gear = Gear(["Keys 20:0"], ["Piano 24:0"])
    patchbay, heard = patchbay_of(gear, outputs=["piano"])
    gear.port("Keys 20:0").callback(ON)

    def dies():
        raise MidiServerLost("the server is gone")

    gear.get_input_names = dies
    with caplog.at_level(logging.ERROR):
        patchbay.poll_ports()
        patchbay.poll_ports()
    patchbay.close()
    assert patchbay.midi_lost
    assert messages_of(heard) == [ON, OFF]
    assert len(caplog.records) == 1
    assert not any(port.closed for port in gear.opened)


def test_a_machine_without_midi_is_not_asked_each_second():
    gear = Gear()
    gear.there = False
    patchbay, _ = patchbay_of(gear)
    for _ in range(2 * SKIPPED_POLLS_WITHOUT_MIDI):
        patchbay.poll_ports()
    assert gear.asked <= 3


def test_clocks_go_where_beats_go():
    gear, heard, beats = Gear(["Keys 20:0"]), [], []
    patchbay = HotplugManager([], [], heard.append, gear.load, beats=beats.append)
    patchbay.poll_ports()
    gear.port("Keys 20:0").callback(Message("clock"))
    assert (heard, messages_of(beats)) == ([], [Message("clock")])


def test_the_watch_notices_within_two_seconds_and_closes():
    gear = Gear(["Keys 20:0"])
    released = threading.Event()
    patchbay = HotplugManager([], [], lambda received: released.set(), gear.load)
    patchbay.open()
    gear.port("Keys 20:0").callback(ON)
    released.clear()
    gear.inputs.clear()
    assert released.wait(2.0)
    patchbay.close()
    assert not patchbay.inputs


def test_closing_waits_for_no_port_that_hangs():
    gear = Gear(["Keys 20:0"])
    patchbay, _ = patchbay_of(gear)
    gate = threading.Event()
    gear.port("Keys 20:0").close = lambda: gate.wait(20)
    began = time.monotonic()
    patchbay.close()
    gate.set()
    assert time.monotonic() - began < 10


EVENTS = st.lists(
    st.tuples(st.sampled_from("ABC"), st.booleans(), st.integers(20, 29)), max_size=25
)


@settings(deadline=None)  # it opens and closes ports, each on a thread of its own
@given(EVENTS)
def test_whatever_is_pulled_and_plugged_the_patchbay_follows(events):
    gear = Gear()
    patchbay, _ = patchbay_of(gear, outputs=["A", "B"])
    for letter, plugged, number in events:
        gear.inputs[:] = [name for name in gear.inputs if port_stem(name) != letter]
        if plugged:
            gear.inputs.append(f"{letter} {number}:0")
        gear.outputs[:] = gear.inputs
        patchbay.poll_ports()
        assert sorted(patchbay.inputs) == sorted(gear.inputs)
        there = {port_stem(name) for name in gear.inputs}
        assert [one.connected_port is not None for one in patchbay.outputs] == [
            "A" in there,
            "B" in there,
        ]


@pytest.mark.parametrize("kind", ["start", "songpos", "active_sensing", "sysex"])
def test_a_flood_of_what_nobody_plays_reaches_nobody(kind):
    gear = Gear(["Keys 20:0"])
    _, heard = patchbay_of(gear)
    for _ in range(2000):
        gear.port("Keys 20:0").callback(Message(kind))
    assert heard == []
