"""Notes in real time: what the scheduler plays and the recorder keeps."""

from __future__ import annotations

from dataclasses import dataclass, replace

from messages.cues import NoteSource


@dataclass(frozen=True, slots=True)
class TimedNote:
    """A note with absolute times.

    Parameters
    ----------
    pitch, velocity : int
        MIDI numbers.
    due, end : int
        When it starts and stops, ns of the performer's clock; `end` is after `due`.
    source : Source
        Who plays it; also its MIDI channel.

    Raises
    ------
    ValueError
        If it would stop before it starts.
    """

    pitch: int
    velocity: int
    due: int
    end: int
    source: NoteSource = NoteSource.NETWORK

    def __post_init__(self) -> None:
        if self.end <= self.due:
            raise ValueError(
                f"a note must end after it starts, not {self.due - self.end} ns before"
            )

    @property
    def channel(self) -> int:
        """MIDI channel, 0..15: one for each `NoteSource`."""
        return int(self.source)

    def cut(self, at: int) -> TimedNote:
        """The same note, sounding no longer than until `at` (and a nanosecond at least)."""
        return replace(self, end=max(self.due + 1, min(self.end, at)))
