"""Port names: which MIDI ports are there, asked once a second without disturbing any.

mido makes four new clients for one look at the names. On JACK that takes 200 ms and costs an xrun,
so an rtmidi backend is asked through two clients of ours that stay (0.1 ms); see
`benchmarks/port_names.py`.

A JACK server that dies tells nobody: rtmidi goes on listing its ports and takes messages for them.
So one of our clients sends the other a message at each look, and what does not come is the sign.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence

from mido.backends.backend import Backend

from installation.io.midi.backend import CLIENT_NAME

RTMIDI_MODULE = "mido.backends.rtmidi"
JACK_API = "UNIX_JACK"
MAX_MISSED_PROBES = 3
"""So many messages in a row that do not come mean that the server is dead: a look is a second."""
UNDEFINED_CONTROL = 119
"""A controller without a meaning (MIDI 1.0), which carries the message."""


class MidiServerLost(OSError):  # noqa: N818 - an event, no mistake
    """The MIDI system died under this process: nothing of it can be used or closed any more."""


class MidiPortLister(ABC):
    """Names of the ports that are there now."""

    @abstractmethod
    def input_names(self) -> list[str]:
        """Names of the inputs.

        Raises
        ------
        OSError
            If the MIDI system does not answer any more.
        """

    @abstractmethod
    def output_names(self) -> list[str]:
        """Names of the outputs.

        Raises
        ------
        OSError
            If the MIDI system does not answer any more.
        """


class BackendPortLister(MidiPortLister):
    """Those a mido backend tells, whatever that costs it."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def input_names(self) -> list[str]:
        return self._backend.get_input_names()

    def output_names(self) -> list[str]:
        return self._backend.get_output_names()


class RtmidiPortLister(MidiPortLister):
    """Those rtmidi tells through clients that stay open.

    They are never deleted: where a JACK server has died under them, that ends the process.

    Parameters
    ----------
    api : str
        Such as "LINUX_ALSA".

    Raises
    ------
    MidiServerLost
        By `inputs`, if the JACK server is gone.
    """

    def __init__(self, api: str) -> None:
        import rtmidi

        number = getattr(rtmidi, f"API_{api}")
        self._in = rtmidi.MidiIn(rtapi=number, name=CLIENT_NAME)
        self._out = rtmidi.MidiOut(rtapi=number, name=CLIENT_NAME)
        self._probe_port_name = f"pulse {os.getpid()}-{id(self):x}"
        self._probes_sent = self._last_probe_received = 0
        if api == JACK_API:
            self._open_probe_port()

    def input_names(self) -> list[str]:
        self._send_probe()
        return self._without_own_ports(self._in.get_ports())

    def output_names(self) -> list[str]:
        return self._without_own_ports(self._out.get_ports())

    def _without_own_ports(self, names: Sequence[str]) -> list[str]:
        return [name for name in names if self._probe_port_name not in name]

    def _open_probe_port(self) -> None:
        self._out.open_virtual_port(self._probe_port_name)
        names = self._in.get_ports()
        mine = [number for number, name in enumerate(names) if self._probe_port_name in name]
        if mine:
            self._in.set_callback(self._on_probe)
            self._in.open_port(mine[0], self._probe_port_name)
            self._probes_sent = 1
            self._out.send_message([0xB0, UNDEFINED_CONTROL, 0])

    def _on_probe(self, event: tuple[list[int], float], data: object) -> None:
        self._last_probe_received = self._probes_sent

    def _send_probe(self) -> None:
        if not self._probes_sent:
            return
        if self._probes_sent - self._last_probe_received > MAX_MISSED_PROBES:
            raise MidiServerLost("the JACK server is gone")
        self._probes_sent += 1
        self._out.send_message([0xB0, UNDEFINED_CONTROL, 0])


def port_lister_for(backend: Backend) -> MidiPortLister:
    """The least disturbing way to ask a backend."""
    if isinstance(backend, Backend) and backend.name == RTMIDI_MODULE and backend.api:
        return RtmidiPortLister(backend.api)
    return BackendPortLister(backend)
