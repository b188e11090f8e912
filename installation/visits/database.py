"""The database of visits, their duets and the votes on them: one SQLite file in write-ahead mode.

It lies beside the recordings.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from installation.visits.claimed_path import recording_time
from installation.visits.duet import (
    Duet,
    DuetEncodingError,
    DuetMusic,
    NoteReason,
    ResponsiveUnit,
)
from installation.visits.schema import (
    COLUMNS,
    DUET_COLUMNS,
    SCHEMA_VERSION,
    VOTE_COLUMNS,
    connect,
    open_database,
    remove_kept_aside,
    schema_version,
)
from installation.visits.vote import Vote, VoteKind

DATABASE_FILE_NAME = "visits.sqlite"  # in the folder of the recordings
BYTES_PER_MEGABYTE = 1_000_000
OF_PAST_VISITS = "visit IN (SELECT id FROM visits WHERE ended != '')"

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


@dataclass(frozen=True, slots=True)
class NewestVisit:
    """The visit that was written last.

    Parameters
    ----------
    number : int
        Number in the database, where each visit has a higher one than all before it; 0 for none.
    is_over : bool
    """

    number: int = 0
    is_over: bool = True


@dataclass(frozen=True, slots=True)
class _KeptRecording:
    began: datetime
    recording: str  # path within the folder; empty if the visit has none
    visit: int | None = None  # number of its visit, if it is known


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
            self._connection = open_database(path, now)
        except (sqlite3.Error, OSError) as error:
            raise VisitDatabaseError(f"{path}: {error}") from error

    def add(self, visit: Visit) -> int:
        """Add a visit; returns its number. Raises `VisitDatabaseError`."""
        with self._transaction() as connection:
            cursor = connection.execute(_insertion("visits", COLUMNS), astuple(visit))
        return int(cursor.lastrowid or 0)

    def update(self, number: int, visit: Visit) -> bool:
        """Replace what is known of a visit; whether it is still there.

        Raises `VisitDatabaseError`.
        """
        values = ", ".join(f"{column} = ?" for column in COLUMNS.split(", "))
        with self._transaction() as connection:
            cursor = connection.execute(
                f"UPDATE visits SET {values} WHERE id = ?", (*astuple(visit), number)
            )
        return cursor.rowcount > 0

    def add_duet(self, duet: Duet) -> None:
        """Add a duet to its visit, unless that was deleted. Raises `VisitDatabaseError`."""
        with self._transaction() as connection:
            if connection.execute("SELECT 1 FROM visits WHERE id = ?", (duet.visit,)).fetchone():
                connection.execute(_insertion("duets", DUET_COLUMNS), _duet_row(duet))

    def update_duet(self, duet: Duet) -> None:
        """Replace what is known of a duet, unless it was deleted. Raises `VisitDatabaseError`."""
        values = ", ".join(f"{column} = ?" for column in DUET_COLUMNS.split(", "))
        with self._transaction() as connection:
            connection.execute(
                f"UPDATE duets SET {values} WHERE address = ?", (*_duet_row(duet), duet.address)
            )

    def add_vote(self, vote: Vote) -> bool:
        """Add a vote.

        Parameters
        ----------
        vote : Vote
            Its style and generation are those of the duet, whatever it says.

        Returns
        -------
        bool
            Whether it counts: the duet exists, and the voter has not voted on it before.

        Raises
        ------
        VisitDatabaseError
        """
        return self.add_votes([vote])[0]

    def add_votes(self, votes: Sequence[Vote]) -> list[bool]:
        """Add votes in one transaction; returns for each what `add_vote` does."""
        with self._transaction() as connection:
            return [_add_vote(connection, vote) for vote in votes]

    def delete_duets_before(self, moment: datetime) -> int:
        """Delete the duets that began before a time, and their votes; returns their number.

        Raises `VisitDatabaseError`.
        """
        old, values = "julianday(began) < julianday(?)", (moment.isoformat(),)
        with self._transaction() as connection:
            connection.execute(
                f"DELETE FROM votes WHERE duet IN (SELECT address FROM duets WHERE {old})", values
            )
            cursor = connection.execute(f"DELETE FROM duets WHERE {old}", values)
        self._erase()
        return cursor.rowcount

    def delete_visit(self, number: int) -> bool:
        """Delete a visit with its duets, their votes and its recording; whether there was one.

        Raises `VisitDatabaseError`.
        """
        with self._transaction() as connection:
            row = connection.execute(
                "SELECT recording FROM visits WHERE id = ?", (number,)
            ).fetchone()
            _delete_visits(connection, [number])
        self._erase()
        if row is not None:
            self.remove_recording(row[0])
        return row is not None

    def delete_visits_of(self, recording: str) -> bool:
        """Delete the visit of a recording, as `delete_visit` does; whether there was one.

        Raises `VisitDatabaseError`.
        """
        with self._transaction() as connection:
            found = connection.execute("SELECT id FROM visits WHERE recording = ?", (recording,))
            numbers = [number for (number,) in found]
            _delete_visits(connection, numbers)
        self._erase()
        if numbers:
            self.remove_recording(recording)
        return bool(numbers)

    def remove_oldest(self, now: datetime, keep_days: int, keep_megabytes: int) -> int:
        """Remove old visits and their recordings, oldest first.

        Recordings that belong to no visit, as after a database was damaged, count as older than
        all visits. A database that was kept aside goes after the same days.

        Parameters
        ----------
        now : datetime
        keep_days : int
            Days for which a visit is kept; 0 for ever.
        keep_megabytes : int
            Size that all recordings may have together; 0 for any size.

        Returns
        -------
        int
            Number of visits, and of recordings of no visit, removed.

        Raises
        ------
        VisitDatabaseError
        """
        with self._transaction() as connection:
            rows = connection.execute("SELECT id, began, recording FROM visits ORDER BY id DESC")
            visits = [
                _KeptRecording(datetime.fromisoformat(began), recording, number)
                for number, began, recording in rows
            ]
            known = {visit.recording for visit in visits}
            unknown = (one for one in self._recordings(now) if one.recording not in known)
            kept = (*visits, *unknown)
            old = list(self._recordings_to_remove(kept, now, keep_days, keep_megabytes))
            _delete_visits(connection, [one.visit for one in old if one.visit is not None])
            self._remove_old_votes(connection, now, keep_days)
        self._erase()
        for one in old:
            self.remove_recording(one.recording)
        if keep_days:
            with contextlib.suppress(OSError):
                before = now - timedelta(days=keep_days)
                remove_kept_aside(self._folder / DATABASE_FILE_NAME, before)
        return len(old)

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._connection:
                yield self._connection
        except sqlite3.Error as error:
            raise VisitDatabaseError(f"{self._folder / DATABASE_FILE_NAME}: {error}") from error

    def _erase(self) -> None:
        """Empty the write-ahead log, which still holds what was deleted.

        While another process reads, it is left to the next deletion; that of the web process comes
        within an hour.
        """
        with contextlib.suppress(sqlite3.Error):  # the rows are deleted already
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _recordings(self, now: datetime) -> list[_KeptRecording]:
        """All recordings in the folder, newest first, in the time zone of `now`."""
        recordings = []
        for path in self._folder.glob("*/*.mid"):
            began = recording_time(path)
            if began is not None:
                name = path.relative_to(self._folder).as_posix()
                recordings.append(_KeptRecording(began.replace(tzinfo=now.tzinfo), name))
        return sorted(recordings, key=lambda one: one.began, reverse=True)

    def _recordings_to_remove(
        self,
        newest_first: Iterable[_KeptRecording],
        now: datetime,
        keep_days: int,
        keep_megabytes: int,
    ) -> Iterator[_KeptRecording]:
        total_bytes = 0
        for one in newest_first:
            if one.recording:
                with contextlib.suppress(OSError):
                    total_bytes += (self._folder / one.recording).stat().st_size
            age = now - one.began
            is_large = keep_megabytes and total_bytes > keep_megabytes * BYTES_PER_MEGABYTE
            # the recording of a visit that lasts may not be in the database yet
            may_be_large = one.visit is not None or age > timedelta(days=1)
            if (is_large and may_be_large) or (keep_days and age > timedelta(days=keep_days)):
                yield one

    @staticmethod
    def _remove_old_votes(connection: sqlite3.Connection, now: datetime, keep_days: int) -> None:
        """Remove all votes that are too old; those of rounds belong to no visit."""
        if keep_days:
            since = (now - timedelta(days=keep_days)).isoformat()
            connection.execute("DELETE FROM votes WHERE julianday(at) < julianday(?)", (since,))

    def remove_recording(self, recording: str) -> None:
        """Remove a recording, by its path within the folder, if it exists."""
        if not recording:
            return
        path = self._folder / recording
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
            path.parent.rmdir()  # of a day without any other recording


def read_visits(folder: Path) -> list[Visit]:
    """The visits in a folder's database, oldest first; another process may write it meanwhile.

    Parameters
    ----------
    folder : Path
        Folder of the recordings.

    Returns
    -------
    list of Visit
        Empty if there is no database yet.

    Raises
    ------
    VisitDatabaseError
        If it cannot be read.
    """
    return [Visit(*row) for row in _select(folder, f"{COLUMNS} FROM visits")]


def read_newest_visit(folder: Path) -> NewestVisit:
    """The visit that was written last to a folder's database.

    Parameters
    ----------
    folder : Path
        Folder of the recordings.

    Returns
    -------
    NewestVisit

    Raises
    ------
    VisitDatabaseError
        If the database cannot be read.
    """
    newest = "rowid = (SELECT max(rowid) FROM visits)"
    rows = _select(folder, "id, ended FROM visits", newest)
    return NewestVisit(rows[0][0], bool(rows[0][1])) if rows else NewestVisit()


def read_duets(
    folder: Path,
    address: str | None = None,
    visit: int | None = None,
    of_past_visits: bool = False,
) -> list[Duet]:
    """The duets in a folder's database, oldest first; a damaged one is left out.

    Parameters
    ----------
    folder : Path
        Folder of the recordings.
    address : str, optional
        Only the duet of this address.
    visit : int, optional
        Only duets of the visit with this number.
    of_past_visits : bool
        Only duets of visits that are over: not of one that goes on, nor of one that was cut off and
        may go on in another process.

    Returns
    -------
    list of Duet

    Raises
    ------
    VisitDatabaseError
        If the database cannot be read.
    """
    asked: dict[str, object] = {"address = ?": address, "visit = ?": visit}
    wanted = {condition: value for condition, value in asked.items() if value is not None}
    conditions = [*wanted, *([OF_PAST_VISITS] if of_past_visits else [])]
    condition, values = " AND ".join(conditions) or "1", tuple(wanted.values())
    rows = _select(folder, f"{DUET_COLUMNS} FROM duets", condition, values)
    return [duet for row in rows if (duet := _read_duet(row)) is not None]


def read_votes(folder: Path) -> list[Vote]:
    """The votes in a folder's database, oldest first; a damaged one is left out.

    Parameters
    ----------
    folder : Path
        Folder of the recordings.

    Returns
    -------
    list of Vote

    Raises
    ------
    VisitDatabaseError
        If the database cannot be read.
    """
    rows = _select(folder, f"{VOTE_COLUMNS} FROM votes")
    return [vote for row in rows if (vote := _read_vote(row)) is not None]


def _select(
    folder: Path, columns: str, condition: str = "1", values: tuple[object, ...] = ()
) -> list[tuple[Any, ...]]:
    """Rows of a table in order of their writing; none if there is no database or table yet."""
    path = folder / DATABASE_FILE_NAME
    if not path.exists():
        return []
    try:
        with contextlib.closing(connect(path, read_only=True)) as connection:
            first_version = 1 if columns.endswith(" visits") else SCHEMA_VERSION
            if schema_version(connection) < first_version:
                return []
            return connection.execute(
                f"SELECT {columns} WHERE {condition} ORDER BY rowid", values
            ).fetchall()
    except sqlite3.Error as error:
        raise VisitDatabaseError(f"{path}: {error}") from error


def _insertion(table: str, columns: str) -> str:
    marks = ", ".join("?" * len(columns.split(",")))
    return f"INSERT INTO {table} ({columns}) VALUES ({marks})"


def _add_vote(connection: sqlite3.Connection, vote: Vote) -> bool:
    if vote.kind is VoteKind.LIKED:
        played = connection.execute(
            "SELECT style, generation FROM duets WHERE address = ?", (vote.duet,)
        ).fetchone()
        if played is None:
            return False
        vote = replace(vote, style=played[0], generation=played[1])
    insertion = _insertion("votes", VOTE_COLUMNS).replace("INSERT", "INSERT OR IGNORE", 1)
    return connection.execute(insertion, astuple(vote)).rowcount > 0


def _duet_row(duet: Duet) -> tuple[str | int | bytes, ...]:
    return (
        duet.address,
        duet.began,
        duet.style,
        duet.generation,
        duet.music.encode(),
        int(duet.is_over),
        json.dumps([astuple(reason) for reason in duet.reasons]),
        json.dumps([astuple(unit) for unit in duet.units]),
        duet.visit,
    )


def _read_duet(row: tuple[Any, ...]) -> Duet | None:
    address, began, style, generation, music, is_over, reasons, units, visit = row
    try:
        return Duet(
            address,
            began,
            style,
            generation,
            DuetMusic.decode(music),
            bool(is_over),
            tuple(NoteReason(*values) for values in json.loads(reasons)),
            tuple(ResponsiveUnit(*values) for values in json.loads(units)),
            visit,
        )
    except (DuetEncodingError, ValueError, TypeError) as error:
        log.debug("a duet is left out: %s", error)
        return None


def _read_vote(row: tuple[Any, ...]) -> Vote | None:
    try:
        return Vote(*row[:3], VoteKind(row[3]), *row[4:])
    except ValueError as error:
        log.debug("a vote is left out: %s", error)
        return None


def _delete_visits(connection: sqlite3.Connection, numbers: list[int]) -> None:
    """Delete visits, their duets and the votes on them."""
    keys = [(number,) for number in numbers]
    connection.executemany(
        "DELETE FROM votes WHERE duet IN (SELECT address FROM duets WHERE visit = ?)", keys
    )
    connection.executemany("DELETE FROM duets WHERE visit = ?", keys)
    connection.executemany("DELETE FROM visits WHERE id = ?", keys)
