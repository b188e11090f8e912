"""Timeline: the performer's messages by time: past, present and coming notes, turns and more."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TypeVar

import numpy as np

from messages.clock import SECOND
from messages.cues import (
    KEY_COUNT,
    SIGNALS,
    BandCue,
    BlendChange,
    BlendContributions,
    CueWithdrawal,
    GhostAnswer,
    KeyStruck,
    ModelChange,
    NoteAttribution,
    NoteCue,
    NoteRelease,
    NoteSource,
    RhythmBelief,
    StageMessage,
    Turn,
    TurnChange,
    UnitComparison,
    VisitEndWarning,
    WrittenText,
)
from messages.withdrawal import is_cue_withdrawn

CUE_RETENTION_NS = 30 * SECOND  # time for which a cue is kept after its note's start, ns
BAND_RETENTION_NS = 9 * SECOND  # the same for a cue of the band, ns
MAX_HOLD_NS = 15 * SECOND  # longest duration of a visitor's note without a release, ns
CHORD_WINDOW_NS = SECOND // 60  # time within which notes belong to one chord, ns: one frame
MAX_CHORD_NOTES = 32  # largest number of notes of a chord that are kept
MAX_CUES = 4096  # largest number of cues that are kept
MAX_UNHEARD_NS = SECOND  # longest time for which a struck key waits for its cue, ns
_NO_STATE = np.zeros((0, len(SIGNALS), 0), np.float32), np.zeros(KEY_COUNT, np.float32)
_CUE_DUE, _DUE, _AT = attrgetter("cue.due"), attrgetter("due"), attrgetter("at")  # starts


@dataclass(frozen=True, slots=True, eq=False)
class TimedCue:
    """A cue and the end of its note.

    Parameters
    ----------
    cue : NoteCue or BandCue
        Cues of the band are kept apart, in `Timeline.band`.
    end : int or None
        End of the note, ns; None while the visitor holds the key.
    """

    cue: NoteCue | BandCue
    end: int | None

    @property
    def due(self) -> int:
        """Start of the note, ns."""
        return self.cue.due

    def end_at(self, time: int) -> int:
        """End of the note as known at `time` (ns): a held note ends at `time`."""
        if self.end is not None:
            return self.end
        return max(self.due, min(time, self.due + MAX_HOLD_NS))

    def is_sounding(self, time: int) -> bool:
        """Whether the note sounds at `time`, ns."""
        if self.end is None:
            return self.due <= time < self.due + MAX_HOLD_NS
        return self.due <= time < self.end


class Timeline:
    """Keeps messages and answers queries about the time of a frame.

    Messages may come late, in any order of due times, or not at all. A withdrawal concerns only
    cues that came before it.

    Attributes
    ----------
    revision : int
        Increases whenever cues are added or removed.
    model_path : str
        Path of the last `ModelChange`; empty without one.
    rhythm : RhythmBelief or None
        The rhythm heard last.
    comparison : UnitComparison or None
        The last phrase that was played with and without a unit.
    ghost : GhostAnswer or None
        The past visitor who answered last.
    """

    def __init__(self) -> None:
        self.revision = 0
        self.model_path = ""
        self.rhythm: RhythmBelief | None = None
        self.comparison: UnitComparison | None = None
        self.ghost: GhostAnswer | None = None
        self._cues: list[TimedCue] = []
        self._band: list[TimedCue] = []
        self._turns: list[TurnChange] = []
        self._attributions: dict[int, NoteAttribution] = {}
        self._blend_contributions: dict[int, BlendContributions] = {}
        self._written_texts: dict[int, str] = {}
        self._by_serial = self._attributions, self._blend_contributions, self._written_texts
        self._blend_changes: list[BlendChange] = []
        self._visit_end_warnings: list[VisitEndWarning] = []
        self._early_releases: dict[int, int] = {}  # serial -> release that came before its cue
        self._struck: dict[int, TimedCue] = {}  # by serial, until their cues come

    def apply_message(self, message: StageMessage) -> None:
        """Keep one message."""
        match message:
            case NoteCue():
                self._struck.pop(message.serial, None)
                self._insert_cue(message)
            case BandCue():
                timed = TimedCue(message, message.due + message.duration)
                insort(self._band, timed, key=_CUE_DUE)
            case KeyStruck(serial, due):  # serials restart with every performer
                if all((timed.cue.serial, timed.due) != (serial, due) for timed in self._cues):
                    self._struck[serial] = TimedCue(_as_cue(message), None)
            case NoteRelease(serial, at):
                self._end_note(serial, at)
            case CueWithdrawal():
                self._withdraw_pending(message)
            case TurnChange():
                insort(self._turns, message, key=_DUE)
            case ModelChange(path):
                self.model_path = path
            case RhythmBelief():
                self.rhythm = message
            case UnitComparison():
                self.comparison = message
            case GhostAnswer():
                self.ghost = message
            case NoteAttribution(serial):
                self._attributions[serial] = message
            case BlendContributions(serial):
                self._blend_contributions[serial] = message
                self.revision += 1
            case WrittenText(serial, text):
                self._written_texts[serial] = text
            case BlendChange():
                insort(self._blend_changes, message, key=_AT)
            case VisitEndWarning():
                insort(self._visit_end_warnings, message, key=_AT)

    def prune(self, time: int) -> None:
        """Drop messages that are too old to be drawn at `time`, ns; to be called for each frame."""
        gone = bisect_right(self._band, time - BAND_RETENTION_NS, key=_CUE_DUE)
        del self._band[: max(gone, len(self._band) - MAX_CUES)]
        old = bisect_right(self._cues, time - CUE_RETENTION_NS, key=_CUE_DUE)
        latest = bisect_right(self._cues, time, key=_CUE_DUE) - 1
        # the latest cue stays at any age: it holds the present state of the network
        gone = max(min(old, latest), len(self._cues) - MAX_CUES)
        if gone > 0:
            del self._cues[:gone]
            self.revision += 1
        most = 2 * len(self._cues) + 64
        if max(map(len, self._by_serial)) > most:
            known = {timed.cue.serial for timed in self._cues}
            for details in self._by_serial:
                for serial in details.keys() - known:
                    del details[serial]
        del self._turns[: max(0, bisect_right(self._turns, time, key=_DUE) - 2)]  # with the last
        for messages in (self._blend_changes, self._visit_end_warnings):
            del messages[: max(0, bisect_right(messages, time, key=_AT) - 1)]
        if len(self._early_releases) > MAX_CUES:
            self._early_releases.clear()
        for serial in [one for one, key in self._struck.items() if key.due < time - MAX_UNHEARD_NS]:
            del self._struck[serial]

    def drop_replay(self, time: int) -> None:
        """Drop the notes of a replayed duet due after `time` (ns), and end those that sound."""
        self._cues = [
            TimedCue(timed.cue, min(timed.end_at(time), time)) if is_replayed(timed.cue) else timed
            for timed in self._cues
            if timed.due <= time or not is_replayed(timed.cue)
        ]
        self.revision += 1

    def clear_cues(self) -> None:
        """Drop all cues and their details; turns, mixtures and warnings stay."""
        self._cues.clear()
        self._band.clear()
        for details in (*self._by_serial, self._early_releases, self._struck):
            details.clear()
        self.revision += 1

    @property
    def band(self) -> tuple[TimedCue, ...]:
        """The band's cues by due time."""
        return tuple(self._band)

    @property
    def struck_keys(self) -> tuple[TimedCue, ...]:
        """Keys of visitors that the network has not heard yet: cues without a state."""
        return tuple(self._struck.values())

    @property
    def cues(self) -> tuple[TimedCue, ...]:
        """All cues by due time."""
        return tuple(self._cues)

    def cues_between(self, start: int, end: int) -> Iterator[TimedCue]:
        """Cues whose notes sound within `start` <= time < `end` (ns), by due time."""
        for timed in self._cues[: bisect_right(self._cues, end - 1, key=_CUE_DUE)]:
            if timed.end is None or timed.end > start:
                yield timed

    def sounding_cues(self, time: int) -> list[TimedCue]:
        """Cues whose notes sound at `time`, ns."""
        return [timed for timed in self.cues_between(time, time + 1) if timed.is_sounding(time)]

    def latest_cue(self, time: int) -> TimedCue | None:
        """The last cue due by `time`, ns."""
        return _latest(self._cues, time, _CUE_DUE)

    def next_cue(self, time: int) -> TimedCue | None:
        """The first cue due after `time`, ns."""
        index = bisect_right(self._cues, time, key=_CUE_DUE)
        return self._cues[index] if index < len(self._cues) else None

    def attribution(self, serial: int) -> NoteAttribution | None:
        """The attribution of a cue's note, if known."""
        return self._attributions.get(serial)

    def blend_contributions(self, serial: int) -> BlendContributions | None:
        """The contributions of a blend's networks to a cue's note, if known."""
        return self._blend_contributions.get(serial)

    def written_text(self, serial: int) -> str:
        """The text of a cue's note; empty if the network writes none."""
        return self._written_texts.get(serial, "")

    def blend_change(self, time: int) -> BlendChange | None:
        """The mixture of styles at `time` (ns), if known."""
        return _latest(self._blend_changes, time, _AT)

    def visit_end_warning(self, time: int) -> VisitEndWarning | None:
        """The last warning of the visit's end by `time` (ns), if any."""
        return _latest(self._visit_end_warnings, time, _AT)

    def turn(self, time: int) -> TurnChange:
        """The last change of turn by `time` (ns); attract from 0 if none is known."""
        return _latest(self._turns, time, _DUE) or TurnChange(0, Turn.ATTRACT)

    def _insert_cue(self, cue: NoteCue) -> None:
        # serials restart with every performer: the details of a note come after its cue
        for details in self._by_serial:
            details.pop(cue.serial, None)
        end = None if cue.duration == 0 else cue.due + cue.duration
        if cue.source is NoteSource.VISITOR:
            released = self._early_releases.pop(cue.serial, -1)
            end = released if released >= cue.due else end
        insort(self._cues, TimedCue(cue, end), key=_CUE_DUE)
        self._limit_chord(cue.due)
        self.revision += 1

    def _limit_chord(self, due: int) -> None:
        """Drop the oldest note of a chord with too many notes.

        The newest stay: the last one holds the state of the network after all of them.
        """
        first = bisect_left(self._cues, due - CHORD_WINDOW_NS // 2, key=_CUE_DUE)
        last = bisect_right(self._cues, due + CHORD_WINDOW_NS // 2, key=_CUE_DUE)
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
        self._band = [timed for timed in self._band if not is_cue_withdrawn(timed.cue, withdrawal)]
        kept = [timed for timed in self._cues if not is_cue_withdrawn(timed.cue, withdrawal)]
        if len(kept) < len(self._cues):
            self._cues = kept
            self.revision += 1


def is_replayed(message: StageMessage) -> bool:
    """Whether a message is the cue of a duet that the stage plays again (`DuetHearing`).

    Parameters
    ----------
    message : StageMessage

    Returns
    -------
    bool
    """
    return isinstance(message, NoteCue) and message.serial < 0


T = TypeVar("T", bound=TimedCue | TurnChange | BlendChange | VisitEndWarning)


def _latest(items: Sequence[T], time: int, start: Callable[[T], int]) -> T | None:
    """The last item whose start is not after `time`, ns."""
    index = bisect_right(items, time, key=start)
    return items[index - 1] if index else None


def _as_cue(key: KeyStruck) -> NoteCue:
    """The cue of a struck key as far as it is known."""
    return NoteCue(
        key.serial, key.due, 0, key.pitch, key.velocity, NoteSource.VISITOR, 0.0, *_NO_STATE
    )
