"""The database of visits: one SQLite file in write-ahead mode, beside the recordings.

A file that is damaged, or was written by a newer version, is kept aside and a new one begun.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from pathlib import Path

DATABASE_FILE_NAME = "visits.sqlite"  # in the folder of the recordings
SCHEMA_VERSION = 1
BUSY_TIMEOUT_S = 5.0  # longest wait for another process that writes, seconds
DAMAGE_CODES = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
BYTES_PER_MEGABYTE = 1_000_000
SCHEMA = """
CREATE TABLE visits (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    began TEXT NOT NULL,
    ended TEXT NOT NULL,
    visitor_notes INTEGER NOT NULL,
    network_notes INTEGER NOT NULL,
    style TEXT NOT NULL,
    generation INTEGER NOT NULL,
    steered TEXT NOT NULL,
    recording TEXT NOT NULL
)
"""
COLUMNS = "began, ended, visitor_notes, network_notes, style, generation, steered, recording"

log = logging.getLogger(__name__)


class VisitDatabaseError(RuntimeError):
    """The database cannot be read or written now."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit.

    Parameters
    ----------
    began, ended : str
        Local time with its offset, ISO 8601; `ended` is empty during the visit, and stays so if
        the machine was switched off.
    visitor_notes, network_notes : int
        Number of notes of each.
    style : str
        Name of the style, or of the model file.
    generation : int
        Generation of the style; 0 for a style that does not change.
    steered : str
        What was steered, separated by commas: "temperature", "units", "lesson" and so on.
    recording : str
        Path of the recording within its folder; empty if there is none.
    """

    began: str
    ended: str = ""
    visitor_notes: int = 0
    network_notes: int = 0
    style: str = ""
    generation: int = 0
    steered: str = ""
    recording: str = ""


class VisitDatabase:
    """The database of a folder of recordings, open for writing; used by one thread only.

    Parameters
    ----------
    folder : Path
        Made if it does not exist.
    now : datetime
        Names a file that is kept aside.

    Raises
    ------
    VisitDatabaseError
        If it cannot be opened.
    """

    def __init__(self, folder: Path, now: datetime) -> None:
        self._folder, path = folder, folder / DATABASE_FILE_NAME
        try:
            folder.mkdir(parents=True, exist_ok=True)
            fault = _find_fault(path)
            if fault is not None:
                _keep_aside(path, fault, now)
            self._connection = _connect(path)
            self._prepare()
        except (sqlite3.Error, OSError) as error:
            raise VisitDatabaseError(f"{path}: {error}") from error

    def add(self, visit: Visit) -> int:
        """Add a visit; returns its number. Raises `VisitDatabaseError`."""
        marks = ", ".join("?" * len(COLUMNS.split(",")))
        with self._transaction() as connection:
            cursor = connection.execute(
                f"INSERT INTO visits ({COLUMNS}) VALUES ({marks})", astuple(visit)
            )
        return int(cursor.lastrowid or 0)

    def update(self, number: int, visit: Visit) -> None:
        """Replace what is known of a visit. Raises `VisitDatabaseError`."""
        values = ", ".join(f"{column} = ?" for column in COLUMNS.split(", "))
        with self._transaction() as connection:
            connection.execute(
                f"UPDATE visits SET {values} WHERE id = ?", (*astuple(visit), number)
            )

    def remove_oldest(self, now: datetime, keep_days: int, keep_megabytes: int) -> int:
        """Remove old visits and their recordings, oldest first.

        Parameters
        ----------
        now : datetime
        keep_days : int
            Days for which a visit is kept; 0 for ever.
        keep_megabytes : int
            Size that the recordings of all visits may have; 0 for any size.

        Returns
        -------
        int
            Number of visits removed.

        Raises
        ------
        VisitDatabaseError
        """
        with self._transaction() as connection:
            rows = connection.execute("SELECT id, began, recording FROM visits ORDER BY id DESC")
            old = list(self._visits_to_remove(rows, now, keep_days, keep_megabytes))
            connection.executemany(
                "DELETE FROM visits WHERE id = ?", [(number,) for number, _ in old]
            )
        for _, recording in old:
            self._remove_recording(recording)
        return len(old)

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def _prepare(self) -> None:
        connection = self._connection
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        if _schema_version(connection) == 0:
            with connection:
                connection.execute(SCHEMA)
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._connection:
                yield self._connection
        except sqlite3.Error as error:
            raise VisitDatabaseError(f"{self._folder / DATABASE_FILE_NAME}: {error}") from error

    def _visits_to_remove(
        self, newest_first: sqlite3.Cursor, now: datetime, keep_days: int, keep_megabytes: int
    ) -> Iterator[tuple[int, str]]:
        total_bytes = 0
        for number, began, recording in newest_first:
            if recording:
                with contextlib.suppress(OSError):
                    total_bytes += (self._folder / recording).stat().st_size
            is_large = keep_megabytes and total_bytes > keep_megabytes * BYTES_PER_MEGABYTE
            age = now - datetime.fromisoformat(began)
            if is_large or (keep_days and age > timedelta(days=keep_days)):
                yield number, recording

    def _remove_recording(self, recording: str) -> None:
        if not recording:
            return
        path = self._folder / recording
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
            path.parent.rmdir()  # of a day without any other recording


def read_visits(folder: Path, since: datetime | None = None) -> list[Visit]:
    """The visits in a folder's database, oldest first; another process may write it meanwhile.

    Parameters
    ----------
    folder : Path
        Folder of the recordings.
    since : datetime, optional
        Only visits that began at this time or later; with an offset from UTC.

    Returns
    -------
    list of Visit
        Empty if there is no database yet.

    Raises
    ------
    VisitDatabaseError
        If it cannot be read.
    """
    path = folder / DATABASE_FILE_NAME
    if not path.exists():
        return []
    begin = "0001-01-01" if since is None else since.isoformat()
    query = f"SELECT {COLUMNS} FROM visits WHERE julianday(began) >= julianday(?) ORDER BY id"
    try:
        with contextlib.closing(_connect(path, read_only=True)) as connection:
            return [Visit(*row) for row in connection.execute(query, (begin,))]
    except sqlite3.Error as error:
        raise VisitDatabaseError(f"{path}: {error}") from error


def _connect(path: Path, read_only: bool = False) -> sqlite3.Connection:
    mode = "ro" if read_only else "rwc"
    uri = f"{path.resolve().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, BUSY_TIMEOUT_S, uri=True)


def _schema_version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _find_fault(path: Path) -> str | None:
    """Why a database cannot be used, in one word; None if it can, or does not exist."""
    if not path.exists():
        return None
    with contextlib.closing(_connect(path)) as connection:
        try:
            version = _schema_version(connection)
            if version > SCHEMA_VERSION:
                return "newer"
            is_whole = connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
            names = ", ".join(row[1] for row in connection.execute("PRAGMA table_info(visits)"))
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF not in DAMAGE_CODES:
                raise
            return "damaged"
        expected = f"id, {COLUMNS}" if version else ""
        return None if is_whole and names == expected else "damaged"


def _keep_aside(path: Path, fault: str, now: datetime) -> None:
    """Move a database that cannot be used to another name."""
    stem = f"{path.stem}-{fault}-{now:%Y-%m-%dT%H-%M-%S}"
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(path.with_name(f"{stem}{path.suffix}{suffix}"))
    log.warning("%s is %s: kept as %s, and a new one begun", path, fault, f"{stem}{path.suffix}")
