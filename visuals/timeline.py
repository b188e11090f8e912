"""Timeline: what has sounded, sounds and will sound, as far as the stage has been told."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from dataclasses import dataclass

from messages.clock import SECOND
from messages.cues import (
    BlendChange,
    BlendContributions,
    CueWithdrawal,
    ModelChange,
    NoteAttribution,
    NoteCue,
    NoteRelease,
    NoteSource,
    StageMessage,
    Turn,
    TurnChange,
    VisitEndWarning,
    WrittenText,
)
from messages.withdrawal import is_cue_withdrawn

CUE_RETENTION_NS = 30 * SECOND
"""How long a cue is kept after its note began, ns."""
MAX_HOLD_NS = 15 * SECOND
"""A visitor's note whose release never came counts as over after this, ns."""
CHORD_WINDOW_NS = SECOND // 60
"""Notes within this are struck together, ns: one frame."""
MAX_CHORD_NOTES = 32
"""As many notes struck together are shown at the most."""
MAX_CUES = 4096
"""Cues kept at the most, whatever the times."""


@dataclass(frozen=True, slots=True, eq=False)
class TimedCue:
    """A cue and when its note stops.

    Parameters
    ----------
    cue : Cue
    end : int or None
        ns; None while the visitor holds the key.
    """

    cue: NoteCue
    end: int | None

    @property
    def due(self) -> int:
        """When the note sounds, ns."""
        return self.cue.due

    def end_at(self, time: int) -> int:
        """When the note stops, as far as is known at `time`: a held one has just got there."""
        if self.end is not None:
            return self.end
        return max(self.due, min(time, self.due + MAX_HOLD_NS))

    def is_sounding(self, time: int) -> bool:
        """Whether the note sounds at `time`."""
        if self.end is None:
            return self.due <= time < self.due + MAX_HOLD_NS
        return self.due <= time < self.end


class Timeline:
    """Takes the performer's messages and answers for a frame's time.

    Messages may come late, in any order of due times, or not at all. A withdrawal concerns the cues
    taken before it, for later ones may well have higher serials and later times.

    Attributes
    ----------
    revision : int
        Goes up whenever a cue comes or goes, so that others know when to look again.
    style : str
        Path of the last `ModelChange`; empty if there was none.
    """

    def __init__(self) -> None:
        self.revision = 0
        self.model_path = ""
        self._cues: list[TimedCue] = []
        self._turns: list[TurnChange] = []
        self._attributions: dict[int, NoteAttribution] = {}
        self._blend_contributions: dict[int, BlendContributions] = {}
        self._written_texts: dict[int, str] = {}
        self._blend_changes: list[BlendChange] = []
        self._visit_end_warnings: list[VisitEndWarning] = []
        self._early_releases: dict[int, int] = {}  # serial -> release that came before its cue

    def apply_message(self, message: StageMessage) -> None:
        """Take in one message."""
        match message:
            case NoteCue():
                self._insert_cue(message)
            case NoteRelease(serial, at):
                self._end_note(serial, at)
            case CueWithdrawal():
                self._withdraw_pending(message)
            case TurnChange():
                insort(self._turns, message, key=_due)
            case ModelChange(path):
                self.model_path = path
            case NoteAttribution(serial):
                self._attributions[serial] = message
            case BlendContributions(serial):
                self._blend_contributions[serial] = message
                self.revision += 1
            case WrittenText(serial, text):
                self._written_texts[serial] = text
            case BlendChange():
                insort(self._blend_changes, message, key=_at)
            case VisitEndWarning():
                insort(self._visit_end_warnings, message, key=_at)

    def prune(self, time: int) -> None:
        """Drop what lies further back than anybody looks; call it with each frame's time."""
        old = bisect_right(self._cues, time - CUE_RETENTION_NS, key=_due)
        latest = bisect_right(self._cues, time, key=_due) - 1
        # the latest stays however old it is: the network still is where it left it
        gone = max(min(old, latest), len(self._cues) - MAX_CUES)
        if gone > 0:
            del self._cues[:gone]
            self.revision += 1
        current = bisect_right(self._turns, time, key=_due) - 1
        if current > 0:
            del self._turns[:current]
        most = 2 * len(self._cues) + 64
        if (
            max(len(self._attributions), len(self._blend_contributions), len(self._written_texts))
            > most
        ):
            known = {timed.cue.serial for timed in self._cues}
            self._attributions = {k: why for k, why in self._attributions.items() if k in known}
            self._blend_contributions = {
                k: told for k, told in self._blend_contributions.items() if k in known
            }
            self._written_texts = {k: text for k, text in self._written_texts.items() if k in known}
        del self._blend_changes[: max(0, bisect_right(self._blend_changes, time, key=_at) - 1)]
        del self._visit_end_warnings[
            : max(0, bisect_right(self._visit_end_warnings, time, key=_at) - 1)
        ]
        if len(self._early_releases) > MAX_CUES:
            self._early_releases.clear()

    def clear_cues(self) -> None:
        """Drop every cue; whose turn it is stays known."""
        self._cues.clear()
        self._early_releases.clear()
        self.revision += 1

    @property
    def cues(self) -> tuple[TimedCue, ...]:
        """All that is remembered or to come, by due time."""
        return tuple(self._cues)

    def cues_between(self, start: int, end: int) -> Iterator[TimedCue]:
        """Cues whose notes sound anywhere in `start` <= time < `end`, by due time."""
        for timed in self._cues[: bisect_right(self._cues, end - 1, key=_due)]:
            if timed.end is None or timed.end > start:
                yield timed

    def sounding_cues(self, time: int) -> list[TimedCue]:
        """Cues whose notes sound at `time`."""
        return [timed for timed in self.cues_between(time, time + 1) if timed.is_sounding(time)]

    def latest_cue(self, time: int) -> TimedCue | None:
        """The last cue due by `time`."""
        index = bisect_right(self._cues, time, key=_due)
        return self._cues[index - 1] if index else None

    def next_cue(self, time: int) -> TimedCue | None:
        """The first cue due after `time`."""
        index = bisect_right(self._cues, time, key=_due)
        return self._cues[index] if index < len(self._cues) else None

    def attribution(self, serial: int) -> NoteAttribution | None:
        """Why the note of a cue was written, if that was told."""
        return self._attributions.get(serial)

    def blend_contributions(self, serial: int) -> BlendContributions | None:
        """What each network of a blend had to do with a cue's note, if that was told."""
        return self._blend_contributions.get(serial)

    def written_text(self, serial: int) -> str:
        """What was written to come to a cue's note; nothing by a network that writes no text."""
        return self._written_texts.get(serial, "")

    def blend_change(self, time: int) -> BlendChange | None:
        """How the styles are mixed at `time`, if that was told."""
        index = bisect_right(self._blend_changes, time, key=_at)
        return self._blend_changes[index - 1] if index else None

    def visit_end_warning(self, time: int) -> VisitEndWarning | None:
        """What was last said by `time` of when the visit ends, if anything was."""
        index = bisect_right(self._visit_end_warnings, time, key=_at)
        return self._visit_end_warnings[index - 1] if index else None

    def turn(self, time: int) -> TurnChange:
        """The change of turn in force at `time`; attract since the beginning if none was told."""
        index = bisect_right(self._turns, time, key=_due)
        return self._turns[index - 1] if index else TurnChange(0, Turn.ATTRACT)

    def _insert_cue(self, cue: NoteCue) -> None:
        end = None if cue.duration == 0 else cue.due + cue.duration
        if cue.source is NoteSource.VISITOR:
            end = self._early_releases.pop(cue.serial, end)
        insort(self._cues, TimedCue(cue, end), key=_due)
        self._limit_chord(cue.due)
        self.revision += 1

    def _limit_chord(self, due: int) -> None:
        """Of notes struck together leave the newest: more than a few hands cannot be told apart.

        The newest stay, for the last has the network as all of them left it.
        """
        first = bisect_left(self._cues, due - CHORD_WINDOW_NS // 2, key=_due)
        last = bisect_right(self._cues, due + CHORD_WINDOW_NS // 2, key=_due)
        if last - first > MAX_CHORD_NOTES:
            del self._cues[first]

    def _end_note(self, serial: int, at: int) -> None:
        for index in range(len(self._cues) - 1, -1, -1):
            timed = self._cues[index]
            if timed.cue.serial == serial and timed.cue.source is NoteSource.VISITOR:
                if timed.end is None:
                    self._cues[index] = TimedCue(timed.cue, max(at, timed.due))
                return
        self._early_releases[serial] = at

    def _withdraw_pending(self, withdrawal: CueWithdrawal) -> None:
        kept = [timed for timed in self._cues if not is_cue_withdrawn(timed.cue, withdrawal)]
        if len(kept) < len(self._cues):
            self._cues = kept
            self.revision += 1


def _at(message: BlendChange | VisitEndWarning) -> int:
    return message.at


def _due(item: TimedCue | TurnChange) -> int:
    return item.due
