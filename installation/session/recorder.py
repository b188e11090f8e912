"""The recorder: each visit as a Standard MIDI File, with a track for visitor and network.

Files are written at the end of each phrase, tune and visit, each as a whole or not at all. A killed
process leaves the music up to the last writing. `file_writer` handles full and slow disks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from installation.engine.player import SIMULTANEITY_NS
from installation.engine.publisher import Milestone, Subscriber
from installation.session.file_writer import MidiFileContent, RecordingWriter
from installation.visits.claimed_path import ClaimedPath
from messages.clock import SECOND
from messages.cues import NoteSource, RhythmBelief, StageMessage
from messages.timed_note import TimedNote
from midi_data.midi_files import MidiPart
from midi_data.notes import Meter, Note
from midi_data.tempo_map import FeltBars, TempoMap

RECORDING_TEMPO_BPM = 120.0
"""Tempo of a recording before a phrase was heard, quarter notes per minute."""
BEAT_NS = round(60 / RECORDING_TEMPO_BPM * SECOND)  # length of a beat at that tempo, ns
TRACK_NAMES = {
    NoteSource.VISITOR: "Visitor",
    NoteSource.NETWORK: "Network",
    NoteSource.BASS: "Bass",
    NoteSource.GHOST: "Past visitor",
    NoteSource.DRUMS: "Drums",
}
MIDI_PROGRAMS = {
    NoteSource.VISITOR: 4,
    NoteSource.NETWORK: 88,
    NoteSource.BASS: 33,
    NoteSource.GHOST: 88,
    NoteSource.DRUMS: 0,
}
"""General MIDI programs: an electric piano, a pad, a finger bass, and the standard kit."""
OTHER_SOURCES = (NoteSource.BASS, NoteSource.DRUMS, NoteSource.GHOST)
"""Sources that have a track only if they play."""
MIN_GROWTH_SHARE = 0.05
"""Relative growth after which a file is written again; it bounds the writing of a whole day."""


@dataclass(frozen=True, slots=True)
class RecordingSnapshot:
    """The music of a recording up to a time, ns, for the thread that writes it."""

    path: Path | ClaimedPath
    start: int
    until: int
    notes: tuple[TimedNote, ...]
    felt: tuple[FeltBars, ...]

    def build_file(self) -> MidiFileContent:
        """The file of the notes that started before the time, cut there; takes long for many."""
        sounded = [note.cut(self.until) for note in self.notes if note.due < self.until]
        tempo_map = TempoMap(self.start, FeltBars(self.start, BEAT_NS, Meter()), self.felt)
        by_source = {
            source: [note for note in sounded if note.source is source] for source in NoteSource
        }
        parts = [
            _build_track(source, notes, tempo_map)
            for source, notes in by_source.items()
            if notes or source not in OTHER_SOURCES
        ]
        tempos, meters = tempo_map.tempo_changes, tempo_map.meter_changes
        return MidiFileContent(
            self.path,
            parts,
            tempos[0].tempo,
            meters[0].meter,
            "Hidden State",
            (*tempos[1:], *meters[1:]),
        )


class MidiRecording:
    """The notes of one file, whose beat 0 is at `start`; earlier notes are left out.

    Those of the network are left out before `network_start`. Times are ns of the performer's clock.
    """

    def __init__(
        self, path: Path | ClaimedPath, start: int, network_start: int | None = None
    ) -> None:
        self.path = path
        self._starts = dict.fromkeys(NoteSource, start if network_start is None else network_start)
        self._starts[NoteSource.VISITOR] = start
        self._notes: list[TimedNote] = []
        self._felt: list[FeltBars] = []
        self._written_note_count = 0

    @property
    def needs_rewrite(self) -> bool:
        """Whether the file has grown enough to be written again."""
        grown = len(self._notes) - self._written_note_count
        return grown > MIN_GROWTH_SHARE * self._written_note_count

    def add_note(self, note: TimedNote) -> None:
        """Keep a note."""
        if note.due >= self._starts[note.source]:
            self._notes.append(note)

    def add_bars(self, bars: FeltBars) -> None:
        """Keep the bars of a phrase, instead of those of its beginning."""
        first = bars.bar_line_ns - bars.bar_ns / 2
        self._felt = [each for each in self._felt if each.bar_line_ns < first] + [bars]

    def cut_notes(self, at: int) -> None:
        """End all notes of the network by the time `at`, ns."""
        self._notes = [
            note if note.source is NoteSource.VISITOR else note.cut(at) for note in self._notes
        ]

    def take_snapshot(self, until: int) -> RecordingSnapshot:
        """The music up to the time `until`, ns, which counts as written from now on."""
        self._written_note_count = len(self._notes)
        start = self._starts[NoteSource.VISITOR]
        return RecordingSnapshot(self.path, start, until, tuple(self._notes), tuple(self._felt))


def _build_track(source: NoteSource, notes: list[TimedNote], tempo_map: TempoMap) -> MidiPart:
    beats = [(tempo_map.beat_at(note.due), tempo_map.beat_at(note.end)) for note in notes]
    music = tuple(
        Note(note.pitch, onset, end - onset, note.velocity)
        for note, (onset, end) in sorted(
            zip(notes, beats, strict=True), key=lambda each: (each[0].due, each[0].pitch)
        )
    )
    return MidiPart(TRACK_NAMES[source], music, int(source), MIDI_PROGRAMS[source])


class MidiRecorder(Subscriber):
    """Records each visit in a folder, and the whole session in a file, as far as asked for.

    Parameters
    ----------
    folder : Path or None
        Folder for the visits.
    session : Path or None
        File for everything from `start` to the end.
    start : int
        When the performance starts, ns.
    today : callable
        Returns the local date and time, which only name files.
    writer : RecordingWriter, optional
        Closed with the recorder; by default, files are written at once.

    Attributes
    ----------
    visits : int
        Number of visits begun.
    last_visit : str
        When the last visit began, ISO 8601 local time; empty before the first.
    """

    def __init__(
        self,
        folder: Path | None,
        session: Path | None,
        start: int,
        today: Callable[[], datetime] = datetime.now,
        writer: RecordingWriter | None = None,
    ) -> None:
        self._folder, self._today = folder, today
        self._writer = writer or RecordingWriter()
        self._session = MidiRecording(session, start) if session is not None else None
        self._visit: MidiRecording | None = None
        self.visits = 0
        self.last_visit = ""

    @property
    def visit_path(self) -> ClaimedPath | None:
        """Path of the visit's recording; None without a visit or without a folder."""
        path = None if self._visit is None else self._visit.path
        return path if isinstance(path, ClaimedPath) else None

    def record_note(self, note: TimedNote) -> None:
        for recording in self._open_recordings():
            if recording is self._session or not note.is_comparison:
                recording.add_note(note)

    def send_message(self, message: StageMessage) -> None:
        if isinstance(message, RhythmBelief) and message.is_phrase_over:
            meter = Meter.parse(message.meter)
            for recording in self._open_recordings():
                recording.add_bars(FeltBars(message.bar_line, message.beat_ns, meter))

    def handle_milestone(self, milestone: Milestone, at: int) -> None:
        match milestone:
            case Milestone.VISIT_BEGAN:
                self._begin_visit(at)
            case Milestone.VISIT_ENDED:
                if self._visit is not None:
                    self._write(self._visit, at)
                self._visit = None
            case Milestone.PHRASE_ENDED:
                for recording in self._open_recordings():
                    if recording.needs_rewrite:
                        self._write(recording, at)
            case Milestone.NOTES_CUT:
                for recording in self._open_recordings():
                    recording.cut_notes(at)
            case Milestone.PERFORMANCE_ENDED:
                for recording in self._open_recordings():
                    self._write(recording, at)
                self._visit = self._session = None
                self._writer.close()

    def _begin_visit(self, at: int) -> None:
        moment = self._today()
        self.visits += 1
        self.last_visit = moment.isoformat(timespec="seconds")
        if self._folder is not None:
            # the network's notes that sound with the first key belong to the tune before it
            claimed = ClaimedPath(self._folder, moment)
            self._visit = MidiRecording(claimed, at, at + SIMULTANEITY_NS)

    def _open_recordings(self) -> list[MidiRecording]:
        return [one for one in (self._visit, self._session) if one is not None]

    def _write(self, recording: MidiRecording, until: int) -> None:
        self._writer.write(recording.path, recording.take_snapshot(until).build_file)
