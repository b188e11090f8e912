"""Writers: what puts recordings on the disk, so that music never waits for it."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from installation.ops.background_worker import BackgroundWorker
from midi_data.midi_files import MidiPart, write_parts
from midi_data.notes import Meter

WRITE_FLUSH_TIMEOUT_S = 1.0
"""Seconds to wait at the end for a disk that does not answer."""

WritePartsFunction = Callable[[Path, Sequence[MidiPart], float, Meter, str], None]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MidiFileContent:
    """A file to be written whole, as `write_parts` takes it."""

    path: Path
    parts: Sequence[MidiPart]
    tempo: float
    meter: Meter
    title: str


class RecordingWriter(ABC):
    """Writes files; where it cannot, it says so once until it can again, and never raises.

    Parameters
    ----------
    put : callable
        Writes a file, as `write_parts` does.
    """

    def __init__(self, put: WritePartsFunction = write_parts) -> None:
        self._write_parts = put
        self._failure_logged = False

    @abstractmethod
    def write(self, sheet: MidiFileContent) -> None:
        """Write a file, over what was there."""

    @abstractmethod
    def close(self) -> None:
        """Write what waits; nothing follows."""

    def _try_write(self, sheet: MidiFileContent) -> None:
        try:
            sheet.path.parent.mkdir(parents=True, exist_ok=True)
            self._write_parts(sheet.path, sheet.parts, sheet.tempo, sheet.meter, sheet.title)
        except OSError as error:
            if not self._failure_logged:
                reason = error.strerror or error
                log.warning("cannot write %s: %s; it plays on", sheet.path, reason)
            self._failure_logged = True
        else:
            self._failure_logged = False


class DirectRecordingWriter(RecordingWriter):
    """Has written when `write` returns: for virtual time, and where nothing is hurried."""

    def write(self, sheet: MidiFileContent) -> None:
        self._try_write(sheet)

    def close(self) -> None:
        """Nothing waits."""


class ThreadedRecordingWriter(RecordingWriter):
    """Writes on a thread of its own, of each file the newest sheet only; `write` never waits."""

    def __init__(self, put: WritePartsFunction = write_parts) -> None:
        super().__init__(put)
        self._worker: BackgroundWorker[MidiFileContent] = BackgroundWorker(
            self._try_write, "recordings"
        )

    def write(self, sheet: MidiFileContent) -> None:
        self._worker.submit(sheet, key=sheet.path)

    def close(self) -> None:
        if not self._worker.close(WRITE_FLUSH_TIMEOUT_S):
            log.warning("the disk does not answer; the last recording may be missing")
