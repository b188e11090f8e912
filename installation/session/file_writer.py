"""Writers: what puts recordings on the disk, so that music never waits for it."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from installation.ops.background_worker import Aside
from midi_data.midi_files import Part, write_parts
from midi_data.notes import Meter

PATIENCE = 1.0
"""Seconds to wait at the end for a disk that does not answer."""

Put = Callable[[Path, Sequence[Part], float, Meter, str], None]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file to be written whole, as `write_parts` takes it."""

    path: Path
    parts: Sequence[Part]
    tempo: float
    meter: Meter
    title: str


class Writer(ABC):
    """Writes files; where it cannot, it says so once until it can again, and never raises.

    Parameters
    ----------
    put : callable
        Writes a file, as `write_parts` does.
    """

    def __init__(self, put: Put = write_parts) -> None:
        self._put = put
        self._complained = False

    @abstractmethod
    def write(self, sheet: Sheet) -> None:
        """Write a file, over what was there."""

    @abstractmethod
    def close(self) -> None:
        """Write what waits; nothing follows."""

    def _attempt(self, sheet: Sheet) -> None:
        try:
            sheet.path.parent.mkdir(parents=True, exist_ok=True)
            self._put(sheet.path, sheet.parts, sheet.tempo, sheet.meter, sheet.title)
        except OSError as error:
            if not self._complained:
                reason = error.strerror or error
                log.warning("cannot write %s: %s; it plays on", sheet.path, reason)
            self._complained = True
        else:
            self._complained = False


class DirectWriter(Writer):
    """Has written when `write` returns: for virtual time, and where nothing is hurried."""

    def write(self, sheet: Sheet) -> None:
        self._attempt(sheet)

    def close(self) -> None:
        """Nothing waits."""


class ThreadWriter(Writer):
    """Writes on a thread of its own, of each file the newest sheet only; `write` never waits."""

    def __init__(self, put: Put = write_parts) -> None:
        super().__init__(put)
        self._aside: Aside[Sheet] = Aside(self._attempt, "recordings")

    def write(self, sheet: Sheet) -> None:
        self._aside.ask(sheet, key=sheet.path)

    def close(self) -> None:
        if not self._aside.close(PATIENCE):
            log.warning("the disk does not answer; the last recording may be missing")
