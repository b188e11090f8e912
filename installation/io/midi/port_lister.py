"""The names of the existing MIDI ports, read once a second without disturbing any.

mido creates four clients for each reading. On JACK that takes 200 ms and costs an xrun, so rtmidi
is asked through two clients of ours that stay open (0.1 ms); see `benchmarks/port_names.py`.

No JACK client is told that its server died: rtmidi goes on listing the ports and accepting
messages. So one of our clients sends the other a probe message at each reading.
"""

from __future__ import annotations

import os

from mido.backends.backend import Backend

from installation.io.midi.backend import CLIENT_NAME

RTMIDI_MODULE = "mido.backends.rtmidi"
JACK_API = "UNIX_JACK"
MAX_MISSED_PROBES = 3
"""Probe messages in a row that may get lost, at one a second, before the server counts as dead."""
UNDEFINED_CONTROL = 119  # controller without a meaning (MIDI 1.0), used for the probe message


class MidiServerLost(OSError):  # noqa: N818 - an event, no mistake
    """The MIDI system died under this process: none of its ports can be used or closed."""


class BackendPortLister:
    """The port names a mido backend reports; a port that goes meanwhile may have none."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    def input_names(self) -> list[str]:
        """Names of the inputs; raises OSError where the MIDI system does not answer."""
        return [name for name in self.backend.get_input_names() if name]

    def output_names(self) -> list[str]:
        """Names of the outputs; raises OSError where the MIDI system does not answer."""
        return [name for name in self.backend.get_output_names() if name]


class RtmidiPortLister(BackendPortLister):
    """The port names rtmidi reports to two clients that stay open.

    The clients are never deleted: where their JACK server has died, that ends the process.
    `input_names` raises `MidiServerLost` if the JACK server is gone.
    """

    def __init__(self, backend: Backend) -> None:
        import rtmidi

        super().__init__(backend)
        api = getattr(rtmidi, f"API_{backend.api}")
        self._in = rtmidi.MidiIn(rtapi=api, name=CLIENT_NAME)
        self._out = rtmidi.MidiOut(rtapi=api, name=CLIENT_NAME)
        self._probe_port_name = f"probe {os.getpid()}-{id(self):x}"
        self._probes_sent = self._last_probe_received = 0
        if backend.api == JACK_API:
            self._open_probe_port()

    def input_names(self) -> list[str]:
        if self._probes_sent:
            self._take_probes()
            if self._probes_sent - self._last_probe_received > MAX_MISSED_PROBES:
                raise MidiServerLost("the JACK server is gone")
            self._send_probe()
        return self._without_probe_port(self._in.get_ports())

    def output_names(self) -> list[str]:
        return self._without_probe_port(self._out.get_ports())

    def _without_probe_port(self, names: list[str | None]) -> list[str]:
        return [name for name in names if name and self._probe_port_name not in name]

    def _open_probe_port(self) -> None:
        self._out.open_virtual_port(self._probe_port_name)
        for number, name in enumerate(self._in.get_ports()):
            if name and self._probe_port_name in name:
                self._in.open_port(number, self._probe_port_name)
                self._send_probe()
                return

    def _take_probes(self) -> None:
        """Take the probes that came: a callback would wait for Python's lock, and lose some."""
        while self._in.get_message() is not None:
            self._last_probe_received = self._probes_sent

    def _send_probe(self) -> None:
        self._probes_sent += 1
        self._out.send_message([0xB0, UNDEFINED_CONTROL, 0])


def port_lister_for(backend: Backend) -> BackendPortLister:
    """The least disturbing way to read a backend's port names."""
    if isinstance(backend, Backend) and backend.name == RTMIDI_MODULE and backend.api:
        return RtmidiPortLister(backend)
    return BackendPortLister(backend)
