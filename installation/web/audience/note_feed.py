"""Note feed: what the stage is told of notes and turns, in the few words that phones need."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from messages.clock import MILLISECOND, SECOND
from messages.cues import CueWithdrawal, NoteCue, NoteRelease, NoteSource, StageMessage, Turn
from messages.cues import TurnChange as TurnMessage
from messages.withdrawal import is_note_withdrawn

KEPT_NS = 6 * SECOND  # age from which a note that has sounded is forgotten, ns
MAX_NOTES = 256  # notes kept; the oldest go first
MAX_HELD_NS = 60 * SECOND  # age at which a note counts as ended whose end was not told, ns
SHOWN_SOURCES = (NoteSource.VISITOR, NoteSource.NETWORK)


@dataclass(slots=True)
class RollNote:
    """A note of the moving roll; times in ns of this machine's monotonic clock."""

    serial: int
    due: int
    duration: int
    pitch: int
    source: NoteSource

    @property
    def is_held(self) -> bool:
        """Whether its key, or a pedal, is still down."""
        return not self.duration

    @property
    def duration_ms(self) -> int:
        """Duration, ms; 0 for a note that is held."""
        return self.duration // MILLISECOND

    @property
    def row(self) -> list[int]:
        """Its numbers in order, times in ms."""
        due = self.due // MILLISECOND
        return [self.serial, due, self.duration_ms, self.pitch, int(self.source)]


class NoteFeed:
    """Follows the messages to the stage.

    Parameters
    ----------
    read_messages : callable
        Returns the messages since its last call.

    Attributes
    ----------
    turn : Turn
    """

    def __init__(self, read_messages: Callable[[], Iterable[StageMessage]]) -> None:
        self._read = read_messages
        self._notes: dict[int, RollNote] = {}
        self._turns: list[TurnMessage] = []
        self.turn = Turn.ATTRACT

    def poll(self, now: int) -> dict[str, object]:
        """What is new at the time `now` (ns): notes, their ends, withdrawn ones and the turn."""
        new: dict[int, RollNote] = {}
        ends: list[list[int]] = []
        gone: list[int] = []
        for message in self._read():
            match message:
                case NoteCue() if message.source in SHOWN_SOURCES:
                    note = _roll_note(message)
                    self._notes[note.serial] = new[note.serial] = note
                case NoteRelease(serial, at) if serial in self._notes:
                    note = self._notes[serial]
                    note.duration = max(MILLISECOND, at - note.due)
                    ends.append([serial, note.duration_ms])
                case CueWithdrawal():
                    gone += self._withdraw(message)
                case TurnMessage():
                    self._turns.append(message)
        ends += self._end_forgotten(now)
        self._forget(now)
        added = [note.row for note in new.values() if note.serial in self._notes]
        found: dict[str, object] = {"notes": added, "ends": ends, "gone": gone}
        changed = {name: value for name, value in found.items() if value}
        if self._follow_turn(now):
            changed["turn"] = self.turn.name.lower()
        return changed

    def describe(self) -> dict[str, object]:
        """What a phone that joins now is told."""
        return {
            "notes": [note.row for note in self._notes.values()],
            "turn": self.turn.name.lower(),
        }

    def _withdraw(self, withdrawal: CueWithdrawal) -> list[int]:
        """Forget the notes that a withdrawal drops; returns their serial numbers."""
        gone = [
            note.serial
            for note in self._notes.values()
            if is_note_withdrawn(note.source, note.serial, note.due, withdrawal)
        ]
        for each in gone:
            del self._notes[each]
        return gone

    def _end_forgotten(self, now: int) -> list[list[int]]:
        """End the notes that have been held for too long: their performer may have ended."""
        forgotten = [
            note for note in self._notes.values() if note.is_held and now - note.due > MAX_HELD_NS
        ]
        for note in forgotten:
            note.duration = MAX_HELD_NS
        return [[note.serial, note.duration_ms] for note in forgotten]

    def _forget(self, now: int) -> None:
        self._notes = {
            serial: note
            for serial, note in list(self._notes.items())[-MAX_NOTES:]
            if note.is_held or note.due + note.duration > now - KEPT_NS
        }

    def _follow_turn(self, now: int) -> bool:
        before = self.turn
        while self._turns and self._turns[0].due <= now:
            self.turn = self._turns.pop(0).turn
        return self.turn is not before


def _roll_note(cue: NoteCue) -> RollNote:
    return RollNote(cue.serial, cue.due, cue.duration, cue.pitch, cue.source)
