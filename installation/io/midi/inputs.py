"""Inputs: ports that notes come from, stamped with the moment they came."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from threading import RLock

from mido import Message
from mido.backends.backend import Backend
from mido.ports import BaseInput

from installation.io.drop_counter import DropCounter
from installation.io.midi.active_notes import ends_note
from installation.io.midi.backend import (
    PortError,
    close_with_timeout,
    match_port,
    require_backend,
    set_port_callbacks,
)
from installation.io.midi.input_filter import EchoDetector, MidiInputFilter

PERFORMED_MESSAGE_TYPES = frozenset(
    {"note_on", "note_off", "control_change", "pitchwheel", "aftertouch", "polytouch"}
)
"""Types of message a player causes; clock and active sensing must not count as a visitor."""
CLOCK_MESSAGE_TYPES = frozenset({"clock", "start", "stop", "continue", "songpos"})
"""Types of message a clock sends."""
UNPLAYABLE_PORT_NAMES = ("rtmidi", "midi through", "hidden state")
"""What is in the names of ports nobody plays: our own, and those that echo what is sent."""


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
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


MessageCallback = Callable[[ReceivedMessage], None]


class TimedInput:
    """Stamps, guards and passes on what comes in.

    Parameters
    ----------
    sink : callable
        Gets each `ReceivedMessage`; called on the thread the message came on, so it only enqueues.
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
        sink: MessageCallback,
        name: str,
        now: Callable[[], int] = time.monotonic_ns,
        echo: EchoDetector | None = None,
        beats: MessageCallback | None = None,
    ) -> None:
        self.name = name
        self.closed = False
        self.drop_counter = DropCounter(f"MIDI input {name}", now)
        self._sink, self._now, self._beats = sink, now, beats
        self._filter = MidiInputFilter(self.drop_counter, echo)
        self._lock = RLock()

    def on_message(self, message: Message) -> None:
        """A message comes in now; only what a player causes is passed on."""
        at = self._now()
        if message.type in CLOCK_MESSAGE_TYPES:
            if self._beats is not None and not self.closed:
                self._beats(ReceivedMessage(message, at, self.name))
            return
        if message.type not in PERFORMED_MESSAGE_TYPES:
            return
        if ends_note(message):
            message = Message("note_off", channel=message.channel, note=message.note)
        with self._lock:
            if not self.closed and self._filter.admit(message, at):
                self._sink(ReceivedMessage(message, at, self.name))

    def on_bytes(self, data: Sequence[int]) -> None:
        """The bytes of one message come in now; those of none are dropped."""
        try:
            message = Message.from_bytes(data)
        except (ValueError, TypeError, IndexError, KeyError):  # whatever a broken cable makes of it
            self.drop_counter.record_drop("malformed messages")
        else:
            self.on_message(message)

    def run_maintenance(self) -> None:
        """Pass on what is owed and let go of stuck keys; call it about once a second."""
        with self._lock:
            if not self.closed:
                self._forward(
                    self._filter.drain_deferred() + self._filter.release_stuck_keys(self._now())
                )

    def release_all(self) -> None:
        """The device is gone: no key, pedal or wheel of it is held any more."""
        with self._lock:
            self._forward(self._filter.release_all())

    def close(self) -> None:
        """Hear nothing any more."""
        self.closed = True

    def _forward(self, messages: Iterable[Message]) -> None:
        at = self._now()
        for message in messages:
            self._sink(ReceivedMessage(message, at, self.name))


class DummyInput(TimedInput):
    """An input without a device: what comes in is what `hear` is given."""

    def __init__(
        self,
        sink: MessageCallback,
        name: str = "dummy",
        now: Callable[[], int] = time.monotonic_ns,
        echo: EchoDetector | None = None,
        beats: MessageCallback | None = None,
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
        sink: MessageCallback,
        now: Callable[[], int] = time.monotonic_ns,
        echo: EchoDetector | None = None,
        beats: MessageCallback | None = None,
    ) -> None:
        super().__init__(sink, port.name, now, echo, beats)
        self._port = port
        set_port_callbacks(port, self.on_message, self.on_bytes)

    def close(self) -> None:
        """Hear nothing any more, and let go of the port."""
        if not self.closed:
            super().close()
            close_with_timeout(self._port)


def open_input(
    name: str | None, sink: MessageCallback, backend: Backend | None = None
) -> MidiInput:
    """Open a MIDI input.

    Parameters
    ----------
    name : str or None
        See `midi.match_port`; None for the first that somebody may play.
    sink : callable
        Gets each `ReceivedMessage`.
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
    backend = require_backend(wanted, backend)
    names = backend.get_input_names()
    if name is not None:
        found = match_port(name, names, "input")
    elif playable := playable_input_names(names):
        found = playable[0]
    else:
        raise PortError("no MIDI input is there that somebody may play")
    return MidiInput(backend.open_input(found), sink)


def playable_input_names(names: Iterable[str]) -> list[str]:
    """Those of some inputs that somebody may play."""
    return [
        name for name in names if not any(part in name.casefold() for part in UNPLAYABLE_PORT_NAMES)
    ]
