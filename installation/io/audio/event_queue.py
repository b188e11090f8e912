"""The event queue: messages waiting for their sample frame."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field

from mido import Message

from installation.io.midi.active_notes import ActiveNotes, withdraw_messages


@dataclass(frozen=True, slots=True, order=True)
class QueuedMessage:
    """A message and its frame; messages of one frame keep their order."""

    frame: int
    order: int
    message: Message = field(compare=False)


class MidiEventQueue:
    """A heap of messages by frame, and the notes that sound."""

    def __init__(self) -> None:
        self.active_notes = ActiveNotes()
        self._entries: list[QueuedMessage] = []
        self._added = 0

    def __len__(self) -> int:
        return len(self._entries)

    def push(self, message: Message, frame: int) -> None:
        """Queue a message for a frame."""
        heapq.heappush(self._entries, QueuedMessage(frame, self._added, message))
        self._added += 1

    def pop_before(self, before: int) -> Iterator[QueuedMessage]:
        """Remove and yield, in order, the messages for frames before `before`."""
        while self._entries and self._entries[0].frame < before:
            entry = heapq.heappop(self._entries)
            self.active_notes.update(entry.message)
            yield entry

    def withdraw_pending(self, after: int) -> None:
        """Withdraw the messages for frames past `after`.

        The note-offs of notes that begin no later stay, and so do releases of the pedal: no note
        hangs.
        """
        entries = sorted(self._entries)
        kept = withdraw_messages(entries, after, lambda entry: entry.frame, self.active_notes)
        self._entries = kept  # sorted, so still a heap

    def clear(self) -> None:
        """Forget all queued messages and sounding notes."""
        self._entries.clear()
        self.active_notes.clear()
