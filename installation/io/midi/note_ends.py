"""Note ends that are sent again, since a note whose end is lost sounds for ever.

MIDI answers nothing: a sender does not learn that a message was lost, as JACK loses what a client
sends in a cycle that it is too late for. A lost note-on is one missing note; a lost note-off sounds
until somebody pulls the cable. A note that has ended is not changed by a second end, so each end is
sent twice.
"""

from __future__ import annotations

from mido import Message

from installation.io.midi.active_notes import (
    MIN_PEDAL_DOWN,
    SUSTAIN_CONTROLLER,
    ends_note,
    starts_note,
)
from messages.clock import MILLISECOND

MIN_REPEAT_DELAY_NS = 50 * MILLISECOND
"""Shortest time between an end and its repetition, ns: several cycles of JACK, each of up to 21 ms
(1024 frames at 48 kHz), so that what loses the first does not lose the second."""

_Key = tuple[int, int | None]
"""Channel and pitch; None instead of the pitch stands for the pedal."""


class NoteEnds:
    """The ends of notes and pedals that an output has sent, until they are sent again."""

    def __init__(self) -> None:
        self._begun: set[_Key] = set()
        self._ended: dict[_Key, tuple[Message, int]] = {}  # the end, and when it was sent, ns

    def record_sent(self, message: Message, now: int) -> None:
        """Take note of a message, as it was sent.

        Parameters
        ----------
        message : mido.Message
            An end counts only where the note or pedal began at this output; a note or pedal that
            begins anew is not ended by what came before.
        now : int
            The time, monotonic ns.
        """
        key = _key_of(message)
        if key is None:
            return
        if _begins(message):
            self._begun.add(key)
            self._ended.pop(key, None)
        elif key in self._begun:
            self._begun.remove(key)
            self._ended[key] = message, now

    def pop_due(self, now: int) -> list[Message]:
        """The ends to be sent again at the time `now` (monotonic ns), in the order of sending.

        Each is returned once, `MIN_REPEAT_DELAY_NS` after it was sent or later.
        """
        due = [
            key for key, (_, sent_at) in self._ended.items() if now - sent_at >= MIN_REPEAT_DELAY_NS
        ]
        return [self._ended.pop(key)[0] for key in due]

    def clear(self) -> None:
        """Forget all notes and pedals, as those of another port."""
        self._begun.clear()
        self._ended.clear()


def _key_of(message: Message) -> _Key | None:
    if starts_note(message) or ends_note(message):
        return message.channel, message.note
    return (message.channel, None) if message.is_cc(SUSTAIN_CONTROLLER) else None


def _begins(message: Message) -> bool:
    if message.is_cc(SUSTAIN_CONTROLLER):
        return message.value >= MIN_PEDAL_DOWN
    return starts_note(message)
