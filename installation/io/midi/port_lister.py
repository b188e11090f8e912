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

RTMIDI = "mido.backends.rtmidi"
JACK = "UNIX_JACK"
MISSES = 3
"""So many messages in a row that do not come mean that the server is dead: a look is a second."""
UNDEFINED_CONTROL = 119
"""A controller without a meaning (MIDI 1.0), which carries the message."""


class MidiDied(OSError):  # noqa: N818 - an event, no mistake
    """The MIDI system died under this process: nothing of it can be used or closed any more."""


class PortNames(ABC):
    """Names of the ports that are there now."""

    @abstractmethod
    def inputs(self) -> list[str]:
        """Names of the inputs.

        Raises
        ------
        OSError
            If the MIDI system does not answer any more.
        """

    @abstractmethod
    def outputs(self) -> list[str]:
        """Names of the outputs.

        Raises
        ------
        OSError
            If the MIDI system does not answer any more.
        """


class BackendPortNames(PortNames):
    """Those a mido backend tells, whatever that costs it."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def inputs(self) -> list[str]:
        return self._backend.get_input_names()

    def outputs(self) -> list[str]:
        return self._backend.get_output_names()


class RtmidiPortNames(PortNames):
    """Those rtmidi tells through clients that stay open.

    They are never deleted: where a JACK server has died under them, that ends the process.

    Parameters
    ----------
    api : str
        Such as "LINUX_ALSA".

    Raises
    ------
    MidiDied
        By `inputs`, if the JACK server is gone.
    """

    def __init__(self, api: str) -> None:
        import rtmidi

        number = getattr(rtmidi, f"API_{api}")
        self._in = rtmidi.MidiIn(rtapi=number, name=CLIENT_NAME)
        self._out = rtmidi.MidiOut(rtapi=number, name=CLIENT_NAME)
        self._own = f"pulse {os.getpid()}-{id(self):x}"
        self._sent = self._came = 0
        if api == JACK:
            self._listen()

    def inputs(self) -> list[str]:
        self._beat()
        return self._foreign(self._in.get_ports())

    def outputs(self) -> list[str]:
        return self._foreign(self._out.get_ports())

    def _foreign(self, names: Sequence[str]) -> list[str]:
        return [name for name in names if self._own not in name]

    def _listen(self) -> None:
        self._out.open_virtual_port(self._own)
        names = self._in.get_ports()
        mine = [number for number, name in enumerate(names) if self._own in name]
        if mine:
            self._in.set_callback(self._hear)
            self._in.open_port(mine[0], self._own)
            self._sent = 1
            self._out.send_message([0xB0, UNDEFINED_CONTROL, 0])

    def _hear(self, event: tuple[list[int], float], data: object) -> None:
        self._came = self._sent

    def _beat(self) -> None:
        if not self._sent:
            return
        if self._sent - self._came > MISSES:
            raise MidiDied("the JACK server is gone")
        self._sent += 1
        self._out.send_message([0xB0, UNDEFINED_CONTROL, 0])


def port_names(backend: Backend) -> PortNames:
    """The least disturbing way to ask a backend."""
    if isinstance(backend, Backend) and backend.name == RTMIDI and backend.api:
        return RtmidiPortNames(backend.api)
    return BackendPortNames(backend)
