"""Notes with absolute times: the scheduler plays them and the recorder keeps them."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from messages.cues import NoteSource

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class TimedNote:
    """A note with absolute times.

    Parameters
    ----------
    pitch, velocity : int
        MIDI numbers.
    due, end : int
        Start and end, ns of the performer's clock; `end` is after `due`.
    source : NoteSource
        Who plays the note; `channel` gives the MIDI channel.
    is_comparison : bool
        Whether it sounds only to show what a unit does, and belongs to no visit.

    Raises
    ------
    ValueError
        If the note does not end after its start.
    """

    pitch: int
    velocity: int
    due: int
    end: int
    source: NoteSource = NoteSource.NETWORK
    is_comparison: bool = False

    def __post_init__(self) -> None:
        if self.end <= self.due:
            raise ValueError(
                f"a note must end after it starts, not {self.due - self.end} ns before"
            )

    @property
    def channel(self) -> int:
        """MIDI channel, 0..15."""
        is_ghost = self.source is NoteSource.GHOST
        return int(NoteSource.NETWORK if is_ghost else self.source)

    def cut(self, at: int) -> TimedNote:
        """The note shortened so that it ends by the time `at`, but lasts at least 1 ns."""
        if self.end <= at:
            return self  # recordings cut very many, and nearly all of them have ended
        return replace(self, end=max(self.due + 1, at))


class OpenNotes(Generic[Key]):
    """The visitor's notes that have started and not ended, by a key such as the pitch."""

    def __init__(self) -> None:
        self._notes: dict[Key, TimedNote] = {}

    def __len__(self) -> int:
        return len(self._notes)

    def start(self, key: Key, pitch: int, velocity: int, at: int) -> None:
        """Start a note at the time `at`, ns."""
        self._notes[key] = TimedNote(pitch, velocity, at, at + 1, NoteSource.VISITOR)

    def end(self, key: Key, at: int) -> TimedNote | None:
        """End a note at the time `at` (ns).

        Returns
        -------
        TimedNote or None
            The whole note; None if no note of that key is open.
        """
        note = self._notes.pop(key, None)
        return None if note is None else replace(note, end=max(at, note.end))

    def so_far(self, at: int) -> list[TimedNote]:
        """Every note as if it ended at the time `at` (ns), in order of their starts."""
        return [replace(note, end=max(at, note.end)) for note in self._notes.values()]

    def end_all(self, at: int) -> list[TimedNote]:
        """End every note at the time `at` (ns), in order of their starts."""
        return [self.end(key, at) for key in list(self._notes)]
