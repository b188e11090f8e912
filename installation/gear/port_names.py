"""Port names: which MIDI ports are there, asked once a second without disturbing any.

mido makes four new clients for one look at the names. On JACK that takes 200 ms and costs an xrun,
so an rtmidi backend is asked through two clients of ours that stay (0.1 ms); see
`benchmarks/port_names.py`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from mido.backends.backend import Backend

from installation.gear.midi import CLIENT_NAME

RTMIDI = "mido.backends.rtmidi"


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
    """

    def __init__(self, api: str) -> None:
        import rtmidi

        number = getattr(rtmidi, f"API_{api}")
        self._in = rtmidi.MidiIn(rtapi=number, name=CLIENT_NAME)
        self._out = rtmidi.MidiOut(rtapi=number, name=CLIENT_NAME)

    def inputs(self) -> list[str]:
        return self._in.get_ports()

    def outputs(self) -> list[str]:
        return self._out.get_ports()


def port_names(backend: Backend) -> PortNames:
    """The least disturbing way to ask a backend."""
    if isinstance(backend, Backend) and backend.name == RTMIDI and backend.api:
        return RtmidiPortNames(backend.api)
    return BackendPortNames(backend)
