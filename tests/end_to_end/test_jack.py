"""Ports for real, through a JACK server without hardware."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
from contextlib import contextmanager
from itertools import count, pairwise

import pytest
from mido import Message
from mido.backends.backend import Backend

from installation.config import parse_config
from installation.engine.tempo_sync import MidiClockSender
from installation.io.control.tempo_source import CLOCKS_PER_QUARTER, MidiClockReceiver
from installation.io.midi.active_notes import ALL_SOUND_OFF
from installation.io.midi.backend import match_port
from installation.io.midi.hotplug import HotplugManager
from installation.io.midi.inputs import MidiInput, ReceivedMessage
from installation.io.midi.outputs import MidiOutput
from installation.state_out.state_sender import create_state_sender
from messages.clock import SECOND, MonotonicClock
from midi_data.beat_grid import BeatGrid
from tests.hang_guard import HANG_GUARD_S, wait_until

rtmidi = pytest.importorskip("rtmidi", reason="needs python-rtmidi", exc_type=ImportError)
# one JACK server at a time: what one cleans up, another may miss
pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(
        not sys.platform.startswith("linux") or shutil.which("jackd") is None,
        reason="needs jackd (Debian: apt install jackd2)",
    ),
]
MIN_CLOCK_MESSAGES = 60
"""Messages after which the rate of a MIDI clock is measured."""


@pytest.fixture(scope="module")
def backend():
    """The JACK backend, with a server of its own name behind it."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JACK_DEFAULT_SERVER", name)
        patch.setenv("JACK_NO_START_SERVER", "1")
        server = subprocess.Popen(
            ["jackd", "-n", name, "--realtime", "--no-mlock", "-d", "dummy", "--period", "256"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ.copy(),
        )
        jack = Backend("mido.backends.rtmidi/UNIX_JACK", load=True, use_environ=False)
        try:
            _wait_for(jack, server)
            yield jack
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(HANG_GUARD_S)


def _wait_for(jack, server):
    end = time.monotonic() + HANG_GUARD_S
    while time.monotonic() < end and server.poll() is None:
        try:
            jack.get_output_names()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.skip("jackd does not start here")


def test_a_note_goes_out_and_one_comes_in(backend):
    ear = rtmidi.MidiIn(rtapi=rtmidi.API_UNIX_JACK, name="ear")
    keys = rtmidi.MidiOut(rtapi=rtmidi.API_UNIX_JACK, name="keys")
    came_out, came_in = [], []
    ear.set_callback(lambda event, _: came_out.append(event[0]))
    ear.open_virtual_port("port")
    keys.open_virtual_port("port")
    name = match_port("EAR", backend.get_output_names(), "output")
    output = MidiOutput(backend.open_output(name))
    port = backend.open_input(match_port("keys", backend.get_input_names(), "input"))
    midi_input = MidiInput(port, came_in.append)

    def both_come() -> bool:  # sent again and again: a starved JACK loses some
        output.send(Message("note_on", note=60, velocity=99))
        keys.send_message([0x90, 61, 0])
        return bool(came_out and came_in)

    try:
        wait_until(both_come)
    finally:
        output.close()
        midi_input.close()
        ear.delete()
        keys.delete()
    assert came_out[0] == [0x90, 60, 99]
    assert came_in[0].message == Message("note_off", note=61)


def test_messages_of_one_period_come_once_each_while_python_is_busy(backend):
    fingers = rtmidi.MidiOut(rtapi=rtmidi.API_UNIX_JACK, name="fingers")
    fingers.open_virtual_port("port")
    told = queue.Queue()
    port = backend.open_input(match_port("fingers", backend.get_input_names(), "input"))
    midi_input = MidiInput(port, told.put)
    interval = sys.getswitchinterval()
    try:
        for _ in range(10):
            sys.setswitchinterval(1.0)  # this thread keeps Python to itself
            for channel in (1, 2):
                fingers.send_message([0xE0 | channel, 0, 0x50])
            for _ in range(1_000_000):  # some periods long
                pass
            sys.setswitchinterval(interval)
            come = [told.get(timeout=HANG_GUARD_S).message.channel for _ in range(2)]
            assert come == [1, 2] and told.empty()
    finally:
        sys.setswitchinterval(interval)
        midi_input.close()
        fingers.delete()


def test_ports_are_pulled_while_playing_and_plugged_in_again(backend):
    heard, came_out = queue.Queue(), queue.Queue()
    manager = HotplugManager(["pads"], ["organ"], heard.put, lambda: backend)
    pads, organ = _pads(), _organ(came_out)

    def messages() -> list[Message]:
        return [received.message for received in heard.queue]

    def comes_in(pitch: int) -> bool:  # sent again and again: a starved JACK loses some
        pads.send_message([0x90, pitch, 90])
        return Message("note_on", note=pitch, velocity=90) in messages()

    manager.open()
    try:
        wait_until(lambda: comes_in(64))
        pads.delete()
        note_off = Message("note_off", note=64)
        assert wait_until(lambda: note_off in messages()) < 2.0  # the bound that is promised
        wait_until(lambda: messages()[-1].is_cc(ALL_SOUND_OFF))
        assert messages()[-2] == note_off
        organ.delete()
        wait_until(lambda: manager.outputs[0].connected_port is None)
        pads, organ = _pads(), _organ(came_out)
        wait_until(lambda: manager.missing_ports() == [])
        wait_until(lambda: comes_in(65))

        def comes_out() -> bool:  # sent again and again: a starved JACK loses some
            manager.outputs[0].send(Message("note_on", note=66, velocity=90))
            return [0x90, 66, 90] in came_out.queue

        wait_until(comes_out)
        assert [0xB0, 123, 0] in came_out.queue
    finally:
        manager.close()
        pads.delete()
        organ.delete()


@contextmanager
def _state_output(backend, port, rows):
    """A state sender of a saw a second, and the messages that arrive at a port of JACK."""
    far, told = rtmidi.MidiIn(rtapi=rtmidi.API_UNIX_JACK, name=port), queue.Queue()
    far.set_callback(lambda event, _: told.put(event[0]))
    far.open_virtual_port("port")
    manager = HotplugManager(
        ["none"], [], lambda received: None, lambda: backend, controlled=[port]
    )
    manager.open()
    text = "".join(f'[[out]]\nfrom = "beat"\nmidi = "{port}"\n{row}\n' for row in rows)
    sender = create_state_sender(
        parse_config(text).out,
        manager.outputs_by_name,
        lambda: BeatGrid(0, SECOND),
        MonotonicClock(),
    )
    try:
        yield sender, told
    finally:
        sender.close()
        manager.close()
        far.delete()


def test_the_network_s_state_arrives_as_a_controller(backend):
    rows = ["channel = 3\ncc = 21\nfine = true"]
    with _state_output(backend, "modular", rows) as (sender, told):
        sender.start()
        values = []
        while len(set(values)) < 10:
            status, control, value = told.get(timeout=HANG_GUARD_S)
            if (status, control) == (0xB2, 21):
                values.append(value)
        rises = [later > before for before, later in pairwise(values) if later != before]
        assert rises.count(True) > rises.count(False)  # a saw falls once a second


@pytest.mark.parametrize("beat", [0.02, 0.37, 0.75, 0.98])
def test_controllers_of_7_and_of_14_bits_are_the_state(backend, beat):
    rows = ["channel = 2\ncc = 20", "channel = 3\ncc = 21\nfine = true"]
    with _state_output(backend, "synth", rows) as (sender, told):
        values, seconds = {}, count()

        def is_state() -> bool:  # sent again and again: a starved JACK loses some
            while not told.empty():
                *controller, value = told.get()
                values[tuple(controller)] = value
            second = next(seconds)
            for moment in (second + beat / 2, second + beat):  # only a change is sent
                sender.pump(round(moment * SECOND))
            fine = 128 * values.get((0xB2, 21), 0) + values.get((0xB2, 53), 0)
            is_coarse = values.get((0xB1, 20)) == pytest.approx(127 * beat, abs=0.51)
            return is_coarse and fine == pytest.approx(16383 * beat, abs=0.51)

        wait_until(is_state)


def test_a_clock_that_goes_out_is_followed_at_the_far_end(backend):
    follower, told = MidiClockReceiver(), queue.Queue()
    far = rtmidi.MidiIn(rtapi=rtmidi.API_UNIX_JACK, name="sequencer")
    far.ignore_types(timing=False)
    far.set_callback(lambda event, _: told.put(_stamped(event[0])))
    far.open_virtual_port("port")
    manager = HotplugManager(["none"], ["sequencer"], lambda received: None, lambda: backend)
    manager.open()
    stop, beat = threading.Event(), 400_000_000
    sender = MidiClockSender(manager.outputs, lambda: BeatGrid(0, beat), time.monotonic_ns())
    thread = threading.Thread(target=sender.run, args=(MonotonicClock(), stop))
    thread.start()
    wait_until(lambda: told.qsize() > MIN_CLOCK_MESSAGES)
    stop.set()
    thread.join()
    wait_until(lambda: told.queue and told.queue[-1][0] == 0xFC)
    manager.close()
    far.delete()
    came = [(status, at) for status, at in told.queue if status >= 0xF8]
    assert (came[0][0], came[-1][0]) == (0xFA, 0xFC)
    # a starved JACK loses some messages, so their number is only roughly known
    expected = (came[-1][1] - came[0][1]) * CLOCKS_PER_QUARTER / beat
    assert 0.5 < [status for status, _ in came].count(0xF8) / expected < 1.5
    for status, at in (one for one in told.queue if one[0] >= 0xF8):
        follower.on_message(ReceivedMessage(Message.from_bytes([status]), at, "sequencer"))
    assert follower.beat_grid_at(told.queue[-1][1]) is not None


def test_start_stop_and_continue_of_a_daw_come_in_with_its_clock_and_bar_lines(backend):
    daw = rtmidi.MidiOut(rtapi=rtmidi.API_UNIX_JACK, name="daw")
    daw.open_virtual_port("port")
    transport = queue.Queue()
    receiver = MidiClockReceiver(lambda plays, at: transport.put((plays, at)))
    manager = HotplugManager(
        ["daw"], [], lambda received: None, lambda: backend, beats=receiver.on_message
    )
    manager.open()
    clock, beat = MonotonicClock(), 480_000_000
    bar, grace = 4 * beat, beat / 4  # a starved JACK loses a clock now and then

    def play(beats: float, *first: list[int]) -> int:
        """Send clocks for some beats after other messages; returns the time of the first one."""
        for message in first:
            daw.send_message(message)
        begun = clock.now()
        for number in range(round(beats * CLOCKS_PER_QUARTER)):
            due = begun + number * beat // CLOCKS_PER_QUARTER
            clock.sleep(max(0, due - clock.now()))
            daw.send_message([0xF8])
        return begun

    def next_bar() -> int:
        wait_until(lambda: receiver.bar_line_after(clock.now()) is not None)
        return receiver.bar_line_after(clock.now())

    try:
        begun = play(2.5, [0xFA])
        plays, at = transport.get(timeout=HANG_GUARD_S)
        assert plays and abs(at - begun) < grace
        assert receiver.beat_grid_at(clock.now()).beat_ns == pytest.approx(beat, rel=0.1)
        assert abs((next_bar() - begun + bar / 2) % bar - bar / 2) < grace

        daw.send_message([0xFC])
        plays, stopped = transport.get(timeout=HANG_GUARD_S)
        assert not plays and stopped > at

        begun = play(2.5, [0xF2, 12, 0], [0xFB])  # twelve sixteenths: a beat before the bar line
        plays, at = transport.get(timeout=HANG_GUARD_S)
        assert plays and abs(at - begun) < grace
        assert abs((next_bar() - begun - beat + bar / 2) % bar - bar / 2) < grace
    finally:
        manager.close()
        daw.delete()
    assert transport.empty()


DIES = """
import os, signal, sys, time
from mido.backends.backend import Backend
from installation.io.midi.port_lister import MAX_MISSED_PROBES, MidiServerLost, port_lister_for

def looks():
    names.input_names(), names.output_names()
    time.sleep(0.2)

jack = Backend("mido.backends.rtmidi/UNIX_JACK", load=True, use_environ=False)
for _ in range(40):
    try:
        names = port_lister_for(jack)
    except OSError:
        time.sleep(0.25)
    else:
        break
else:
    os._exit(5)
assert names.input_names() == names.output_names() == [], "it sees its own"
for _ in range(3 * MAX_MISSED_PROBES):
    looks()
os.kill(int(sys.argv[1]), signal.SIGSTOP)  # killed, it would keep one of JACK's eight places
try:
    for _ in range(10 * MAX_MISSED_PROBES):
        looks()
except MidiServerLost:
    os._exit(3)
os._exit(4)
"""


def test_a_server_that_answers_no_more_is_noticed():
    name = f"test-{uuid.uuid4().hex[:12]}"
    environment = {**os.environ, "JACK_DEFAULT_SERVER": name, "JACK_NO_START_SERVER": "1"}
    command = ["jackd", "-n", name, "--realtime", "--no-mlock", "-d", "dummy", "-p", "1024"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, env=environment, **quiet)
    try:
        # in a process of its own: one whose server has died can do nothing with JACK any more
        watcher = subprocess.run(
            [sys.executable, "-c", DIES, str(server.pid)],
            env=environment,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            timeout=HANG_GUARD_S,
        )
    finally:
        server.send_signal(signal.SIGCONT)
        time.sleep(1.0)  # or it keeps one of JACK's eight places: its clients are gone
        server.send_signal(signal.SIGINT)
        server.wait(HANG_GUARD_S)
    if watcher.returncode == 5:
        pytest.skip("jackd does not start here")
    assert watcher.returncode == 3, watcher.stderr


def _stamped(data):
    return data[0], time.monotonic_ns()


def _pads():
    port = rtmidi.MidiOut(rtapi=rtmidi.API_UNIX_JACK, name="pads")
    port.open_virtual_port("port")
    return port


def _organ(came_out):
    port = rtmidi.MidiIn(rtapi=rtmidi.API_UNIX_JACK, name="organ")
    port.set_callback(lambda event, _: came_out.put(event[0]))
    port.open_virtual_port("port")
    return port
