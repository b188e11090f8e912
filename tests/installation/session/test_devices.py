from __future__ import annotations

import socket
from contextlib import closing
from queue import Queue

import mido
import pytest

from installation.config import Config, LiveSettings, MidiSettings, OscSettings, SoundSettings
from installation.io.control.control_messages import ControlMessage, ControlRefusal
from installation.io.control.osc import OscUnavailable
from installation.io.midi.backend import MidiUnavailable, PortError
from installation.io.midi.outputs import DummyOutput
from installation.session.devices import (
    SessionDevices,
    check_ports,
    compensate_latency,
    note_channels,
    plays_on_card,
    voice_routing,
)
from installation.session.options import PlayOptions
from messages.clock import MonotonicClock
from messages.cues import NoteSource
from tests.hang_guard import HANG_GUARD_S


def test_latency_sends_notes_with_a_due_time_earlier() -> None:
    ports = [DummyOutput(lead=5)]
    assert compensate_latency(ports, SoundSettings()) == ports
    assert compensate_latency(ports, SoundSettings(latency_ms=10))[0].lead_time_ns == 10_000_005


def test_each_output_has_a_latency_of_its_own() -> None:
    sound = SoundSettings(latency_ms=10, latencies={"usb": 40})
    outputs = compensate_latency([DummyOutput("USB Audio"), DummyOutput("piano")], sound)
    assert [output.lead_time_ns for output in outputs] == [40_000_000, 10_000_000]


def test_a_missing_port_is_an_error_unless_it_is_waited_for() -> None:
    with pytest.raises((PortError, MidiUnavailable)):
        check_ports(MidiSettings(output=["no such port"]))
    check_ports(MidiSettings(output=["no such port"], wait=True))


def test_a_listener_that_cannot_be_had_leaves_no_device_open() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        config = Config(osc=OscSettings(listen=taken.getsockname()[1]))
        devices = SessionDevices(PlayOptions(config, seed=1), MonotonicClock(), print, print)
        with pytest.raises(OscUnavailable):
            devices.open()
    assert all(port.closed for port in devices.outputs)


def test_a_performer_that_replaces_another_plays_while_that_one_holds_the_port(caplog) -> None:
    pytest.importorskip("pythonosc")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        osc = OscSettings(listen=taken.getsockname()[1])
        config = Config(osc=osc, sound=SoundSettings(enabled=False))
        options = PlayOptions(config, seed=1).after_restarts(1, 0.0)
        devices = SessionDevices(options, MonotonicClock(), print, print)
        devices.open()
        devices.close()
    assert f"no OSC at 127.0.0.1:{osc.listen}" in caplog.text


def test_a_control_that_the_supervisor_refuses_is_answered_by_osc() -> None:
    pytest.importorskip("pythonosc")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = Config(osc=OscSettings(listen=port), sound=SoundSettings(enabled=False))
    received: Queue[ControlMessage] = Queue()
    devices = SessionDevices(PlayOptions(config, seed=1), MonotonicClock(), print, received.put)
    devices.open()
    with closing(devices), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(HANG_GUARD_S)
        asking.sendto(b"/set\0\0\0\0,s\0\0jazz\0\0\0\0", ("127.0.0.1", port))
        devices.refuse_control(ControlRefusal(received.get(timeout=HANG_GUARD_S), "no set jazz"))
        assert b"no set jazz" in asking.recv(4096)


def test_voices_are_routed_by_their_names() -> None:
    midi = MidiSettings(output=["synth"], channels={"network": 7}, programs={"network": 12})
    routing = voice_routing(midi, "synth")
    assert routing.voices is None
    assert routing.channels[NoteSource.VISITOR] == 0 and routing.channels[NoteSource.NETWORK] == 6
    assert routing.programs == {NoteSource.NETWORK: 11}


def test_a_voice_with_an_output_of_its_own_is_played_there_alone() -> None:
    midi = MidiSettings(output=["synth"], parts={"drums": "machine", "bass": "synth"})
    assert midi.all_outputs == ["synth", "machine"]
    voices = {name: voice_routing(midi, name).voices for name in midi.all_outputs}
    assert voices == {
        "synth": {NoteSource.VISITOR, NoteSource.NETWORK, NoteSource.BASS},
        "machine": {NoteSource.DRUMS},
    }


def test_without_an_output_for_all_the_embedded_synth_plays_the_other_voices() -> None:
    midi = MidiSettings(parts={"network": "organ"})
    config = Config(midi=midi, sound=SoundSettings(enabled=False))
    devices = SessionDevices(PlayOptions(config, seed=1), MonotonicClock(), print, print)
    assert [output.name for output in devices.outputs] == ["organ"]
    assert voice_routing(midi, "organ").voices == {NoteSource.NETWORK}
    devices.close()


def test_where_all_voices_have_an_output_of_their_own_no_sound_card_is_needed() -> None:
    midi = MidiSettings(parts={"network": "organ", "visitor": "piano"})
    assert not plays_on_card(Config(midi=midi))
    assert plays_on_card(Config(midi=midi, live=LiveSettings(band="soft")))


def test_the_status_tells_the_volume_that_instruments_outside_were_asked_for() -> None:
    config = Config(midi=MidiSettings(output=["organ"]))
    devices = SessionDevices(PlayOptions(config, seed=1), MonotonicClock(), print, print)
    assert devices.midi_status.volume is None  # the organ is not there
    devices.outputs[0].connect(DummyOutput("Organ 20:0"))
    assert devices.midi_status.volume == 1.0
    devices.loudness_control.change(silent=True)
    assert devices.midi_status.volume == 0.0
    devices.close()


def test_a_synth_that_is_only_recorded_is_not_heard(tmp_path) -> None:
    options = PlayOptions(Config(midi=MidiSettings(output=["organ"])), 1, wav=tmp_path / "a.wav")
    devices = SessionDevices(options, MonotonicClock(), print, print)
    assert devices.sound_status is None
    devices.close()


def test_notes_of_mpe_have_the_channels_of_no_voice() -> None:
    assert note_channels(MidiSettings()) == ()
    found = note_channels(MidiSettings(mpe=True, channels={"visitor": 5}))
    assert found == (5, 6, 7, 8, 10, 11, 12, 13)
    routed = voice_routing(MidiSettings(mpe=True, output=["a"], parts={"drums": "b"}), "a")
    assert routed.route(mido.Message("note_on", note=60, channel=5)) is not None
