from __future__ import annotations

import logging
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mido import Message

from installation.io.midi.backend import MidiUnavailable, port_stem
from installation.io.midi.hotplug import (
    POLL_INTERVAL_S,
    SKIPPED_POLLS_WITHOUT_MIDI,
    HotplugManager,
)
from installation.io.midi.note_ends import MIN_REPEAT_DELAY_NS
from installation.io.midi.outputs import VoiceRouting
from installation.io.midi.port_lister import MidiServerLost
from tests.hang_guard import HANG_GUARD_S, wait_until

ON, OFF = Message("note_on", note=60, velocity=80), Message("note_off", note=60)
END = Message("control_change", control=120)


class FakePort:
    def __init__(self, name):
        self.name, self.callback, self.closed, self.sent = name, None, False, []

    def send(self, message):
        self.sent.append(message)

    def close(self):
        self.closed = True


class Machine:
    """A machine whose cables are pulled by hand; it is the backend too."""

    def __init__(self, inputs=(), outputs=()):
        self.inputs, self.outputs = list(inputs), list(outputs)
        self.there, self.busy, self.opened, self.asked = True, set(), [], 0
        self.failures, self.opened_callback = [], lambda: None

    def load(self):
        self.asked += 1
        if not self.there:
            raise MidiUnavailable("no MIDI")
        return self

    def get_input_names(self):
        if not self.there:
            raise OSError("the server is gone")
        if self.failures:
            raise self.failures.pop()
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
        self.opened_callback()
        return self.opened[-1]

    def port(self, name):
        return next(port for port in reversed(self.opened) if port.name == name)


def manager_of(machine, inputs=(), outputs=()):
    received = []
    manager = HotplugManager(inputs, outputs, received.append, machine.load, now=lambda: 0)
    manager.poll_ports()
    return manager, received


def messages_of(received):
    return [received.message for received in received]


def test_without_a_name_every_playable_input_is_open():
    machine = Machine(["Midi Through:0", "Keystation 20:0", "Pads 24:0"])
    manager, received = manager_of(machine)
    assert manager.inputs == ("Keystation 20:0", "Pads 24:0")
    machine.port("Pads 24:0").callback(ON)
    assert received[0].port == "Pads 24:0"


def test_with_outputs_alone_no_input_is_open_or_missing():
    machine = Machine(["Keystation 20:0"], ["synth 2:0"])
    manager, _ = manager_of(machine, None, ["synth"])
    assert (manager.inputs, manager.missing_ports()) == ((), [])
    assert manager.outputs[0].connected_port == "synth 2:0"


def test_the_status_names_open_and_missing_ports_and_counts_messages():
    machine = Machine(["keys 1:0"], ["synth 2:0"])
    manager, _ = manager_of(machine, ["keys", "pads"], ["synth"])
    machine.port("keys 1:0").callback(ON)
    status = manager.status
    assert (status.inputs, status.outputs) == (("keys 1:0",), ("synth 2:0",))
    assert (status.missing, status.received) == (("pads",), 1)


def test_two_devices_of_one_name_are_two_ports():
    machine = Machine(["Keys 20:0", "Keys 24:0", "Pads 28:0"])
    manager, _ = manager_of(machine, ["keys", "keys"])
    assert manager.inputs == ("Keys 20:0", "Keys 24:0")
    assert manager.missing_ports() == []


def test_a_lost_input_releases_what_it_held():
    machine = Machine(["Keys 20:0"])
    manager, received = manager_of(machine)
    machine.port("Keys 20:0").callback(ON)
    machine.inputs.clear()
    manager.poll_ports()
    assert messages_of(received) == [ON, OFF, END]
    assert machine.port("Keys 20:0").closed


def test_an_input_comes_back_under_another_number():
    machine = Machine(["Keys 20:0"])
    manager, received = manager_of(machine, ["Keys 20:0"])
    machine.inputs[:] = ["Keys 28:0"]
    manager.poll_ports()
    machine.port("Keys 28:0").callback(ON)
    assert messages_of(received) == [END, ON]


def test_an_output_that_comes_back_is_silenced_and_plays():
    machine = Machine(outputs=["Piano 20:0"])
    manager, _ = manager_of(machine, outputs=["piano"])
    output = manager.outputs[0]
    machine.outputs.clear()
    manager.poll_ports()
    output.send(ON)
    machine.outputs[:] = ["Piano 28:0"]
    manager.poll_ports()
    output.send(OFF)
    sent = machine.port("Piano 28:0").sent
    assert ON not in sent
    assert {m.control for m in sent if m.type == "control_change"} == {64, 120, 123}
    assert sent[-1] == OFF


def test_a_note_end_is_sent_again_at_a_later_poll():
    now, machine = 0, Machine(outputs=["Piano 20:0"])
    manager = HotplugManager(None, ["piano"], [].append, machine.load, now=lambda: now)
    manager.poll_ports()
    manager.outputs[0].send(ON)
    manager.outputs[0].send(OFF)
    now = MIN_REPEAT_DELAY_NS
    manager.poll_ports()
    assert machine.port("Piano 20:0").sent[-3:] == [ON, OFF, OFF]


@pytest.mark.parametrize("error", [ValueError, RuntimeError, TypeError])
def test_a_port_that_goes_while_the_names_are_read_disturbs_no_other(error):
    machine = Machine(["Keys 20:0"])
    manager, received = manager_of(machine)
    machine.port("Keys 20:0").callback(ON)
    machine.failures.append(error("no such port"))
    manager.poll_ports()
    machine.inputs.append("Pads 24:0")
    manager.poll_ports()
    assert manager.inputs == ("Keys 20:0", "Pads 24:0")
    assert (messages_of(received), machine.port("Keys 20:0").closed) == ([ON], False)


def test_a_port_is_opened_after_a_poll_that_failed():
    machine, opened = Machine(), threading.Event()
    manager = HotplugManager([], [], print, machine.load)
    manager.open()
    machine.failures.append(ArithmeticError("a fault of any kind"))
    machine.opened_callback = opened.set
    machine.inputs.append("Keys 20:0")
    assert opened.wait(HANG_GUARD_S)
    manager.close()


def test_a_late_port_is_opened():
    machine = Machine()
    manager, _ = manager_of(machine, ["keys"], ["piano"])
    assert manager.missing_ports() == ["keys", "piano"]
    machine.inputs.append("Keys 20:0")
    machine.outputs.append("Piano 24:0")
    manager.poll_ports()
    assert manager.missing_ports() == []


def test_a_busy_port_is_logged_once_and_tried_again(caplog):
    machine = Machine(outputs=["Piano 20:0"])
    machine.busy.add("Piano 20:0")
    with caplog.at_level(logging.WARNING):
        manager, _ = manager_of(machine, outputs=["piano"])
        manager.poll_ports()
    assert caplog.text.count("busy") == 1
    machine.busy.clear()
    manager.poll_ports()
    assert manager.outputs[0].connected_port == "Piano 20:0"


def test_several_outputs_all_play():
    machine = Machine(outputs=["Piano 20:0", "Organ 24:0"])
    manager, _ = manager_of(machine, outputs=["organ", "piano"])
    for output in manager.outputs:
        output.send(ON)
    assert machine.port("Piano 20:0").sent[-1] == machine.port("Organ 24:0").sent[-1] == ON


def test_an_output_for_controllers_alone_is_opened_beside_those_for_notes():
    machine = Machine(outputs=["Synth 20:0", "Lights 24:0"])
    manager = HotplugManager(
        (),
        ["Synth"],
        lambda received: None,
        machine.load,
        now=lambda: 0,
        routing={"Synth": VoiceRouting({1: 5}, {1: 12})},
        controlled=["Lights", "Synth", "Lights"],
    )
    manager.poll_ports()
    assert [output.name for output in manager.outputs] == ["Synth"]
    for name in ("Lights", "Synth"):
        manager.outputs_by_name[name].send_unrouted(Message("control_change", channel=1))
        assert machine.port(f"{name} {24 if name == 'Lights' else 20}:0").sent[-1].channel == 1
    assert "program_change" not in {sent.type for sent in machine.port("Lights 24:0").sent}
    assert len(machine.opened) == 2


def test_a_loopback_cable_is_no_visitor():
    machine = Machine(["Loop 20:0"], ["Loop 20:0"])
    manager, received = manager_of(machine, outputs=["loop"])
    manager.outputs[0].send(ON)
    machine.opened[0].callback(ON)
    assert received == []


def test_ports_follow_a_midi_system_that_stops_and_starts():
    machine = Machine(["Keys 20:0"], ["Piano 24:0"])
    manager, received = manager_of(machine, outputs=["piano"])
    machine.port("Keys 20:0").callback(ON)
    machine.there = False
    manager.poll_ports()
    assert (manager.inputs, messages_of(received)) == ((), [ON, OFF, END])
    machine.there = True
    for _ in range(SKIPPED_POLLS_WITHOUT_MIDI + 1):
        manager.poll_ports()
    assert manager.missing_ports() == []


def test_a_dead_midi_system_is_logged_once_and_not_used_again(caplog):
    machine = Machine(["Keys 20:0"], ["Piano 24:0"])
    manager, received = manager_of(machine, outputs=["piano"])
    machine.port("Keys 20:0").callback(ON)

    def dies():
        raise MidiServerLost("the server is gone")

    machine.get_input_names = dies
    with caplog.at_level(logging.ERROR):
        manager.poll_ports()
        manager.poll_ports()
    manager.close()
    assert manager.midi_lost
    assert messages_of(received) == [ON, OFF, END]
    assert len(caplog.records) == 1
    assert not any(port.closed for port in machine.opened)


def test_a_machine_without_midi_is_not_polled_each_second():
    machine = Machine()
    machine.there = False
    manager, _ = manager_of(machine)
    for _ in range(2 * SKIPPED_POLLS_WITHOUT_MIDI):
        manager.poll_ports()
    assert machine.asked <= 3


def test_clock_messages_go_to_the_beats_callback():
    machine, received, beats = Machine(["Keys 20:0"]), [], []
    manager = HotplugManager([], [], received.append, machine.load, beats=beats.append)
    manager.poll_ports()
    machine.port("Keys 20:0").callback(Message("clock"))
    assert (received, messages_of(beats)) == ([], [Message("clock")])


def test_the_clock_of_a_lost_input_is_reset():
    machine, beats = Machine(["Keys 20:0"]), []
    manager = HotplugManager([], [], print, machine.load, beats=beats.append)
    manager.poll_ports()
    machine.inputs.clear()
    manager.poll_ports()
    assert messages_of(beats) == [Message("reset")]
    assert beats[0].port == "Keys 20:0"


def test_a_lost_port_is_noticed_by_itself_at_the_next_poll():
    assert POLL_INTERVAL_S <= 2.0
    machine = Machine(["Keys 20:0"])
    released = threading.Event()
    manager = HotplugManager([], [], lambda received: released.set(), machine.load)
    manager.open()
    machine.port("Keys 20:0").callback(ON)
    released.clear()
    machine.inputs.clear()
    assert released.wait(HANG_GUARD_S)
    manager.close()
    assert not manager.inputs


def test_closing_is_bounded_where_a_port_hangs():
    machine = Machine(["Keys 20:0"])
    manager, _ = manager_of(machine)
    gate = threading.Event()
    machine.port("Keys 20:0").close = lambda: gate.wait(HANG_GUARD_S)
    closing = threading.Thread(target=manager.close)
    closing.start()
    assert wait_until(lambda: not closing.is_alive()) < 10
    gate.set()


EVENTS = st.lists(
    st.tuples(st.sampled_from("ABC"), st.booleans(), st.integers(20, 29)), max_size=25
)


@settings(deadline=None)  # it opens and closes ports, each on a thread of its own
@given(EVENTS)
def test_ports_are_followed_whatever_is_plugged_and_unplugged(events):
    machine = Machine()
    manager, _ = manager_of(machine, outputs=["A", "B"])
    for letter, plugged, number in events:
        machine.inputs[:] = [name for name in machine.inputs if port_stem(name) != letter]
        if plugged:
            machine.inputs.append(f"{letter} {number}:0")
        machine.outputs[:] = machine.inputs
        manager.poll_ports()
        assert sorted(manager.inputs) == sorted(machine.inputs)
        there = {port_stem(name) for name in machine.inputs}
        assert [one.connected_port is not None for one in manager.outputs] == [
            "A" in there,
            "B" in there,
        ]


@pytest.mark.parametrize("kind", ["start", "songpos", "active_sensing", "sysex"])
def test_a_flood_of_unplayed_messages_is_dropped(kind):
    machine = Machine(["Keys 20:0"])
    _, received = manager_of(machine)
    for _ in range(2000):
        machine.port("Keys 20:0").callback(Message(kind))
    assert received == []
