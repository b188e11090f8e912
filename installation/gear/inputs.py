"""Inputs: ports that notes come from, stamped with the moment they came."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from mido import Message
from mido.backends.backend import Backend
from mido.ports import BaseInput

from installation.gear.midi import PortError, backend_for, close_bounded, load_backend, match_port
from installation.gear.sounding import ends_note

PLAYED = frozenset(
    {"note_on", "note_off", "control_change", "pitchwheel", "aftertouch", "polytouch"}
)
"""Types of message a player causes; clock and active sensing must not count as a visitor."""
NOT_PLAYED = ("rtmidi", "midi through", "hidden state")
"""What is in the names of ports nobody plays: our own, and those that echo what is sent."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message that came in.

    Parameters
    ----------
    message : mido.Message
        A note-on of velocity 0 has been made the note-off it means.
    at : int
        When, monotonic ns.
    port : str
        Name of the input.
    """

    message: Message
    at: int
    port: str


Sink = Callable[[Received], None]


class TimedInput:
    """Stamps, filters and passes on what comes in.

    Parameters
    ----------
    sink : callable
        Gets each `Received`; called on the thread the message came on, so it only enqueues.
    name : str
    now : callable
        The monotonic clock, ns.
    """

    def __init__(self, sink: Sink, name: str, now: Callable[[], int] = time.monotonic_ns) -> None:
        self.name = name
        self.closed = False
        self._sink, self._now = sink, now

    def hear(self, message: Message) -> None:
        """A message comes in now; only what a player causes is passed on."""
        at = self._now()
        if self.closed or message.type not in PLAYED:
            return
        if ends_note(message):
            message = Message("note_off", channel=message.channel, note=message.note)
        self._sink(Received(message, at, self.name))

    def close(self) -> None:
        """Hear nothing any more."""
        self.closed = True


class DummyInput(TimedInput):
    """An input without a device: what comes in is what `hear` is given."""

    def __init__(
        self, sink: Sink, name: str = "dummy", now: Callable[[], int] = time.monotonic_ns
    ) -> None:
        super().__init__(sink, name, now)


class MidiInput(TimedInput):
    """A MIDI port of the machine.

    Parameters
    ----------
    port : mido.ports.BaseInput
        An open port that takes a `callback`; it is closed with this one.
    sink, now
        As of `TimedInput`.
    """

    def __init__(
        self, port: BaseInput, sink: Sink, now: Callable[[], int] = time.monotonic_ns
    ) -> None:
        super().__init__(sink, port.name, now)
        self._port = port
        port.callback = self.hear

    def close(self) -> None:
        """Hear nothing any more, and let go of the port."""
        if not self.closed:
            super().close()
            close_bounded(self._port)


def input_names(backend: Backend | None = None) -> list[str]:
    """Names of the MIDI inputs that are there.

    Raises
    ------
    MidiUnavailable
        If the machine has no MIDI.
    """
    return (backend or load_backend()).get_input_names()


def open_input(name: str | None, sink: Sink, backend: Backend | None = None) -> MidiInput:
    """Open a MIDI input.

    Parameters
    ----------
    name : str or None
        See `midi.match_port`; None for the first that somebody may play.
    sink : callable
        Gets each `Received`.
    backend : mido Backend, optional
        By default, that of the machine.

    Raises
    ------
    PortError
        If there is none; the message names those there are.
    MidiUnavailable
        If the machine has no MIDI.
    """
    wanted = "a MIDI input" if name is None else f"MIDI input {name!r}"
    backend = backend_for(wanted, backend)
    names = backend.get_input_names()
    found = _playable(names) if name is None else match_port(name, names, "input")
    return MidiInput(backend.open_input(found), sink)


def _playable(names: list[str]) -> str:
    for name in names:
        if not any(part in name.casefold() for part in NOT_PLAYED):
            return name
    raise PortError("no MIDI input is there that somebody may play")
