from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
from mido.backends.backend import Backend

from installation.io.midi.port_lister import (
    JACK_API,
    MAX_MISSED_PROBES,
    BackendPortLister,
    MidiServerLost,
    RtmidiPortLister,
    port_lister_for,
)


class FakeServer:
    """A JACK server with two ports; its messages arrive as long as it is alive."""

    def __init__(self):
        self.names, self.alive, self.queue = ["Keys", "Piano"], True, []

    def get_ports(self):
        return list(self.names)

    def open_virtual_port(self, name):
        self.names.append(f"Hidden State:{name}")

    def open_port(self, number, name):
        assert name in self.names[number]

    def send_message(self, message):
        if self.alive:
            self.queue.append((message, 0.0))

    def get_message(self):
        return self.queue.pop(0) if self.queue else None


@pytest.fixture
def server(monkeypatch):
    server = FakeServer()
    fake = SimpleNamespace(
        MidiIn=lambda **_: server, MidiOut=lambda **_: server, API_UNIX_JACK=1, API_LINUX_ALSA=2
    )
    monkeypatch.setitem(sys.modules, "rtmidi", fake)
    return server


@pytest.mark.parametrize("api", [JACK_API, "LINUX_ALSA"])
def test_the_probe_port_is_not_listed(server, api):
    lister = RtmidiPortLister(SimpleNamespace(api=api))
    assert lister.input_names() == lister.output_names() == ["Keys", "Piano"]


@pytest.mark.parametrize("api", [JACK_API, "LINUX_ALSA"])
def test_a_port_without_a_name_is_not_listed(server, api):
    server.names.insert(0, None)
    lister = RtmidiPortLister(SimpleNamespace(api=api))
    assert lister.input_names() == lister.output_names() == ["Keys", "Piano"]


def test_a_dead_jack_server_is_noticed_by_its_lost_probes(server):
    lister = RtmidiPortLister(SimpleNamespace(api=JACK_API))
    for _ in range(10):
        lister.input_names()
    server.alive = False
    for _ in range(MAX_MISSED_PROBES):
        lister.input_names()
    with pytest.raises(MidiServerLost, match="JACK server is gone"):
        for _ in range(2):
            lister.input_names()


def test_rtmidi_is_asked_through_clients_that_stay(server):
    backend = Backend("mido.backends.rtmidi/UNIX_JACK", load=False, use_environ=False)
    assert isinstance(port_lister_for(backend), RtmidiPortLister)


def test_any_other_backend_is_asked_itself():
    backend = SimpleNamespace(get_input_names=lambda: [None, "a"], get_output_names=lambda: ["b"])
    lister = port_lister_for(backend)
    assert type(lister) is BackendPortLister
    assert (lister.input_names(), lister.output_names()) == (["a"], ["b"])
