"""The MIDI system of the machine: its choice, port names, and ports that close in bounded time."""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Callable, Sequence

from mido.backends.backend import Backend
from mido.ports import BasePort

from installation.io.native_logging import silence_native_logging

MIDI_APIS = {
    "linux": ("LINUX_ALSA", "UNIX_JACK"),
    "darwin": ("MACOSX_CORE",),
    "win32": ("WINDOWS_MM",),
}
"""rtmidi's APIs on each platform, best first; rtmidi itself never tries a second one."""
CLIENT_NAME = "Hidden State"  # name of this program in other programs' port lists
CLOSE_TIMEOUT_S = 1.0  # longest wait for a port to close, seconds: the native call can deadlock

_CLIENT_NUMBERS = re.compile(r"\s+\d+:\d+$")

_log = logging.getLogger(__name__)


class MidiUnavailable(RuntimeError):  # noqa: N818 - a state of the machine, no mistake
    """The machine has no MIDI system; the message says how to get one."""


class PortError(ValueError):
    """A MIDI port of that name does not exist; the message lists the ports that do."""


def load_backend(make: Callable[[str], Backend] | None = None) -> Backend:
    """The first MIDI API of this machine that answers.

    Parameters
    ----------
    make : callable, optional
        Returns the backend of an API's name; by default, rtmidi's.

    Returns
    -------
    mido.backends.backend.Backend

    Raises
    ------
    MidiUnavailable
        If no API answers.
    """
    make = make or _rtmidi
    reasons = []
    for api in MIDI_APIS.get(sys.platform, MIDI_APIS["linux"]):
        try:
            backend = make(api)
            backend.get_output_names()
        except ImportError as error:
            raise MidiUnavailable(_import_advice(error)) from error
        except (OSError, ValueError) as error:  # no such server, or not compiled in
            reasons.append(f"{api}: {error}")
        else:
            return backend
    advice = "no MIDI: the system's MIDI service does not answer"
    if sys.platform.startswith("linux"):
        advice = "no MIDI: neither an ALSA sequencer (modprobe snd-seq) nor a JACK server is there"
    raise MidiUnavailable(f"{advice} ({'; '.join(reasons)})")


def require_backend(wanted: str, backend: Backend | None = None) -> Backend:
    """The given backend, or the machine's.

    Parameters
    ----------
    wanted : str
        The port to be opened, for the error's message.
    backend : mido.backends.backend.Backend, optional

    Returns
    -------
    mido.backends.backend.Backend

    Raises
    ------
    MidiUnavailable
        If the machine has no MIDI system; the message begins with `wanted`.
    """
    try:
        return backend or load_backend()
    except MidiUnavailable as error:
        raise MidiUnavailable(f"{wanted} cannot be opened: {error}") from error


def _rtmidi(api: str) -> Backend:
    backend = Backend(f"mido.backends.rtmidi/{api}", load=True, use_environ=False)
    silence_native_logging()  # now that the libraries are loaded
    return backend


def _import_advice(error: ImportError) -> str:
    if "libasound" in str(error):
        return "no MIDI: the ALSA library is missing (on Debian: apt install libasound2)"
    if sys.version_info >= (3, 13):
        return (
            'no MIDI: python-rtmidi is missing; pip install "hidden-state[midi]" builds it, '
            "which from Python 3.13 on needs a C++ compiler and, on Linux, the ALSA headers"
        )
    return f'no MIDI: python-rtmidi is missing; pip install "hidden-state[midi]" ({error})'


def port_stem(name: str) -> str:
    """A port's name without ALSA's client numbers, which change when it is plugged in again.

    Parameters
    ----------
    name : str

    Returns
    -------
    str
    """
    return _CLIENT_NUMBERS.sub("", name)


def match_port(name: str, names: Sequence[str], kind: str) -> str:
    """Find a port by its name or a part of it.

    An exact match wins, then a match without ALSA's client numbers, then the first port whose
    name contains `name`; the last two ignore case.

    Parameters
    ----------
    name : str
    names : sequence of str
        The existing ports.
    kind : str
        "input" or "output", for the error's message.

    Returns
    -------
    str
        One of `names`.

    Raises
    ------
    PortError
        If no port matches, or `name` is empty.
    """
    if name in names:
        return name
    wanted = port_stem(name).casefold()
    stems = [port_stem(each).casefold() for each in names]
    if wanted in stems:
        return names[stems.index(wanted)]
    for each, stem in zip(names, stems, strict=True):
        if wanted and wanted in stem:
            return each
    known = ", ".join(map(repr, names)) or "none"
    raise PortError(f"no MIDI {kind} named {name!r}; there are: {known}")


def close_with_timeout(port: BasePort, seconds: float = CLOSE_TIMEOUT_S) -> bool:
    """Close a port, waiting at most `seconds`; whether it closed."""
    closing = threading.Thread(target=port.close, name=f"close {port.name}", daemon=True)
    closing.start()
    closing.join(seconds)
    if closing.is_alive():
        _log.warning("MIDI port %s does not close; left open", port.name)
    return not closing.is_alive()
