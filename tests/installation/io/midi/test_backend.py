from __future__ import annotations

import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installation.io.midi.backend import (
    MidiUnavailable,
    PortError,
    close_with_timeout,
    load_backend,
    match_port,
    port_stem,
)
from tests.hang_guard import HANG_GUARD_S

NAMES = ("Midi Through:Midi Through Port-0 14:0", "Keystation 49:Keystation 49 MIDI 1 20:0")


class FakeBackend:
    def __init__(self, system, fails=()):
        self.system, self.fails = system, fails

    def get_output_names(self):
        if self.system in self.fails:
            raise OSError(f"no {self.system} here")
        return []


@pytest.fixture(autouse=True)
def _linux(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")


def test_alsa_is_asked_first():
    assert load_backend(FakeBackend).system == "LINUX_ALSA"


def test_jack_is_asked_where_alsa_does_not_answer():
    backend = load_backend(lambda system: FakeBackend(system, fails=("LINUX_ALSA",)))
    assert backend.system == "UNIX_JACK"


def test_without_a_midi_system_each_reason_is_named():
    with pytest.raises(MidiUnavailable, match="modprobe snd-seq.*no LINUX_ALSA.*no UNIX_JACK"):
        load_backend(lambda system: FakeBackend(system, fails=("LINUX_ALSA", "UNIX_JACK")))


def test_missing_library_is_named():
    def make(system):
        raise ImportError("libasound.so.2: cannot open shared object file")

    with pytest.raises(MidiUnavailable, match="apt install libasound2"):
        load_backend(make)


def test_missing_rtmidi_says_what_to_install():
    def make(system):
        raise ImportError("No module named 'rtmidi'")

    with pytest.raises(MidiUnavailable, match=r"hidden-state\[midi\]"):
        load_backend(make)


def test_new_python_says_that_a_compiler_is_needed(monkeypatch):
    def make(system):
        raise ImportError("No module named 'rtmidi'")

    monkeypatch.setattr(sys, "version_info", (3, 13, 0))
    with pytest.raises(MidiUnavailable, match="compiler"):
        load_backend(make)


def test_exact_name_wins_over_a_longer_one():
    assert match_port("Piano", ["Grand Piano", "Piano"], "output") == "Piano"


def test_client_numbers_may_have_changed():
    assert match_port("Keystation 49:Keystation 49 MIDI 1 24:0", NAMES, "input") == NAMES[1]


def test_part_of_a_name_in_any_case_is_enough():
    assert match_port("keystation", NAMES, "input") == NAMES[1]


def test_an_unknown_name_lists_the_existing_ports():
    with pytest.raises(PortError, match="no MIDI output named 'Moog'.*Keystation"):
        match_port("Moog", NAMES, "output")


def test_empty_name_is_no_port():
    with pytest.raises(PortError):
        match_port("", NAMES, "input")


@given(st.text(max_size=20), st.integers(0, 200), st.integers(0, 9))
def test_stem_leaves_client_numbers_out(name, client, port):
    assert port_stem(f"{name} {client}:{port}") == port_stem(f"{name} {client + 1}:{port}")


def test_closing_is_bounded_in_time():
    class Stuck:
        name = "stuck"
        gate = threading.Event()

        def close(self):
            self.gate.wait(HANG_GUARD_S)

    port = Stuck()
    assert not close_with_timeout(port, seconds=0.01)
    port.gate.set()
