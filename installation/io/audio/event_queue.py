"""Agenda: messages waiting for their sample frame."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field

from mido import Message

from installation.io.midi.active_notes import SUSTAIN_CONTROLLER, ActiveNotes, ends_note


@dataclass(frozen=True, slots=True, order=True)
class QueuedMessage:
    """A message and the frame it is for; equal frames keep the order they were added in."""

    frame: int
    order: int
    message: Message = field(compare=False)


class MidiEventQueue:
    """A heap of messages by frame, which knows what has begun to sound."""

    def __init__(self) -> None:
        self.active_notes = ActiveNotes()
        self._entries: list[QueuedMessage] = []
        self._added = 0

    def __len__(self) -> int:
        return len(self._entries)

    def push(self, message: Message, frame: int) -> None:
        """Put a message in for a frame."""
        heapq.heappush(self._entries, QueuedMessage(frame, self._added, message))
        self._added += 1

    def pop_before(self, before: int) -> Iterator[QueuedMessage]:
        """Remove and give, in order, the messages for frames before `before`."""
        while self._entries and self._entries[0].frame < before:
            entry = heapq.heappop(self._entries)
            self.active_notes.update(entry.message)
            yield entry

    def withdraw_pending(self, after: int) -> None:
        """Forget the messages for frames past `after`.

        Kept are the note-offs of notes that begin no later, and letting go of the pedal, so
        that nothing hangs.
        """
        begun = self.active_notes.copy()
        kept = []
        for entry in sorted(self._entries):
            if entry.frame <= after or _is_pending_release(entry.message, begun):
                begun.update(entry.message)
                kept.append(entry)
        self._entries = kept  # sorted, so still a heap

    def clear(self) -> None:
        """Forget all that waits and all that sounds."""
        self._entries.clear()
        self.active_notes.clear()


def _is_pending_release(message: Message, begun: ActiveNotes) -> bool:
    if ends_note(message):
        return begun.is_active(message)
    return message.is_cc(SUSTAIN_CONTROLLER) and message.value < 64
