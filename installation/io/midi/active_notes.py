"""Sounding: which keys are down on which channel, as the messages told it."""

from __future__ import annotations

from collections import Counter

from mido import Message

SUSTAIN_CONTROLLER = 64
"""Number of the control change of the sustain pedal."""
ALL_SOUND_OFF = 120
ALL_NOTES_OFF = 123


def starts_note(message: Message) -> bool:
    """Whether the message makes a note begin (a note-on of velocity 0 ends one)."""
    return message.type == "note_on" and message.velocity > 0


def ends_note(message: Message) -> bool:
    """Whether the message makes a note end."""
    return message.type == "note_off" or (message.type == "note_on" and message.velocity == 0)


class ActiveNotes:
    """Counts note-ons without their note-offs, for each channel and pitch."""

    def __init__(self) -> None:
        self._count: Counter[tuple[int, int]] = Counter()

    def update(self, message: Message) -> None:
        """Take a message into account; those that are no notes change nothing."""
        if starts_note(message):
            self._count[message.channel, message.note] += 1
        elif ends_note(message) and self.is_active(message):
            self._count[message.channel, message.note] -= 1

    def is_active(self, message: Message) -> bool:
        """Whether the key of a note message is down."""
        return self._count[message.channel, message.note] > 0

    def note_offs(self) -> list[Message]:
        """One note-off for each key that is down, by channel and pitch."""
        keys = sorted(key for key, count in self._count.items() if count > 0)
        return [Message("note_off", channel=channel, note=pitch) for channel, pitch in keys]

    def clear(self) -> None:
        """Forget everything."""
        self._count.clear()

    def copy(self) -> ActiveNotes:
        """An independent copy."""
        twin = ActiveNotes()
        twin._count = self._count.copy()
        return twin
