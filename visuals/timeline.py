"""Timeline: what has sounded, sounds and will sound, as far as the stage has been told."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from dataclasses import dataclass

from messages.cues import (
    Blending,
    Cue,
    Message,
    Reasons,
    Release,
    Shares,
    Source,
    StyleChange,
    Turn,
    TurnChange,
    Waning,
    Withdrawal,
    Written,
)

SECOND = 1_000_000_000
REMEMBERED = 30 * SECOND
"""How long a cue is kept after its note began, ns."""
LONGEST_HOLD = 15 * SECOND
"""A visitor's note whose release never came counts as over after this, ns."""
TOGETHER = SECOND // 60
"""Notes within this are struck together, ns: one frame."""
MOST_TOGETHER = 32
"""As many notes struck together are shown at the most."""
MOST = 4096
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

    cue: Cue
    end: int | None

    @property
    def due(self) -> int:
        """When the note sounds, ns."""
        return self.cue.due

    def end_at(self, time: int) -> int:
        """When the note stops, as far as is known at `time`: a held one has just got there."""
        if self.end is not None:
            return self.end
        return max(self.due, min(time, self.due + LONGEST_HOLD))

    def sounds(self, time: int) -> bool:
        """Whether the note sounds at `time`."""
        if self.end is None:
            return self.due <= time < self.due + LONGEST_HOLD
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
        Path of the last `StyleChange`; empty if there was none.
    """

    def __init__(self) -> None:
        self.revision = 0
        self.style = ""
        self._cues: list[TimedCue] = []
        self._turns: list[TurnChange] = []
        self._reasons: dict[int, Reasons] = {}
        self._shares: dict[int, Shares] = {}
        self._written: dict[int, str] = {}
        self._blendings: list[Blending] = []
        self._wanings: list[Waning] = []
        self._early: dict[int, int] = {}  # serial -> release that came before its cue

    def take(self, message: Message) -> None:
        """Take in one message."""
        match message:
            case Cue():
                self._add(message)
            case Release(serial, at):
                self._release(serial, at)
            case Withdrawal(serial, at):
                self._withdraw(serial, at)
            case TurnChange():
                insort(self._turns, message, key=_due)
            case StyleChange(path):
                self.style = path
            case Reasons(serial):
                self._reasons[serial] = message
            case Shares(serial):
                self._shares[serial] = message
                self.revision += 1
            case Written(serial, text):
                self._written[serial] = text
            case Blending():
                insort(self._blendings, message, key=_at)
            case Waning():
                insort(self._wanings, message, key=_at)

    def forget(self, time: int) -> None:
        """Drop what lies further back than anybody looks; call it with each frame's time."""
        old = bisect_right(self._cues, time - REMEMBERED, key=_due)
        latest = bisect_right(self._cues, time, key=_due) - 1
        # the latest stays however old it is: the network still is where it left it
        gone = max(min(old, latest), len(self._cues) - MOST)
        if gone > 0:
            del self._cues[:gone]
            self.revision += 1
        current = bisect_right(self._turns, time, key=_due) - 1
        if current > 0:
            del self._turns[:current]
        most = 2 * len(self._cues) + 64
        if max(len(self._reasons), len(self._shares), len(self._written)) > most:
            known = {timed.cue.serial for timed in self._cues}
            self._reasons = {k: why for k, why in self._reasons.items() if k in known}
            self._shares = {k: told for k, told in self._shares.items() if k in known}
            self._written = {k: text for k, text in self._written.items() if k in known}
        del self._blendings[: max(0, bisect_right(self._blendings, time, key=_at) - 1)]
        del self._wanings[: max(0, bisect_right(self._wanings, time, key=_at) - 1)]
        if len(self._early) > MOST:
            self._early.clear()

    def forget_cues(self) -> None:
        """Drop every cue; whose turn it is stays known."""
        self._cues.clear()
        self._early.clear()
        self.revision += 1

    @property
    def cues(self) -> tuple[TimedCue, ...]:
        """All that is remembered or to come, by due time."""
        return tuple(self._cues)

    def between(self, start: int, end: int) -> Iterator[TimedCue]:
        """Cues whose notes sound anywhere in `start` <= time < `end`, by due time."""
        for timed in self._cues[: bisect_right(self._cues, end - 1, key=_due)]:
            if timed.end is None or timed.end > start:
                yield timed

    def sounding(self, time: int) -> list[TimedCue]:
        """Cues whose notes sound at `time`."""
        return [timed for timed in self.between(time, time + 1) if timed.sounds(time)]

    def latest(self, time: int) -> TimedCue | None:
        """The last cue due by `time`."""
        index = bisect_right(self._cues, time, key=_due)
        return self._cues[index - 1] if index else None

    def following(self, time: int) -> TimedCue | None:
        """The first cue due after `time`."""
        index = bisect_right(self._cues, time, key=_due)
        return self._cues[index] if index < len(self._cues) else None

    def reasons(self, serial: int) -> Reasons | None:
        """Why the note of a cue was written, if that was told."""
        return self._reasons.get(serial)

    def shares(self, serial: int) -> Shares | None:
        """What each network of a blend had to do with a cue's note, if that was told."""
        return self._shares.get(serial)

    def written(self, serial: int) -> str:
        """What was written to come to a cue's note; nothing by a network that writes no text."""
        return self._written.get(serial, "")

    def blending(self, time: int) -> Blending | None:
        """How the styles are mixed at `time`, if that was told."""
        index = bisect_right(self._blendings, time, key=_at)
        return self._blendings[index - 1] if index else None

    def waning(self, time: int) -> Waning | None:
        """What was last said by `time` of when the visit ends, if anything was."""
        index = bisect_right(self._wanings, time, key=_at)
        return self._wanings[index - 1] if index else None

    def turn(self, time: int) -> TurnChange:
        """The change of turn in force at `time`; attract since the beginning if none was told."""
        index = bisect_right(self._turns, time, key=_due)
        return self._turns[index - 1] if index else TurnChange(0, Turn.ATTRACT)

    def _add(self, cue: Cue) -> None:
        end = None if cue.duration == 0 else cue.due + cue.duration
        if cue.source is Source.VISITOR:
            end = self._early.pop(cue.serial, end)
        insort(self._cues, TimedCue(cue, end), key=_due)
        self._thin(cue.due)
        self.revision += 1

    def _thin(self, due: int) -> None:
        """Of notes struck together leave the newest: more than a few hands cannot be told apart.

        The newest stay, for the last has the network as all of them left it.
        """
        first = bisect_left(self._cues, due - TOGETHER // 2, key=_due)
        last = bisect_right(self._cues, due + TOGETHER // 2, key=_due)
        if last - first > MOST_TOGETHER:
            del self._cues[first]

    def _release(self, serial: int, at: int) -> None:
        for index in range(len(self._cues) - 1, -1, -1):
            timed = self._cues[index]
            if timed.cue.serial == serial and timed.cue.source is Source.VISITOR:
                if timed.end is None:
                    self._cues[index] = TimedCue(timed.cue, max(at, timed.due))
                return
        self._early[serial] = at

    def _withdraw(self, serial: int, at: int) -> None:
        kept = [timed for timed in self._cues if not _is_withdrawn(timed.cue, serial, at)]
        if len(kept) < len(self._cues):
            self._cues = kept
            self.revision += 1


def _is_withdrawn(cue: Cue, serial: int, at: int) -> bool:
    return cue.source is not Source.VISITOR and cue.serial >= serial and cue.due > at


def _at(message: Blending | Waning) -> int:
    return message.at


def _due(item: TimedCue | TurnChange) -> int:
    return item.due
