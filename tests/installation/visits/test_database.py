from __future__ import annotations

import contextlib
import logging
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from installation.visits.database import (
    DATABASE_FILE_NAME,
    Visit,
    VisitDatabase,
    VisitDatabaseError,
    read_visits,
)

NOON = datetime(2031, 5, 6, 12, 0, 0, tzinfo=UTC)
VISIT = Visit(NOON.isoformat(), "", 12, 34, "irish", 2, "blend,units")


@pytest.fixture
def database(tmp_path):
    with contextlib.closing(VisitDatabase(tmp_path, NOON)) as opened:
        yield opened


def visit_with_recording(folder: Path, days_ago: int, size: int = 10) -> Visit:
    began = NOON - timedelta(days=days_ago)
    path = folder / f"{began:%Y-%m-%d}" / "12-00-00.mid"
    path.parent.mkdir()
    path.write_bytes(bytes(size))
    return Visit(began.isoformat(), recording=path.relative_to(folder).as_posix())


def test_a_visit_is_read_while_the_database_is_open(tmp_path, database):
    database.add(VISIT)
    assert read_visits(tmp_path) == [VISIT]


def test_an_update_replaces_its_own_visit_only(tmp_path, database):
    first = database.add(VISIT)
    database.add(VISIT)
    ended = Visit(VISIT.began, "later", 20)
    database.update(first, ended)
    assert read_visits(tmp_path) == [ended, VISIT]


def test_a_number_is_not_used_again(tmp_path, database):
    first = database.add(visit_with_recording(tmp_path, 100))
    database.remove_oldest(NOON, 90, 0)
    assert database.add(VISIT) > first


def test_visits_are_read_from_a_moment_on_whatever_their_offset(tmp_path, database):
    database.add(Visit("2031-05-06T13:30:00+02:00"))  # 11:30 UTC
    database.add(Visit("2031-05-06T11:30:00-03:00"))  # 14:30 UTC
    assert [one.began for one in read_visits(tmp_path, NOON)] == ["2031-05-06T11:30:00-03:00"]


def test_a_folder_without_a_database_has_no_visits(tmp_path):
    assert read_visits(tmp_path) == []


def test_visits_older_than_their_days_go_with_their_recordings(tmp_path, database):
    for days_ago in (100, 91, 89, 0):
        database.add(visit_with_recording(tmp_path, days_ago))
    (tmp_path / "2031-01-01").mkdir()
    (tmp_path / "2031-01-01" / "mine.mid").touch()
    assert database.remove_oldest(NOON, 90, 0) == 2
    assert len(read_visits(tmp_path)) == 2
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.mid")}
    assert names == {
        "2031-01-01/mine.mid",  # no visit's recording
        "2031-02-06/12-00-00.mid",
        "2031-05-06/12-00-00.mid",
    }


def test_above_the_size_the_oldest_visits_go(tmp_path, database):
    for days_ago in (3, 2, 1):
        database.add(visit_with_recording(tmp_path, days_ago, size=400_000))
    database.remove_oldest(NOON, 0, 1)
    assert [one.began[:10] for one in read_visits(tmp_path)] == ["2031-05-04", "2031-05-05"]


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
    monkeypatch.setattr("installation.visits.database.BUSY_TIMEOUT_S", 0.01)
    VisitDatabase(tmp_path, NOON).close()
    with (
        contextlib.closing(sqlite3.connect(tmp_path / DATABASE_FILE_NAME)) as other,
        contextlib.closing(VisitDatabase(tmp_path, NOON)) as database,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(VisitDatabaseError, match="locked"):
            database.add(VISIT)


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(VisitDatabaseError, match="file"):
        VisitDatabase(tmp_path / "file" / "recordings", NOON)
