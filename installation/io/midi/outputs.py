"""Outputs: ports for messages with due times.

Due times are nanoseconds of the machine's monotonic clock. The scheduler gives a message to an
output `lead_time_ns` before it is due, and the output plays it in time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mido import Message
from mido.ports import BaseOutput

from installation.io.midi.active_notes import (
    ALL_NOTES_OFF,
    ALL_SOUND_OFF,
    CHANNEL_VOLUME,
    SUSTAIN_CONTROLLER,
    ActiveNotes,
    starts_note,
    withdraw_messages,
)
from installation.io.midi.backend import close_with_timeout
from installation.io.midi.input_filter import EchoDetector
from installation.io.midi.note_ends import NoteEnds

MIDI_CHANNELS = 16  # channels of a MIDI port
MAX_CONTROLLER_VALUE = 127  # largest value of a MIDI controller

_log = logging.getLogger(__name__)


class TimedOutput(BaseOutput):
    """Base of outputs, whose messages may have a due time.

    A subclass overrides `_deliver`, which plays a message at once. A subclass that queues messages
    overrides `send_at`, `withdraw_pending` and `lead_time_ns` too.

    Parameters
    ----------
    name : str

    Attributes
    ----------
    lead_time_ns : int
        Time before its due time at which the output is given a message, ns.
    """

    lead_time_ns: int = 0

    def __init__(self, name: str = "") -> None:
        self._active_notes = ActiveNotes()
        self._level: float | None = None  # as set last
        super().__init__(name)

    @property
    def device_name(self) -> str:
        """Name of the device that sounds now."""
        return self.name

    def send_at(self, message: Message, due: int) -> None:
        """Send a message so that it sounds at `due`, monotonic ns; the base sends it at once."""
        self.send(message)

    def withdraw_pending(self, at: int) -> None:
        """Withdraw the messages due after `at`, monotonic ns, that have not been sent.

        The note-offs of notes that began stay, and so do releases of the pedal. The base queues
        no messages.
        """

    def silence(self) -> None:
        """End all notes: their note-offs, then pedal up, "all sound off" and "all notes off"."""
        for message in self._active_notes.note_offs():
            self.send(message)
        for channel in range(MIDI_CHANNELS):
            for control in (SUSTAIN_CONTROLLER, ALL_SOUND_OFF, ALL_NOTES_OFF):
                self.send(Message("control_change", channel=channel, control=control, value=0))

    def set_level(self, level: float) -> None:
        """Set the volume, 0..1, of all notes; at 0 no note is sent."""
        with self._lock:
            self._level = level
            for channel in range(MIDI_CHANNELS):
                value = round(MAX_CONTROLLER_VALUE * level)
                volume = Message(
                    "control_change", channel=channel, control=CHANNEL_VOLUME, value=value
                )
                self.send(volume)
            if level == 0.0:
                self.silence()

    def _send(self, message: Message) -> None:
        if self._level == 0.0 and starts_note(message):
            return
        self._active_notes.update(message)
        self._deliver(message)

    def _deliver(self, message: Message) -> None:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message of a `DummyOutput`; `due` is None where it was sent without one."""

    message: Message
    due: int | None


class DummyOutput(TimedOutput):
    """An output that keeps the messages in `sent`, in order, without the withdrawn ones."""

    def __init__(self, name: str = "dummy", lead: int = 0) -> None:
        self.lead_time_ns = lead
        self.sent: list[SentMessage] = []
        super().__init__(name)

    def send_at(self, message: Message, due: int) -> None:
        """Keep a message and its due time."""
        self.sent.append(SentMessage(message.copy(), due))

    def withdraw_pending(self, at: int) -> None:
        """Remove the messages due after `at`, except note-offs of notes that began."""
        self.sent = withdraw_messages(
            self.sent, at, lambda sent: at if sent.due is None else sent.due, ActiveNotes()
        )

    def _deliver(self, message: Message) -> None:
        self.sent.append(SentMessage(message, None))


class MidiOutput(TimedOutput):
    """A MIDI port of the machine: an open mido port, which is closed with this output."""

    def __init__(self, port: BaseOutput) -> None:
        self._port = port
        self._failed = False
        super().__init__(port.name)

    def _deliver(self, message: Message) -> None:
        try:
            self._port.send(message)
        except OSError as error:
            if not self._failed:  # a lost port must not fill the log
                _log.warning("MIDI output %s: notes are lost: %s", self.name, error)
            self._failed = True

    def _close(self) -> None:
        close_with_timeout(self._port)


class LatencyCompensatedOutput(TimedOutput):
    """Sends messages with a due time earlier, so that they are heard when they are due.

    Messages without a due time, such as a visitor's keys, are sent at once.

    Parameters
    ----------
    output : TimedOutput
        Closed with this one.
    latency_of : callable
        Returns the delay of a device's sound by its name, ns: of loudspeakers with a delay line of
        their own, wireless ones, slow synthesisers.
    """

    def __init__(self, output: TimedOutput, latency_of: Callable[[str], int]) -> None:
        self._output, self._latency_of = output, latency_of
        super().__init__(output.name)

    @property
    def device_name(self) -> str:
        return self._output.device_name

    @property
    def _latency_ns(self) -> int:
        return self._latency_of(self._output.device_name)

    @property
    def lead_time_ns(self) -> int:
        """Time before its due time at which the output is given a message, ns."""
        return self._output.lead_time_ns + self._latency_ns

    def send_at(self, message: Message, due: int) -> None:
        """Send a message so that it is heard at `due`, ns."""
        self._output.send_at(message, due - self._latency_ns)

    def withdraw_pending(self, at: int) -> None:
        """Withdraw the messages that would be heard after `at`, ns."""
        self._output.withdraw_pending(at - self._latency_ns)

    def silence(self) -> None:
        """Silence the output."""
        self._output.silence()

    def set_level(self, level: float) -> None:
        """Set the volume of the output, 0..1."""
        self._output.set_level(level)

    def _deliver(self, message: Message) -> None:
        self._output.send(message)

    def _close(self) -> None:
        self._output.close()


@dataclass(frozen=True, slots=True)
class VoiceRouting:
    """Where voices go at an output.

    Parameters
    ----------
    channels : mapping of int to int
        Channel at the output, 0..15, by the voice's own; others stay.
    programs : mapping of int to int
        Program, 0..127, by the voice's own channel.
    voices : frozenset of int or None
        Own channels of the voices that the output plays; None for all.
    """

    channels: Mapping[int, int] = field(default_factory=dict)
    programs: Mapping[int, int] = field(default_factory=dict)
    voices: frozenset[int] | None = None

    def route(self, message: Message) -> Message | None:
        """The message on its channel at the output; None if its voice is not played there."""
        channel = getattr(message, "channel", None)
        if channel is not None and self.voices is not None and channel not in self.voices:
            return None
        wanted = self.channels.get(channel, channel)
        return message if wanted == channel else message.copy(channel=wanted)

    def program_changes(self) -> list[Message]:
        """A program change for each voice that has a program, on the voice's own channel."""
        return [
            Message("program_change", channel=voice, program=program)
            for voice, program in self.programs.items()
            if self.voices is None or voice in self.voices
        ]


class ReconnectingOutput(TimedOutput):
    """An output connected to another, or to none; then its messages are lost.

    Parameters
    ----------
    name : str
        The requested name; the connected port may have another.
    echo : EchoDetector, optional
        Told of every message that is sent.
    now : callable
        The monotonic clock, ns.
    routing : VoiceRouting, optional
    silences_new_ports : bool
        Whether a port is silenced as it is connected, since it may hold old notes.

    Attributes
    ----------
    connection_count : int
        Number of ports connected so far.
    """

    def __init__(
        self,
        name: str,
        echo: EchoDetector | None = None,
        now: Callable[[], int] = time.monotonic_ns,
        routing: VoiceRouting | None = None,
        silences_new_ports: bool = True,
    ) -> None:
        self._echo_detector, self._now = echo or EchoDetector(), now
        self._routing = routing or VoiceRouting()
        self._silences_new_ports = silences_new_ports
        self._note_ends = NoteEnds()  # on the channels of the port
        self._port: TimedOutput | None = None
        self.connection_count = 0
        super().__init__(name)

    @property
    def device_name(self) -> str:
        return self.connected_port or self.name

    @property
    def connected_port(self) -> str | None:
        """Name of the connected port; None without one."""
        port = self._port
        return None if port is None else port.name

    def connect(self, port: TimedOutput) -> None:
        """Send to a port from now on."""
        with self._lock:
            self._port = port
            self._note_ends.clear()
            self.connection_count += 1
            if self._silences_new_ports:
                self.silence()
            self._active_notes.clear()
            for message in self._routing.program_changes():
                self.send(message)
            if self._level is not None:
                self.set_level(self._level)

    def repeat_note_ends(self) -> None:
        """Send the ends of notes once more that were sent a while ago, as one may have been lost.

        See `NoteEnds`; a port is sent each end twice in all.
        """
        with self._lock:
            port = self._port
            if port is not None:
                for message in self._note_ends.pop_due(self._now()):
                    self._echo_detector.record_sent(message, self._now())
                    port.send(message)

    def send_unrouted(self, message: Message) -> None:
        """Send a message on its own channel, which is no voice's."""
        with self._lock:
            port = self._port
            if port is not None:
                self._echo_detector.record_sent(message, self._now())
                port.send(message)

    def disconnect(self) -> None:
        """Close the connected port, in bounded time."""
        with self._lock:
            port, self._port = self._port, None
        if port is not None:
            port.close()

    def _deliver(self, message: Message) -> None:
        port = self._port
        if port is not None:
            routed = self._routing.route(message)
            if routed is None:
                return
            self._echo_detector.record_sent(routed, self._now())
            port.send(routed)
            self._note_ends.record_sent(routed, self._now())

    def _close(self) -> None:
        self.disconnect()
