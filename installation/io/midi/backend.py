"""The MIDI of the machine: which system speaks it, which port is meant, letting go of one."""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Callable, Sequence

from mido import Message
from mido.backends.backend import Backend
from mido.ports import BaseInput, BasePort

from installation.io.native_logging import silence_native_logging

MIDI_APIS = {
    "linux": ("LINUX_ALSA", "UNIX_JACK"),
    "darwin": ("MACOSX_CORE",),
    "win32": ("WINDOWS_MM",),
}
"""Systems that speak MIDI on each platform, best first; rtmidi never tries a second by itself."""
CLIENT_NAME = "Hidden State"
"""What other programs see us as."""
CLOSE_TIMEOUT_S = 1.0
"""Seconds to wait for a port to close: the native call can deadlock."""

_CLIENT_NUMBERS = re.compile(r"\s+\d+:\d+$")

_log = logging.getLogger(__name__)


class MidiUnavailable(RuntimeError):  # noqa: N818 - a state of the machine, no mistake
    """The machine has no MIDI; the message says what would bring it."""


class PortError(ValueError):
    """There is no such MIDI port; the message names those there are."""


def load_backend(make: Callable[[str], Backend] | None = None) -> Backend:
    """The first MIDI system of this machine that answers.

    Parameters
    ----------
    make : callable, optional
        Makes a backend of a system's name; for tests.

    Raises
    ------
    MidiUnavailable
        If none does.
    """
    make = make or _rtmidi
    reasons = []
    for system in MIDI_APIS.get(sys.platform, MIDI_APIS["linux"]):
        try:
            backend = make(system)
            backend.get_output_names()
        except ImportError as error:
            raise MidiUnavailable(_import_advice(error)) from error
        except (OSError, ValueError) as error:  # no such server; or not compiled in
            reasons.append(f"{system}: {error}")
        else:
            return backend
    raise MidiUnavailable(f"{_system_advice()} ({'; '.join(reasons)})")


def require_backend(wanted: str, backend: Backend | None = None) -> Backend:
    """The backend given, or that of the machine; an error names the port that was `wanted`.

    Raises
    ------
    MidiUnavailable
    """
    try:
        return backend or load_backend()
    except MidiUnavailable as error:
        raise MidiUnavailable(f"{wanted} cannot be opened: {error}") from error


def _rtmidi(system: str) -> Backend:
    backend = Backend(f"mido.backends.rtmidi/{system}", load=True, use_environ=False)
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


def _system_advice() -> str:
    if sys.platform.startswith("linux"):
        return "no MIDI: neither an ALSA sequencer (modprobe snd-seq) nor a JACK server is there"
    return "no MIDI: the system's MIDI service does not answer"


def port_stem(name: str) -> str:
    """A port's name without the client numbers ALSA puts behind it, which change."""
    return _CLIENT_NUMBERS.sub("", name)


def match_port(name: str, names: Sequence[str], kind: str) -> str:
    """Which of the ports `names` is meant by `name`.

    An exact match wins, then one without ALSA's client numbers, then the first that has `name`
    in it; all but the first regardless of case.

    Parameters
    ----------
    name : str
    names : sequence of str
    kind : {"input", "output"}
        For the message.

    Raises
    ------
    PortError
        If none is, or `name` is empty.
    """
    if name in names:
        return name
    wanted = port_stem(name).casefold()
    for there in names:
        if port_stem(there).casefold() == wanted:
            return there
    for there in names:
        if wanted and wanted in port_stem(there).casefold():
            return there
    known = ", ".join(repr(there) for there in names) or "none"
    raise PortError(f"no MIDI {kind} named {name!r}; there are: {known}")


def set_port_callbacks(
    port: BaseInput,
    hear: Callable[[Message], None],
    hear_bytes: Callable[[Sequence[int]], None],
) -> None:
    """Have a port call `hear` with messages or, where it can, `hear_bytes` with raw ones.

    rtmidi is told to leave SysEx and active sensing out by itself: a flood of them, or a SysEx
    without an end, then costs Python nothing. mido has no such setting and swallows what is
    malformed uncounted, hence the look inside its port.
    """
    native = getattr(port, "_rt", None)
    if native is None:
        port.callback = hear
        return
    native.ignore_types(sysex=True, timing=False, active_sense=True)
    native.cancel_callback()
    native.set_callback(lambda event, _: hear_bytes(event[0]))


def close_with_timeout(port: BasePort, seconds: float = CLOSE_TIMEOUT_S) -> bool:
    """Close a port, waiting no longer than `seconds`; whether it did close."""
    closing = threading.Thread(target=port.close, name=f"close {port.name}", daemon=True)
    closing.start()
    closing.join(seconds)
    if closing.is_alive():
        _log.warning("MIDI port %s does not close; left behind", port.name)
    return not closing.is_alive()
