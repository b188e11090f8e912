"""Bookkeeping of sounding notes, by channel and pitch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from mido import Message

from messages.withdrawal import is_withdrawn


class QueueEntry(Protocol):
    """An entry of a queue of MIDI messages."""

    @property
    def message(self) -> Message: ...


Entry = TypeVar("Entry", bound=QueueEntry)

CHANNEL_VOLUME = 7  # control number of the volume
SUSTAIN_CONTROLLER = 64  # control number of the sustain pedal
MIN_PEDAL_DOWN = 64  # smallest value of that controller at which the pedal is down
ALL_SOUND_OFF = 120  # control number of "all sound off"
ALL_NOTES_OFF = 123  # control number of "all notes off"


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
            if not self.is_active(message):
                del self._count[message.channel, message.note]

    def is_active(self, message: Message) -> bool:
        """Whether the note of a note message sounds."""
        return self._count[message.channel, message.note] > 0

    def count_pitches(self, channel: int) -> int:
        """Number of pitches that sound on a channel."""
        return sum(sounding_on == channel for sounding_on, _ in self._count)

    def note_offs(self) -> list[Message]:
        """One note-off for each sounding note, by channel and pitch."""
        return [
            Message("note_off", channel=channel, note=pitch)
            for channel, pitch in sorted(self._count)
        ]

    def clear(self) -> None:
        """Count no note as sounding."""
        self._count.clear()

    def copy(self) -> ActiveNotes:
        """An independent copy."""
        twin = ActiveNotes()
        twin._count = self._count.copy()
        return twin


def withdraw_messages(
    entries: Iterable[Entry], at: int, due: Callable[[Entry], int], active: ActiveNotes
) -> list[Entry]:
    """Withdraw the messages due after `at`, but not those without which a note would hang.

    Parameters
    ----------
    entries : iterable of QueueEntry
        In order of their due times.
    at : int
        Time of the withdrawal, in the unit of `due` (ns or audio frames).
    due : callable
        Returns the due time of an entry.
    active : ActiveNotes
        Notes that sound before the first entry.

    Returns
    -------
    list
        The entries due by `at`, the note-offs of notes that start by then, and all releases of the
        sustain pedal.
    """
    begun = active.copy()
    kept = []
    for entry in entries:
        if not is_withdrawn(due(entry), at) or _ends_active(entry.message, begun):
            begun.update(entry.message)
            kept.append(entry)
    return kept


def _ends_active(message: Message, active: ActiveNotes) -> bool:
    if ends_note(message):
        return active.is_active(message)
    return message.is_cc(SUSTAIN_CONTROLLER) and message.value < MIN_PEDAL_DOWN
