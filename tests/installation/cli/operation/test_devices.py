from __future__ import annotations

from types import SimpleNamespace

from installation.cli.operation import devices
from installation.io.audio.sinks import AudioUnavailable
from installation.io.midi.backend import MidiUnavailable


def test_devices_and_ports_are_listed_by_name(run, monkeypatch):
    backend = SimpleNamespace(get_input_names=lambda: ["Keys [1]"], get_output_names=list)
    monkeypatch.setattr(devices, "device_names", lambda: {"ALSA": ["Speakers"]})
    monkeypatch.setattr(devices, "load_backend", lambda: backend)
    lines = run("devices").output.splitlines()
    for line in ("Sound", "  ALSA: Speakers", "MIDI", "  in:  Keys [1]", "  out: none", "Display"):
        assert line in lines


def test_a_machine_without_any_says_so(run, monkeypatch):
    def no_audio():
        raise AudioUnavailable("miniaudio is not installed")

    def no_midi():
        raise MidiUnavailable("no MIDI here")

    monkeypatch.setattr(devices, "device_names", no_audio)
    monkeypatch.setattr(devices, "load_backend", no_midi)
    done = run("devices")
    assert done.exit_code == 0
    assert "  miniaudio is not installed\n" in done.output and "  no MIDI here\n" in done.output
