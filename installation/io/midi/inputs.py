"""MIDI inputs: messages are stamped with their arrival, filtered, and passed on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from threading import Event, RLock, current_thread
from typing import Any

from mido import Message
from mido.ports import BaseInput

from installation.io.drop_counter import DropCounter
from installation.io.midi.active_notes import ALL_SOUND_OFF, ends_note
from installation.io.midi.backend import CLOSE_TIMEOUT_S, close_with_timeout
from installation.io.midi.input_filter import EchoDetector, MidiInputFilter
from installation.io.midi.port_lister import JACK_API
from installation.thread_priority import create_realtime_thread

PERFORMED_MESSAGE_TYPES = frozenset(
    {"note_on", "note_off", "control_change", "pitchwheel", "aftertouch", "polytouch"}
)
"""Message types a player causes; clock and active sensing must not count as a visitor."""
CLOCK_MESSAGE_TYPES = frozenset({"clock", "start", "stop", "continue", "songpos"})
"""Message types a clock sends."""
JACK_POLL_S = 0.001  # time between two looks for messages of JACK, seconds
UNPLAYABLE_PORT_NAMES = ("rtmidi", "midi through", "hidden state")
"""Parts of the names of unplayable ports: our own, and loopback ports."""


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A message from an input.

    Parameters
    ----------
    message : mido.Message
        A note-on of velocity 0 is turned into a note-off.
    at : int
        Arrival, monotonic ns.
    port : str
        Name of the input.
    """

    message: Message
    at: int
    port: str


MessageCallback = Callable[[ReceivedMessage], None]
"""Gets each received message, on the thread of the port, so it only enqueues."""


class TimedInput:
    """Base of inputs: stamps, filters and passes on each message given to `on_message`.

    A subclass calls `on_message` or `on_bytes` from its device, and overrides `_close`. The sink
    gets what a player causes and program changes, `beats` the messages of a clock. Echoes of
    messages sent by our outputs are not taken for a visitor's.
    """

    def __init__(
        self,
        sink: MessageCallback,
        name: str = "dummy",
        now: Callable[[], int] = time.monotonic_ns,
        echo: EchoDetector | None = None,
        beats: MessageCallback | None = None,
    ) -> None:
        self.name, self.closed = name, False
        self.drop_counter = DropCounter(f"MIDI input {name}", now)
        self._sink, self._now, self._beats = sink, now, beats
        self._filter = MidiInputFilter(self.drop_counter, echo)
        self._lock = RLock()

    def on_message(self, message: Message) -> None:
        """Handle a message that arrives now."""
        now = self._now()
        if message.type in CLOCK_MESSAGE_TYPES and self._beats is not None and not self.closed:
            self._beats(ReceivedMessage(message, now, self.name))
        if message.type not in PERFORMED_MESSAGE_TYPES and message.type != "program_change":
            return
        if ends_note(message):
            message = Message("note_off", channel=message.channel, note=message.note)
        with self._lock:
            if not self.closed and self._filter.admit(message, now):
                self._sink(ReceivedMessage(message, now, self.name))

    def on_bytes(self, data: Sequence[int]) -> None:
        """Handle the bytes of one message that arrives now; malformed ones are dropped."""
        try:
            message = Message.from_bytes(data)
        except (ValueError, TypeError, IndexError, KeyError):  # mido's, for damaged bytes
            self.drop_counter.record_drop("malformed messages")
        else:
            self.on_message(message)

    def run_maintenance(self) -> None:
        """Pass on deferred controllers and release stuck keys; call about once a second."""
        with self._lock:
            if not self.closed:
                self._forward(self._filter.drain_deferred())
                self._forward(self._filter.release_stuck_keys(self._now()))

    def release_all(self) -> None:
        """Release all keys, pedals and wheels."""
        with self._lock:
            self._forward(self._filter.release_all())

    def end_lost(self) -> None:
        """Release what a lost device holds, even under another's pedal, and end its clock."""
        if self._beats is not None:
            self._beats(ReceivedMessage(Message("reset"), self._now(), self.name))
        with self._lock:
            self.release_all()
            self._forward([Message("control_change", control=ALL_SOUND_OFF, value=0)])

    def close(self) -> None:
        """Pass on nothing more, and release the device."""
        if not self.closed:
            self.closed = True
            self._close()

    def _close(self) -> None:
        """Release the device; the base has none."""

    def _forward(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self._sink(ReceivedMessage(message, self._now(), self.name))


class MidiInput(TimedInput):
    """A MIDI port of the machine: an open mido port, which is closed with this input."""

    def __init__(self, port: BaseInput, sink: MessageCallback, **options: Any) -> None:
        super().__init__(sink, port.name, **options)
        self._port, self._reader, self._is_closing = port, None, Event()
        native = getattr(port, "_rt", None)
        if native is None:
            port.callback = self.on_message
            return
        # rtmidi itself drops SysEx and active sensing: a flood of them costs Python nothing. mido
        # has no such setting and drops malformed messages uncounted, so its rtmidi port is used
        native.ignore_types(sysex=True, timing=False, active_sense=True)
        native.cancel_callback()
        if getattr(port, "api", "") == JACK_API:
            # JACK calls back while the messages of a period are valid: where Python waits for its
            # lock meanwhile, the next ones are lost or come twice. rtmidi's queue waits for nobody
            self._reader = create_realtime_thread(lambda: self._read(native), "MIDI input")
            self._reader.start()
        else:
            native.set_callback(lambda event, _: self.on_bytes(event[0]))

    def _read(self, native: Any) -> None:
        """Pass on what comes to the queue of rtmidi, until this input is closed."""
        while not self._is_closing.wait(JACK_POLL_S):
            while (event := native.get_message()) is not None:
                self.on_bytes(event[0])

    def _close(self) -> None:
        self._is_closing.set()
        if self._reader is not None and self._reader is not current_thread():
            self._reader.join(CLOSE_TIMEOUT_S)
        close_with_timeout(self._port)


def playable_input_names(names: Iterable[str]) -> list[str]:
    """The inputs a visitor can play: all but our own and loopback ports."""
    return [
        name for name in names if not any(part in name.casefold() for part in UNPLAYABLE_PORT_NAMES)
    ]
