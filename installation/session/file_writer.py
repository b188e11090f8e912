"""Writing recordings to the disk without holding up the music."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from installation.ops.background_worker import BackgroundWorker
from installation.visits.claimed_path import ClaimedPath
from midi_data.midi_files import MidiPart, write_parts
from midi_data.midi_songs import MeterChange, TempoChange
from midi_data.notes import Meter

WRITE_FLUSH_TIMEOUT_S = 1.0  # longest wait for the disk when the writer is closed, s

WritePartsFunction = Callable[
    [Path, Sequence[MidiPart], float, Meter, str, Sequence[TempoChange | MeterChange]], None
]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MidiFileContent:
    """The content of a MIDI file, as `midi_data.midi_files.write_parts` takes it."""

    path: Path | ClaimedPath
    parts: Sequence[MidiPart]
    tempo: float
    meter: Meter
    title: str
    changes: Sequence[TempoChange | MeterChange] = ()


BuildFileFunction = Callable[[], MidiFileContent]


class RecordingWriter:
    """Writes files before `write` returns; it logs the first of several failures, never raises.

    Parameters
    ----------
    write_file : callable, optional
        Takes the fields of a `MidiFileContent`, as `write_parts` does.
    """

    def __init__(self, write_file: WritePartsFunction = write_parts) -> None:
        self._write_file = write_file
        self._failure_logged = False

    def write(self, path: Path | ClaimedPath, build: BuildFileFunction) -> None:
        """Write the file that `build` returns; an existing one is replaced."""
        self._try_write(build)

    def close(self) -> None:
        """Write what is waiting; nothing follows."""

    def _try_write(self, build: BuildFileFunction) -> None:
        content = build()
        path = content.path
        try:
            path = path.claim() if isinstance(path, ClaimedPath) else path
            path.parent.mkdir(parents=True, exist_ok=True)
            self._write_file(
                path, content.parts, content.tempo, content.meter, content.title, content.changes
            )
        except OSError as error:
            if isinstance(content.path, ClaimedPath):
                content.path.release_empty()
            if not self._failure_logged:
                reason = error.strerror or error
                log.warning("cannot write a recording to %s: %s; it plays on", path, reason)
            self._failure_logged = True
        else:
            self._failure_logged = False


class ThreadedRecordingWriter(RecordingWriter):
    """Builds and writes on a thread of its own, only the newest content of each file.

    `write` never waits.

    Parameters
    ----------
    write_file : callable, optional
        Takes the fields of a `MidiFileContent`, as `write_parts` does.
    """

    def __init__(self, write_file: WritePartsFunction = write_parts) -> None:
        super().__init__(write_file)
        self._worker: BackgroundWorker[BuildFileFunction] = BackgroundWorker(
            self._try_write, "recordings"
        )

    def write(self, path: Path | ClaimedPath, build: BuildFileFunction) -> None:
        self._worker.submit(build, key=path)

    def close(self) -> None:
        if not self._worker.close(WRITE_FLUSH_TIMEOUT_S):
            log.warning("the disk does not answer; the last recording may be missing")
