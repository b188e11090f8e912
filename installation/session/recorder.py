"""The recorder: each visit as a Standard MIDI File, visitor and network on tracks of their own.

Files are written at the end of each phrase, tune and visit, whole or not at all, so one that is
killed leaves what was played up to then (see `writing` for disks that are full or slow).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from pathlib import Path

from installation.engine.interfaces import Recorder, drop_withdrawn
from installation.engine.timed_note import TimedNote
from installation.session.file_writer import DirectRecordingWriter, MidiFileContent, RecordingWriter
from messages.clock import SECOND
from messages.cues import NoteSource
from midi_data.midi_files import MidiPart
from midi_data.notes import Meter, Note

RECORDING_TEMPO_BPM = 120.0
"""Of every recording, quarter notes a minute: a beat is half a second, whatever was played."""
BEAT_NS = round(60 / RECORDING_TEMPO_BPM * SECOND)
"""Length of that beat, ns."""
TRACK_NAMES = {NoteSource.VISITOR: "Visitor", NoteSource.NETWORK: "Network"}
MIDI_PROGRAMS = {NoteSource.VISITOR: 4, NoteSource.NETWORK: 88}
"""General MIDI programs: an electric piano and a pad, for players that go by them."""

MIN_GROWTH_SHARE = 0.05
"""A file is written again once it has grown by more than this share: a day stays cheap to keep."""

MAX_RESERVED_PATHS = 64
"""Names of visits that are not taken again even if nothing has been written yet."""


class MidiRecording:
    """One file, to be written as often as wanted.

    Parameters
    ----------
    path : Path
    start : int
        The moment of beat 0, ns; notes due before it are left out.
    """

    def __init__(self, path: Path, start: int) -> None:
        self.path = path
        self.start = start
        self.notes: list[TimedNote] = []
        self._written_note_count = 0

    @property
    def needs_rewrite(self) -> bool:
        """Whether there is enough new in it to be worth writing the whole file again."""
        return (
            len(self.notes) - self._written_note_count > MIN_GROWTH_SHARE * self._written_note_count
        )

    def add_note(self, note: TimedNote) -> None:
        """Keep a note."""
        if note.due >= self.start:
            self.notes.append(note)

    def withdraw_pending(self, at: int) -> None:
        """Forget the network's notes due after `at`, ns."""
        self.notes = drop_withdrawn(self.notes, at)

    def build_file(self, until: int) -> MidiFileContent:
        """The file with what sounded before `until` (ns), cut there."""
        sounded = [note.cut(until) for note in self.notes if note.due < until]
        parts = [self._build_track(source, sounded) for source in NoteSource]
        self._written_note_count = len(self.notes)
        return MidiFileContent(self.path, parts, RECORDING_TEMPO_BPM, Meter(), "Hidden State")

    def _build_track(self, source: NoteSource, notes: Sequence[TimedNote]) -> MidiPart:
        own = [note for note in notes if note.source is source]
        own.sort(key=lambda note: (note.due, note.pitch))
        music = tuple(
            Note(
                note.pitch,
                (note.due - self.start) / BEAT_NS,
                (note.end - note.due) / BEAT_NS,
                note.velocity,
            )
            for note in own
        )
        return MidiPart(TRACK_NAMES[source], music, int(source), MIDI_PROGRAMS[source])


def visit_path(folder: Path, moment: datetime, taken: Collection[Path] = ()) -> Path:
    """Where the visit that began at `moment` is kept; never a file that exists or is `taken`."""
    day = folder / moment.strftime("%Y-%m-%d")
    stem = moment.strftime("%H-%M-%S")
    path, number = day / f"{stem}.mid", 2
    while path in taken or path.exists():
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
    writer : Writer, optional
        Closed with the recorder.

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
        writer: RecordingWriter | None = None,
    ) -> None:
        self._folder, self._wall_clock = folder, today
        self._writer = writer or DirectRecordingWriter()
        self._session = MidiRecording(session, start) if session is not None else None
        self._visit: MidiRecording | None = None
        self._reserved_paths: deque[Path] = deque(maxlen=MAX_RESERVED_PATHS)
        self.visits = 0
        self.last_visit = ""

    def record_note(self, note: TimedNote) -> None:
        for recording in self._open_recordings():
            recording.add_note(note)

    def withdraw_pending(self, at: int) -> None:
        for recording in self._open_recordings():
            recording.withdraw_pending(at)

    def begin_visit(self, at: int) -> None:
        moment = self._wall_clock()
        self.visits += 1
        self.last_visit = moment.isoformat(timespec="seconds")
        if self._folder is not None:
            path = visit_path(self._folder, moment, self._reserved_paths)
            self._reserved_paths.append(path)
            self._visit = MidiRecording(path, at)

    def flush(self, at: int) -> None:
        for recording in self._open_recordings():
            if recording.needs_rewrite:
                self._write(recording, at)

    def end_visit(self, at: int) -> None:
        if self._visit is not None:
            self._write(self._visit, at)
        self._visit = None

    def close(self, at: int) -> None:
        for recording in self._open_recordings():
            self._write(recording, at)
        self._visit = self._session = None
        self._writer.close()

    def _open_recordings(self) -> list[MidiRecording]:
        return [one for one in (self._visit, self._session) if one is not None]

    def _write(self, recording: MidiRecording, until: int) -> None:
        self._writer.write(recording.build_file(until))
