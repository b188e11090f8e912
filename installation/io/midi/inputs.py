"""Inputs: ports that notes come from, stamped with the moment they came."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from threading import RLock

from mido import Message
from mido.backends.backend import Backend
from mido.ports import BaseInput

from installation.io.drop_counter import Tally
from installation.io.midi.active_notes import ends_note
from installation.io.midi.backend import (
    PortError,
    backend_for,
    close_bounded,
    listen,
    match_port,
)
from installation.io.midi.input_filter import Echo, Guard

PLAYED = frozenset(
    {"note_on", "note_off", "control_change", "pitchwheel", "aftertouch", "polytouch"}
)
"""Types of message a player causes; clock and active sensing must not count as a visitor."""
CLOCKED = frozenset({"clock", "start", "stop", "continue", "songpos"})
"""Types of message a clock sends."""
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
    """Stamps, guards and passes on what comes in.

    Parameters
    ----------
    sink : callable
        Gets each `Received`; called on the thread the message came on, so it only enqueues.
    name : str
    now : callable
        The monotonic clock, ns.
    echo : Echo, optional
        What our outputs send, so that it is not taken for a visitor's.
    beats : callable, optional
        Gets what a clock sends: clock, start, stop, continue, song position.

    Attributes
    ----------
    tally : Tally
        What was dropped.
    """

    def __init__(
        self,
        sink: Sink,
        name: str,
        now: Callable[[], int] = time.monotonic_ns,
        echo: Echo | None = None,
        beats: Sink | None = None,
    ) -> None:
        self.name = name
        self.closed = False
        self.tally = Tally(f"MIDI input {name}", now)
        self._sink, self._now, self._beats = sink, now, beats
        self._guard = Guard(self.tally, echo)
        self._lock = RLock()

    def hear(self, message: Message) -> None:
        """A message comes in now; only what a player causes is passed on."""
        at = self._now()
        if message.type in CLOCKED:
            if self._beats is not None and not self.closed:
                self._beats(Received(message, at, self.name))
            return
        if message.type not in PLAYED:
            return
        if ends_note(message):
            message = Message("note_off", channel=message.channel, note=message.note)
        with self._lock:
            if not self.closed and self._guard.admit(message, at):
                self._sink(Received(message, at, self.name))

    def hear_bytes(self, data: Sequence[int]) -> None:
        """The bytes of one message come in now; those of none are dropped."""
        try:
            message = Message.from_bytes(data)
        except (ValueError, TypeError, IndexError, KeyError):  # whatever a broken cable makes of it
            self.tally.drop("malformed messages")
        else:
            self.hear(message)

    def look_after(self) -> None:
        """Pass on what is owed and let go of stuck keys; call it about once a second."""
        with self._lock:
            if not self.closed:
                self._pass(self._guard.owed() + self._guard.stuck(self._now()))

    def let_go(self) -> None:
        """The device is gone: no key, pedal or wheel of it is held any more."""
        with self._lock:
            self._pass(self._guard.let_go())

    def close(self) -> None:
        """Hear nothing any more."""
        self.closed = True

    def _pass(self, messages: Iterable[Message]) -> None:
        at = self._now()
        for message in messages:
            self._sink(Received(message, at, self.name))


class DummyInput(TimedInput):
    """An input without a device: what comes in is what `hear` is given."""

    def __init__(
        self,
        sink: Sink,
        name: str = "dummy",
        now: Callable[[], int] = time.monotonic_ns,
        echo: Echo | None = None,
        beats: Sink | None = None,
    ) -> None:
        super().__init__(sink, name, now, echo, beats)


class MidiInput(TimedInput):
    """A MIDI port of the machine.

    Parameters
    ----------
    port : mido.ports.BaseInput
        An open port that takes a `callback`; it is closed with this one.
    sink, now, echo, beats
        As of `TimedInput`.
    """

    def __init__(
        self,
        port: BaseInput,
        sink: Sink,
        now: Callable[[], int] = time.monotonic_ns,
        echo: Echo | None = None,
        beats: Sink | None = None,
    ) -> None:
        super().__init__(sink, port.name, now, echo, beats)
        self._port = port
        listen(port, self.hear, self.hear_bytes)

    def close(self) -> None:
        """Hear nothing any more, and let go of the port."""
        if not self.closed:
            super().close()
            close_bounded(self._port)


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
    if name is not None:
        found = match_port(name, names, "input")
    elif playable := playable_names(names):
        found = playable[0]
    else:
        raise PortError("no MIDI input is there that somebody may play")
    return MidiInput(backend.open_input(found), sink)


def playable_names(names: Iterable[str]) -> list[str]:
    """Those of some inputs that somebody may play."""
    return [name for name in names if not any(part in name.casefold() for part in NOT_PLAYED)]
