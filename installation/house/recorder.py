"""The recorder: each visit as a Standard MIDI File, visitor and network on tracks of their own.

Files are written at the end of each phrase, tune and visit, whole or not at all, so one that is
killed leaves what was played up to then. Where the disk is full or the folder may not be written
to, it says so once and the music plays on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from installation.live.clock import SECOND
from installation.live.sinks import Recorder, kept_notes
from installation.live.timed import TimedNote
from midi_data.midi_files import Part, write_parts
from midi_data.notes import Meter, Note
from visuals.cues import Source

TEMPO = 120.0
"""Of every recording, quarter notes a minute: a beat is half a second, whatever was played."""
BEAT = round(60 / TEMPO * SECOND)
"""Length of that beat, ns."""
NAMES = {Source.VISITOR: "Visitor", Source.NETWORK: "Network"}
PROGRAMS = {Source.VISITOR: 4, Source.NETWORK: 88}
"""General MIDI programs: an electric piano and a pad, for players that go by them."""

GROWTH = 0.05
"""A file is written again once it has grown by more than this share: a day stays cheap to keep."""

Put = Callable[[Path, Sequence[Part], float, Meter, str], None]

log = logging.getLogger(__name__)


class MidiRecording:
    """One file, to be written as often as wanted.

    Parameters
    ----------
    path : Path
    start : int
        The moment of beat 0, ns; notes due before it are left out.
    put : callable
        Writes a file, as `write_parts` does.
    """

    def __init__(self, path: Path, start: int, put: Put = write_parts) -> None:
        self.path = path
        self._put = put
        self.start = start
        self.notes: list[TimedNote] = []
        self._written = 0

    @property
    def grown(self) -> bool:
        """Whether there is enough new in it to be worth writing the whole file again."""
        return len(self.notes) - self._written > GROWTH * self._written

    def add(self, note: TimedNote) -> None:
        """Keep a note."""
        if note.due >= self.start:
            self.notes.append(note)

    def withdraw(self, at: int) -> None:
        """Forget the network's notes due after `at`, ns."""
        self.notes = kept_notes(self.notes, at)

    def write(self, until: int) -> None:
        """Write what sounded before `until` (ns), cut there.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        sounded = [note.cut(until) for note in self.notes if note.due < until]
        parts = [self._part(source, sounded) for source in Source]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._put(self.path, parts, TEMPO, Meter(), "Hidden State")
        self._written = len(self.notes)

    def _part(self, source: Source, notes: Sequence[TimedNote]) -> Part:
        own = [note for note in notes if note.source is source]
        own.sort(key=lambda note: (note.due, note.pitch))
        music = tuple(
            Note(
                note.pitch,
                (note.due - self.start) / BEAT,
                (note.end - note.due) / BEAT,
                note.velocity,
            )
            for note in own
        )
        return Part(NAMES[source], music, int(source), PROGRAMS[source])


def visit_path(folder: Path, moment: datetime) -> Path:
    """Where the visit that began at `moment` is kept; never a file that exists."""
    day = folder / moment.strftime("%Y-%m-%d")
    stem = moment.strftime("%H-%M-%S")
    path, number = day / f"{stem}.mid", 2
    while path.exists():
        path, number = day / f"{stem}-{number}.mid", number + 1
    return path


class MidiRecorder(Recorder):
    """Keeps each visit in a folder, and the whole session in a file, if asked to.

    Parameters
    ----------
    folder : Path or None
        For the visits.
    session : Path or None
        For everything from `start` to the end.
    start : int
        When the performance starts, ns.
    today : callable
        The wall clock, which only names files.
    write : callable
        Writes a file, as `write_parts` does.

    Attributes
    ----------
    visits : int
        Begun so far.
    last_visit : str
        When the last one began by the wall clock, ISO 8601; empty before the first.
    """

    def __init__(
        self,
        folder: Path | None,
        session: Path | None,
        start: int,
        today: Callable[[], datetime] = datetime.now,
        write: Put = write_parts,
    ) -> None:
        self._folder, self._today, self._put = folder, today, write
        self._session = MidiRecording(session, start, write) if session is not None else None
        self._visit: MidiRecording | None = None
        self._complained = False
        self.visits = 0
        self.last_visit = ""

    def add(self, note: TimedNote) -> None:
        for recording in self._recordings():
            recording.add(note)

    def withdraw(self, at: int) -> None:
        for recording in self._recordings():
            recording.withdraw(at)

    def begin_visit(self, at: int) -> None:
        moment = self._today()
        self.visits += 1
        self.last_visit = moment.isoformat(timespec="seconds")
        if self._folder is not None:
            self._visit = MidiRecording(visit_path(self._folder, moment), at, self._put)

    def flush(self, at: int) -> None:
        for recording in self._recordings():
            if recording.grown:
                self._write(recording, at)

    def end_visit(self, at: int) -> None:
        if self._visit is not None:
            self._write(self._visit, at)
        self._visit = None

    def close(self, at: int) -> None:
        for recording in self._recordings():
            self._write(recording, at)
        self._visit = self._session = None

    def _recordings(self) -> list[MidiRecording]:
        return [one for one in (self._visit, self._session) if one is not None]

    def _write(self, recording: MidiRecording, until: int) -> None:
        try:
            recording.write(until)
        except OSError as error:
            if not self._complained:
                log.warning(
                    "cannot write %s: %s; it plays on", recording.path, error.strerror or error
                )
            self._complained = True
        else:
            self._complained = False
