"""Bookkeeping of sounding notes, by channel and pitch."""

from __future__ import annotations

from collections import Counter

from mido import Message

SUSTAIN_CONTROLLER = 64
"""Control number of the sustain pedal."""
ALL_SOUND_OFF = 120
"""Control number of "all sound off"."""
ALL_NOTES_OFF = 123
"""Control number of "all notes off"."""


def starts_note(message: Message) -> bool:
    """Whether a message starts a note; a note-on of velocity 0 ends one.

    Parameters
    ----------
    message : mido.Message

    Returns
    -------
    bool
    """
    return message.type == "note_on" and message.velocity > 0


def ends_note(message: Message) -> bool:
    """Whether a message ends a note.

    Parameters
    ----------
    message : mido.Message

    Returns
    -------
    bool
    """
    return message.type == "note_off" or (message.type == "note_on" and message.velocity == 0)


class ActiveNotes:
    """Count of note-ons still without a note-off, for each channel and pitch."""

    def __init__(self) -> None:
        self._count: Counter[tuple[int, int]] = Counter()

    def update(self, message: Message) -> None:
        """Count a note message; other messages change nothing."""
        if starts_note(message):
            self._count[message.channel, message.note] += 1
        elif ends_note(message) and self.is_active(message):
            self._count[message.channel, message.note] -= 1

    def is_active(self, message: Message) -> bool:
        """Whether the note of a note message sounds."""
        return self._count[message.channel, message.note] > 0

    def note_offs(self) -> list[Message]:
        """One note-off for each sounding note, by channel and pitch."""
        keys = sorted(key for key, count in self._count.items() if count > 0)
        return [Message("note_off", channel=channel, note=pitch) for channel, pitch in keys]

    def clear(self) -> None:
        """Count no note as sounding."""
        self._count.clear()

    def copy(self) -> ActiveNotes:
        """An independent copy."""
        twin = ActiveNotes()
        twin._count = self._count.copy()
        return twin
