"""Where the performer tells what it does: cues for the stage, notes for the recorder."""

from __future__ import annotations

from abc import ABC, abstractmethod

from installation.engine.timed_note import TimedNote
from messages.cues import NoteSource, StageMessage


class CueSink(ABC):
    """Takes the messages meant for the stage; must never block."""

    @abstractmethod
    def send_message(self, message: StageMessage) -> None:
        """Send a message on its way."""


class DummyCueSink(CueSink):
    """Keeps every message in a list."""

    def __init__(self) -> None:
        self.messages: list[StageMessage] = []

    def send_message(self, message: StageMessage) -> None:
        self.messages.append(message)


class Recorder(ABC):
    """Keeps what was played. Times are ns of the performer's clock."""

    @abstractmethod
    def record_note(self, note: TimedNote) -> None:
        """A note that sounds, or will."""

    @abstractmethod
    def withdraw_pending(self, at: int) -> None:
        """Notes of the network that are due after `at` will not sound."""

    @abstractmethod
    def begin_visit(self, at: int) -> None:
        """A visitor pressed the first key."""

    @abstractmethod
    def flush(self, at: int) -> None:
        """A good moment to write what there is: a phrase or a tune is over."""

    @abstractmethod
    def end_visit(self, at: int) -> None:
        """The visit is over."""

    @abstractmethod
    def close(self, at: int) -> None:
        """Everything stops at `at`; nothing follows."""


class DummyRecorder(Recorder):
    """Keeps the notes in a list, and what else it was told by name."""

    def __init__(self) -> None:
        self.notes: list[TimedNote] = []
        self.calls: list[str] = []

    def record_note(self, note: TimedNote) -> None:
        self.notes.append(note)

    def withdraw_pending(self, at: int) -> None:
        self.notes = drop_withdrawn(self.notes, at)

    def begin_visit(self, at: int) -> None:
        self.calls.append("begin_visit")

    def flush(self, at: int) -> None:
        self.calls.append("flush")

    def end_visit(self, at: int) -> None:
        self.calls.append("end_visit")

    def close(self, at: int) -> None:
        self.notes = [note.cut(at) for note in self.notes if note.due < at]
        self.calls.append("close")


def drop_withdrawn(notes: list[TimedNote], at: int) -> list[TimedNote]:
    """What is left of some notes once the network's after `at` are withdrawn."""
    return [note for note in notes if note.due <= at or note.source is NoteSource.VISITOR]
