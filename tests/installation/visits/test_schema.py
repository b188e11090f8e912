from __future__ import annotations

import contextlib
import logging
import sqlite3
from datetime import UTC, datetime

import pytest

from installation.visits.database import (
    DATABASE_FILE_NAME,
    Visit,
    VisitDatabase,
    VisitDatabaseError,
    read_duets,
    read_visits,
    read_votes,
)
from installation.visits.duet import Duet, DuetMusic
from installation.visits.schema import SCHEMA_STEPS

NOON = datetime(2031, 5, 6, 12, 0, 0, tzinfo=UTC)
VISIT = Visit(NOON.isoformat(), "", 12, 34, "irish", 2, "blend,units")


@pytest.mark.parametrize("damage", ["text", "page", "other"])
def test_a_damaged_database_is_kept_aside_said_once_and_a_new_one_begun(tmp_path, caplog, damage):
    path = tmp_path / DATABASE_FILE_NAME
    with contextlib.closing(VisitDatabase(tmp_path, NOON)) as database:
        for _ in range(200):
            database.add(VISIT)
    if damage == "text":
        path.write_text("no database at all, " * 100)
    elif damage == "page":
        content = path.read_bytes()
        path.write_bytes(content[:4096] + b"\xff" * 4096 + content[8192:])
    else:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("ALTER TABLE visits RENAME COLUMN style TO mood")
    kept = path.read_bytes()
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            VisitDatabase(tmp_path, NOON).close()
    assert read_visits(tmp_path) == []
    assert (tmp_path / "visits-damaged-2031-05-06T12-00-00.sqlite").read_bytes() == kept
    assert len(caplog.records) == 1 and "a new one begun" in caplog.text


def test_a_newer_database_is_kept_aside(tmp_path):
    with contextlib.closing(sqlite3.connect(tmp_path / DATABASE_FILE_NAME)) as connection:
        connection.execute("PRAGMA user_version = 7")
    VisitDatabase(tmp_path, NOON).close()
    assert (tmp_path / "visits-newer-2031-05-06T12-00-00.sqlite").exists()


def test_a_database_that_is_busy_is_no_damage(tmp_path, monkeypatch):
    monkeypatch.setattr("installation.visits.schema.BUSY_TIMEOUT_S", 0.01)
    VisitDatabase(tmp_path, NOON).close()
    with (
        contextlib.closing(sqlite3.connect(tmp_path / DATABASE_FILE_NAME)) as other,
        contextlib.closing(VisitDatabase(tmp_path, NOON)) as database,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(VisitDatabaseError, match="locked"):
            database.add(VISIT)


def test_a_database_of_version_1_is_brought_up_to_date_in_place(tmp_path):
    with contextlib.closing(sqlite3.connect(tmp_path / DATABASE_FILE_NAME)) as connection:
        for statement in SCHEMA_STEPS[0]:
            connection.execute(statement)
        connection.execute("INSERT INTO visits VALUES (5, 'then', '', 1, 2, 'irish', 0, '', '')")
        connection.execute("PRAGMA user_version = 1")
        connection.commit()
    duet = Duet("address", NOON.isoformat(), "irish", 2, DuetMusic(()), visit=5)
    assert read_duets(tmp_path) == read_votes(tmp_path) == []  # before a process writes to it
    with contextlib.closing(VisitDatabase(tmp_path, NOON)) as database:
        database.add_duet(duet)
    assert [visit.began for visit in read_visits(tmp_path)] == ["then"]
    assert read_duets(tmp_path) == [duet]
    assert list(tmp_path.glob("visits-*")) == []  # nothing was kept aside
