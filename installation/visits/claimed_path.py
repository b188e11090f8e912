"""Claimed paths: file names that no other process can have, however close in time."""

from __future__ import annotations

import contextlib
import os
from datetime import datetime
from itertools import count
from pathlib import Path
from threading import Lock

DAY_FORMAT, TIME_FORMAT = "%Y-%m-%d", "%H-%M-%S"  # names of a folder and of a file in it
LENGTH_OF_TIME = 8  # characters of a time in that format


class ClaimedPath:
    """The path of a visit's recording, claimed by an empty file as soon as it is needed.

    Claiming waits for the disk, so it is left to a thread that may.

    Parameters
    ----------
    folder : Path
        Folder of the recordings; it gets a folder for each day.
    moment : datetime
        Start of the visit.
    """

    def __init__(self, folder: Path, moment: datetime) -> None:
        self.folder = folder
        self._day = folder / moment.strftime(DAY_FORMAT)
        self._stem = moment.strftime(TIME_FORMAT)
        self._path: Path | None = None
        self._lock = Lock()

    @property
    def path(self) -> Path | None:
        """The path; None before it is claimed."""
        return self._path

    def claim(self) -> Path:
        """Claim a path at the first call, and return the same one from then on.

        Returns
        -------
        Path

        Raises
        ------
        OSError
            If no file can be made in the folder.
        """
        with self._lock:
            if self._path is None:
                self._day.mkdir(parents=True, exist_ok=True)
                self._path = next(filter(_create_exclusively, self._candidates()))
            return self._path

    def release_empty(self) -> None:
        """Give the path up if nothing was written to it; never raises."""
        with self._lock, contextlib.suppress(OSError):
            if self._path is not None and not self._path.stat().st_size:
                self._path.unlink()
                self._path = None

    def _candidates(self) -> map[Path]:
        return map(
            lambda number: self._day / f"{self._stem}{f'-{number}' if number > 1 else ''}.mid",
            count(1),
        )


def recording_time(path: Path) -> datetime | None:
    """When the visit of a recording began, local time without a zone, by its name.

    Parameters
    ----------
    path : Path
        Path of any file.

    Returns
    -------
    datetime or None
        None if the name is not one that `ClaimedPath` gives.
    """
    time, rest = path.stem[:LENGTH_OF_TIME], path.stem[LENGTH_OF_TIME:]
    if rest and not (rest[0] == "-" and rest[1:].isdecimal()):
        return None
    try:
        return datetime.strptime(f"{path.parent.name} {time}", f"{DAY_FORMAT} {TIME_FORMAT}")
    except ValueError:
        return None


def _create_exclusively(path: Path) -> bool:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
    except FileExistsError:
        return False
    return True
