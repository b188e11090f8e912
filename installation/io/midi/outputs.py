"""Outputs: ports that take notes, each with its due time.

Due times are nanoseconds of the machine's monotonic clock. A scheduler hands a message to an output
`lead` ns before it is due, and the output sees to the rest.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from mido import Message
from mido.backends.backend import Backend
from mido.ports import BaseOutput

from installation.io.midi.active_notes import (
    ALL_NOTES_OFF,
    ALL_SOUND_OFF,
    SUSTAIN_CONTROLLER,
    ActiveNotes,
)
from installation.io.midi.backend import close_with_timeout, match_port, require_backend

MIDI_CHANNELS = 16

_log = logging.getLogger(__name__)


class TimedOutput(BaseOutput):
    """An output port that can be told when a message is due.

    Subclasses override `_deliver`, which gets each message at once. Those that place messages
    in time by themselves override `send_at`, `withdraw` and `lead` too.

    Attributes
    ----------
    lead : int
        How long before its due time the output wants a message, ns.
    """

    lead_time_ns: int = 0

    def __init__(self, name: str = "") -> None:
        self._active_notes = ActiveNotes()
        super().__init__(name)

    def send_at(self, message: Message, due: int) -> None:
        """Send a message so that it sounds at `due`; here, at once.

        Parameters
        ----------
        message : mido.Message
        due : int
            Monotonic ns.
        """
        self.send(message)

    def withdraw_pending(self, at: int) -> None:
        """Forget the messages due after `at` that have not been sent yet.

        The note-off of a note that did begin stays, and so does letting go of the pedal. Here
        nothing waits, so there is nothing to forget.
        """

    def silence(self) -> None:
        """End all notes: note-offs for those known to sound, then pedal up, 120 and 123."""
        for message in self._active_notes.note_offs():
            self.send(message)
        for channel in range(MIDI_CHANNELS):
            for control in (SUSTAIN_CONTROLLER, ALL_SOUND_OFF, ALL_NOTES_OFF):
                self.send(Message("control_change", channel=channel, control=control, value=0))

    def _send(self, message: Message) -> None:
        self._active_notes.update(message)
        self._deliver(message)

    def _deliver(self, message: Message) -> None:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message a `DummyOutput` was given; `due` is None where it was sent without one."""

    message: Message
    due: int | None


class DummyOutput(TimedOutput):
    """An output that only remembers.

    Attributes
    ----------
    sent : list of Sent
        What it was sent, in order. Withdrawn messages are gone from it.
    """

    def __init__(self, name: str = "dummy", lead: int = 0) -> None:
        self.lead_time_ns = lead
        self.sent: list[SentMessage] = []
        super().__init__(name)

    def send_at(self, message: Message, due: int) -> None:
        """Remember a message and when it is due."""
        self.sent.append(SentMessage(message.copy(), due))

    def withdraw_pending(self, at: int) -> None:
        """Forget what is due after `at`, but for the note-offs of notes that began."""
        begun = ActiveNotes()
        kept = []
        for sent in self.sent:
            waits = sent.due is not None and sent.due > at
            if waits and not _ends_active_note(sent.message, begun):
                continue
            begun.update(sent.message)
            kept.append(sent)
        self.sent = kept

    def _deliver(self, message: Message) -> None:
        self.sent.append(SentMessage(message, None))


def _ends_active_note(message: Message, begun: ActiveNotes) -> bool:
    is_end = message.type == "note_off" or (message.type == "note_on" and not message.velocity)
    return is_end and begun.is_active(message)


class MidiOutput(TimedOutput):
    """A MIDI port of the machine.

    Parameters
    ----------
    port : mido.ports.BaseOutput
        An open port; it is closed with this one.
    """

    def __init__(self, port: BaseOutput) -> None:
        self._port = port
        self._failed = False
        super().__init__(port.name)

    def _deliver(self, message: Message) -> None:
        try:
            self._port.send(message)
        except OSError as error:
            if not self._failed:  # once: a port that is gone would fill the log
                _log.warning("MIDI output %s: notes are lost: %s", self.name, error)
            self._failed = True

    def _close(self) -> None:
        close_with_timeout(self._port)


class BroadcastOutput(TimedOutput):
    """Forwards everything to several outputs.

    Its lead is the shortest of theirs: an output that must send at the due time itself would
    otherwise sound too early.
    """

    def __init__(self, outputs: Sequence[TimedOutput], name: str = "fan") -> None:
        self._outputs = tuple(outputs)
        super().__init__(name)
        if not self._outputs:
            raise ValueError("a fan needs at least one output")
        self.lead_time_ns = min(output.lead_time_ns for output in self._outputs)

    def send_at(self, message: Message, due: int) -> None:
        """Forward a message and its due time."""
        for output in self._outputs:
            output.send_at(message, due)

    def withdraw_pending(self, at: int) -> None:
        """Withdraw from every output."""
        for output in self._outputs:
            output.withdraw_pending(at)

    def silence(self) -> None:
        """Silence every output."""
        for output in self._outputs:
            output.silence()

    def _deliver(self, message: Message) -> None:
        for output in self._outputs:
            output.send(message)

    def _close(self) -> None:
        for output in self._outputs:
            output.close()


def open_output(name: str, backend: Backend | None = None) -> MidiOutput:
    """Open the MIDI output of that name, or whose name has it in it.

    Parameters
    ----------
    name : str
        See `midi.match_port`.
    backend : mido Backend, optional
        By default, that of the machine.

    Raises
    ------
    PortError
        If there is none; the message names those there are.
    MidiUnavailable
        If the machine has no MIDI.
    """
    backend = require_backend(f"MIDI output {name!r}", backend)
    found = match_port(name, backend.get_output_names(), "output")
    return MidiOutput(backend.open_output(found))
