"""Recordings of visits: listed, read and deleted, nothing outside their folder."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from installation.ops.wall_clock import SystemWallClock
from installation.visits.database import DATABASE_FILE_NAME, VisitDatabase

MAX_LISTED = 500  # recordings listed, the newest first
MAX_RECORDING_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class RecordingFile:
    """A recording: its folder (the day), name and size in bytes."""

    day: str
    name: str
    size: int


class RecordingFolder:
    """A folder with a folder for each day.

    Only a name that the listing of the folder has is opened, so no name leads out of it.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def list_files(self) -> list[RecordingFile]:
        """All recordings, the newest first."""
        found = []
        for path in self._folder.glob("*/*.mid"):
            name = path.parent.name + path.name
            is_own = path.is_file() and not (path.is_symlink() or path.parent.is_symlink())
            if is_own and name.isprintable():  # no lone surrogates, no line breaks
                with contextlib.suppress(OSError):
                    size = path.stat().st_size
                    found.append(RecordingFile(path.parent.name, path.name, size))
        return sorted(found, key=lambda file: (file.day, file.name), reverse=True)

    def read(self, day: str, name: str) -> bytes | None:
        """The content of a recording; None if there is none of that name."""
        path = self._find(day, name)
        if path is None:
            return None
        with path.open("rb") as file:
            return file.read(MAX_RECORDING_BYTES)

    def delete(self, day: str, name: str) -> bool:
        """Delete a recording with all that is kept of its visit; whether there was one.

        Raises `VisitDatabaseError` if the database cannot be written; then all stays.
        """
        path = self._find(day, name)
        if path is None:
            return False
        if (self._folder / DATABASE_FILE_NAME).exists():
            now = SystemWallClock().now()
            with contextlib.closing(VisitDatabase(self._folder, now)) as database:
                database.delete_visits_of(f"{day}/{name}")
        path.unlink(missing_ok=True)  # for a recording without a visit in the database
        with contextlib.suppress(OSError):  # other recordings are in it
            path.parent.rmdir()
        return True

    def _find(self, day: str, name: str) -> Path | None:
        listed = ((file.day, file.name) for file in self.list_files())
        return self._folder / day / name if (day, name) in listed else None
