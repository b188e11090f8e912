"""Tables of the database of visits, and the file that holds them.

A file of an older version is brought up to date; one that is damaged, or was written by a newer
version, is kept aside and a new one begun.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from datetime import datetime
from itertools import chain
from pathlib import Path

SCHEMA_VERSION = 2
BUSY_TIMEOUT_S = 5.0  # longest wait for another process that writes, seconds
DAMAGE_CODES = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
VISITS_SCHEMA = """
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
DUETS_SCHEMA = """
CREATE TABLE duets (
    address TEXT PRIMARY KEY,
    began TEXT NOT NULL,
    style TEXT NOT NULL,
    generation INTEGER NOT NULL,
    music BLOB NOT NULL,
    is_over INTEGER NOT NULL,
    reasons TEXT NOT NULL,
    units TEXT NOT NULL,
    visit INTEGER NOT NULL
)
"""
VOTES_SCHEMA = """
CREATE TABLE votes (
    duet TEXT NOT NULL,
    voter TEXT NOT NULL,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    choice TEXT NOT NULL,
    truth TEXT NOT NULL,
    style TEXT NOT NULL,
    generation INTEGER NOT NULL,
    PRIMARY KEY (duet, voter)
)
"""
SCHEMA_STEPS = (
    (VISITS_SCHEMA,),
    (DUETS_SCHEMA, VOTES_SCHEMA, "CREATE INDEX duets_of_visit ON duets (visit)"),
)
"""What is to be done to a database of version 0, 1 and so on to make it one of the next."""
COLUMNS = "began, ended, visitor_notes, network_notes, style, generation, steered, recording"
DUET_COLUMNS = "address, began, style, generation, music, is_over, reasons, units, visit"
FILE_SUFFIXES = ("", "-wal", "-shm")  # of the files that SQLite writes to one database
MOMENT_FORMAT = "%Y-%m-%dT%H-%M-%S"  # in the name of a file that is kept aside
VOTE_COLUMNS = "duet, voter, at, kind, choice, truth, style, generation"

log = logging.getLogger(__name__)


def open_database(path: Path, now: datetime) -> sqlite3.Connection:
    """Open a database for writing.

    Parameters
    ----------
    path : Path
        In a folder that exists.
    now : datetime
        Names a file that is kept aside.

    Returns
    -------
    sqlite3.Connection

    Raises
    ------
    sqlite3.Error, OSError
        If it cannot be opened.
    """
    fault = _find_fault(path)
    if fault is not None:
        _keep_aside(path, fault, now)
    connection = connect(path)
    _bring_up_to_date(connection)
    return connection


def connect(path: Path, read_only: bool = False) -> sqlite3.Connection:
    """A connection to a database, which is made if it is to be written."""
    mode = "ro" if read_only else "rwc"
    uri = f"{path.resolve().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, BUSY_TIMEOUT_S, uri=True)


def schema_version(connection: sqlite3.Connection) -> int:
    """Version of the tables of a database; 0 for one without tables."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def remove_kept_aside(path: Path, before: datetime) -> None:
    """Remove databases that were kept aside before a time.

    Parameters
    ----------
    path : Path
        Path of the database in their place.
    before : datetime
        Local time.
    """
    old = []
    for each in path.parent.glob(f"{path.stem}-*{path.suffix}"):
        moment = each.stem.removeprefix(f"{path.stem}-").partition("-")[2]
        with contextlib.suppress(ValueError):  # another file
            if datetime.strptime(moment, MOMENT_FORMAT) < before.replace(tzinfo=None):
                old.append(each)
    for each in old:
        for suffix in FILE_SUFFIXES:
            each.with_name(each.name + suffix).unlink(missing_ok=True)


def _bring_up_to_date(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")  # what a visitor deletes is overwritten
    if schema_version(connection) == SCHEMA_VERSION:
        return
    with connection:
        connection.execute("BEGIN IMMEDIATE")  # another process may open it now, too
        for statement in chain(*SCHEMA_STEPS[schema_version(connection) :]):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _find_fault(path: Path) -> str | None:
    """Why a database cannot be used, in one word; None if it can, or does not exist."""
    if not path.exists():
        return None
    with contextlib.closing(connect(path)) as connection:
        try:
            version = schema_version(connection)
            if version > SCHEMA_VERSION:
                return "newer"
            is_whole = connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
            tables = {
                table: ", ".join(
                    row[1] for row in connection.execute(f"PRAGMA table_info({table})")
                )
                for table in ("visits", "duets", "votes")
            }
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF not in DAMAGE_CODES:
                raise
            return "damaged"
        expected = {
            "visits": f"id, {COLUMNS}" if version else "",
            "duets": DUET_COLUMNS if version > 1 else "",
            "votes": VOTE_COLUMNS if version > 1 else "",
        }
        return None if is_whole and tables == expected else "damaged"


def _keep_aside(path: Path, fault: str, now: datetime) -> None:
    """Move a database that cannot be used to another name."""
    stem = f"{path.stem}-{fault}-{now.strftime(MOMENT_FORMAT)}"
    for suffix in FILE_SUFFIXES:
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(path.with_name(f"{stem}{path.suffix}{suffix}"))
    log.warning("%s is %s: kept as %s, and a new one begun", path, fault, f"{stem}{path.suffix}")
