"""Visit log: writes each visit and its duets to the database, on a thread of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from pathlib import Path

from installation.config import RecordingSettings
from installation.engine.publisher import Milestone, Subscriber
from installation.ops.background_worker import BackgroundWorker
from installation.ops.wall_clock import SystemWallClock, WallClock
from installation.visits.claimed_path import ClaimedPath
from installation.visits.database import Visit, VisitDatabase, VisitDatabaseError
from installation.visits.duet_listener import DuetListener, OpenDuet, build_duet
from installation.visits.duet_player import DuetPlayerFollower
from installation.visits.vote import Vote, VoteKind
from messages.cues import NoteSource, StageMessage, TurnChange
from messages.gestures import (
    AnswerVote,
    Gesture,
    HeldUnitsChange,
    LessonOpenChange,
    ModelRequest,
    ParameterChange,
)
from messages.timed_note import TimedNote

WRITE_FLUSH_TIMEOUT_S = 1.0  # longest wait for the disk at the end, seconds
VISITS_BETWEEN_REMOVALS = 20  # visits after which old ones are looked for again

log = logging.getLogger(__name__)


@dataclass(slots=True)
class OpenVisit:
    """A visit that goes on.

    Parameters
    ----------
    serial : int
        Number of the visit since the start.
    began : str
        Local time, ISO 8601.
    recording : ClaimedPath or None
    generation : int
    note_counts : dict of NoteSource to int
    steered : set of str
    """

    serial: int
    began: str
    recording: ClaimedPath | None
    generation: int = 0
    note_counts: dict[NoteSource, int] = field(default_factory=lambda: dict.fromkeys(NoteSource, 0))
    steered: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class VisitUpdate:
    """What is known of a visit now, as a task for the thread that writes."""

    serial: int
    visit: Visit
    recording: ClaimedPath | None


@dataclass(frozen=True, slots=True)
class DuetUpdate:
    """What is known of a duet of a visit now, as a task for the thread that writes."""

    serial: int
    duet: OpenDuet


@dataclass(frozen=True, slots=True)
class VoteUpdate:
    """A vote at the window on a duet, as a task for the thread that writes."""

    address: str
    is_liked: bool


class VisitLog(Subscriber):
    """Writes each visit and duet at its beginning, after each phrase and at its end.

    Nothing waits for it.

    Parameters
    ----------
    settings : RecordingSettings
        Folder, and how long visits are kept.
    style : str
        Name of the style, or of the model file.
    current_recording : callable
        Returns the path of the recording of a visit that has just begun, if it is recorded.
    wall_clock : WallClock, optional
    generation : int
        Generation of the style.
    duet_days : int
        Days for which a duet is kept; 0 for as long as its visit.

    Attributes
    ----------
    generation : int
        That of the next visit.
    """

    def __init__(
        self,
        settings: RecordingSettings,
        style: str,
        current_recording: Callable[[], ClaimedPath | None],
        wall_clock: WallClock | None = None,
        generation: int = 0,
        duet_days: int = 0,
    ) -> None:
        self._current_recording = current_recording
        self._wall_clock = wall_clock or SystemWallClock()
        self._style, self.generation = style, generation
        self._serials = count(1)
        self._visit: OpenVisit | None = None
        self._writer = VisitWriter(settings, self._wall_clock, duet_days)
        self._follower = DuetPlayerFollower(style, generation)
        self._duet_listener, self._last_address = DuetListener(self._follower), ""
        self._worker: BackgroundWorker[VisitUpdate | DuetUpdate | VoteUpdate] = BackgroundWorker(
            self._writer.write, "visits"
        )

    def record_note(self, note: TimedNote) -> None:
        if self._visit is not None and not note.is_comparison:
            self._visit.note_counts[note.source] += 1
            self._duet_listener.record_note(note)

    def send_message(self, message: StageMessage) -> None:
        self._duet_listener.handle_message(message, self._timestamp)
        if isinstance(message, TurnChange):
            self._submit_duets()

    def take_over(self, number: int, path: str) -> None:
        """Learn that a generation, by its number and model path, plays from the next visit on.

        On any thread, before the performer learns of it.
        """
        self._follower.add_generation(path, number)
        self.generation = number

    def record_gesture(self, gesture: Gesture) -> None:
        """Learn of a gesture, which may steer the music or be a vote; on any thread."""
        visit, name = self._visit, _steering_name(gesture)
        if isinstance(gesture, AnswerVote) and (address := self._last_address):
            self._worker.submit(VoteUpdate(address, gesture.is_liked), key=f"vote {address}")
        if visit is not None and name:
            visit.steered.add(name)

    def handle_milestone(self, milestone: Milestone, at: int) -> None:
        match milestone:
            case Milestone.VISIT_BEGAN:
                began = self._timestamp()
                recording = self._current_recording()
                self._visit = OpenVisit(next(self._serials), began, recording, self.generation)
                self._duet_listener.begin_visit(at, began)
                self._last_address = ""
                self._submit()
            case Milestone.PHRASE_ENDED:
                self._submit()
                self._duet_listener.settle()
                self._submit_duets()
            case Milestone.VISIT_ENDED | Milestone.PERFORMANCE_ENDED:
                self._duet_listener.close(at)
                self._duet_listener.settle()
                self._submit_duets()
                self._duet_listener.end_visit()
                self._submit(ended=self._timestamp())
                self._visit = None
        if milestone is Milestone.PERFORMANCE_ENDED:
            if self._worker.close(WRITE_FLUSH_TIMEOUT_S):
                self._writer.finish()  # the recorder, which is told before, is closed
            else:
                log.warning("the disk does not answer; the last visit may be missing")

    def _timestamp(self) -> str:
        return self._wall_clock.now().isoformat(timespec="seconds")

    def _submit(self, ended: str = "") -> None:
        visit = self._visit
        if visit is None:
            return
        known = Visit(
            visit.began,
            ended,
            visit.note_counts[NoteSource.VISITOR],
            visit.note_counts[NoteSource.NETWORK],
            self._style,
            visit.generation,
            ",".join(sorted(visit.steered.copy())),
        )
        self._worker.submit(VisitUpdate(visit.serial, known, visit.recording), key=visit.serial)

    def _submit_duets(self) -> None:
        visit = self._visit
        if visit is None:
            return
        for duet in self._duet_listener.take_changed():
            update = DuetUpdate(visit.serial, duet)
            self._worker.submit(update, key=duet.address)
            self._last_address = duet.address


def _steering_name(gesture: Gesture) -> str:
    """What a gesture steers; empty if nothing."""
    match gesture:
        case HeldUnitsChange(held_units) if held_units:
            return "units"
        case ParameterChange(name):
            return name
        case LessonOpenChange(True):
            return "lesson"
        case ModelRequest():
            return "network"
        case _:
            return ""


class VisitWriter:
    """Writes visits and duets to the database; used by one thread only, and never raises.

    Parameters
    ----------
    settings : RecordingSettings
    wall_clock : WallClock
    duet_days : int
        Days for which a duet is kept; 0 for as long as its visit.
    """

    def __init__(
        self, settings: RecordingSettings, wall_clock: WallClock, duet_days: int = 0
    ) -> None:
        self._settings, self._wall_clock = settings, wall_clock
        self._duet_days = duet_days
        self._database: VisitDatabase | None = None
        self._serial = self._number = 0  # of the visit that was written last
        self._addresses: set[str] = set()  # of its duets
        self._recordings_to_remove: list[str] = []
        self._failure_logged = False

    def write(self, update: VisitUpdate | DuetUpdate | VoteUpdate) -> None:
        """Write what is known of a visit or a duet, or a vote."""
        try:
            if self._database is None:
                folder = Path(self._settings.folder)
                self._database = VisitDatabase(folder, self._wall_clock.now())
            match update:
                case DuetUpdate():
                    self._write_duet(self._database, update)
                case VoteUpdate():
                    self._write_vote(self._database, update)
                case VisitUpdate():
                    self._write_visit(self._database, update)
        except (VisitDatabaseError, OSError) as error:
            if not self._failure_logged:
                log.warning("a visit is not written: %s; it plays on", error)
            self._failure_logged = True
        else:
            self._failure_logged = False

    def finish(self) -> None:
        """Remove what waits; nothing follows, and recordings are written no more."""
        if self._database is not None:
            self._remove_recordings(self._database)

    def _write_visit(self, database: VisitDatabase, update: VisitUpdate) -> None:
        visit, claimed = update.visit, update.recording
        if claimed is not None:
            path = claimed.claim() if visit.ended else claimed.path
            recording = "" if path is None else path.relative_to(claimed.folder).as_posix()
            visit = replace(visit, recording=recording)
        if update.serial == self._serial:
            if not database.update(self._number, visit) and visit.ended:
                # the visitor had it deleted, and the recorder may still write the file
                self._recordings_to_remove.append(visit.recording)
            return
        self._number = database.add(visit)
        self._serial = update.serial
        self._addresses.clear()
        self._remove_recordings(database)
        if update.serial % VISITS_BETWEEN_REMOVALS == 1:
            self._remove_oldest(database)

    def _write_duet(self, database: VisitDatabase, update: DuetUpdate) -> None:
        if update.serial != self._serial:
            return  # its visit could not be written
        duet = replace(build_duet(update.duet), visit=self._number)
        if duet.address in self._addresses:
            database.update_duet(duet)
        else:
            database.add_duet(duet)
            self._addresses.add(duet.address)

    def _write_vote(self, database: VisitDatabase, update: VoteUpdate) -> None:
        """One vote on each duet; it is no phone's, and so has a voter of its own."""
        at, choice = self._wall_clock.now().isoformat(), "yes" if update.is_liked else "no"
        voter = f"window {update.address}"
        database.add_vote(Vote(update.address, voter, at, VoteKind.LIKED, choice))

    def _remove_recordings(self, database: VisitDatabase) -> None:
        """Remove the recordings of visits that were deleted while they lasted."""
        while self._recordings_to_remove:
            database.remove_recording(self._recordings_to_remove.pop())

    def _remove_oldest(self, database: VisitDatabase) -> None:
        settings, now = self._settings, self._wall_clock.now()
        if self._duet_days:  # here, too, because the pages may have been switched off
            database.delete_duets_before(now - timedelta(days=self._duet_days))
        count = database.remove_oldest(now, settings.keep_days, settings.keep_megabytes)
        if count:
            log.info("removed %d old visits and their recordings", count)
