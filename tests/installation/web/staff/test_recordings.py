from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from datetime import datetime

import pytest

from installation.visits.database import (
    Visit,
    VisitDatabase,
    VisitDatabaseError,
    read_visits,
)
from installation.web.staff.recordings import RecordingFolder


@pytest.fixture
def folder(tmp_path):
    """Two recordings, and what is none."""
    for day, name in (("2026-11-27", "10-00-00.mid"), ("2026-11-28", "11-00-00.mid")):
        (tmp_path / day).mkdir()
        (tmp_path / day / name).write_bytes(day.encode())
    (tmp_path / "2026-11-28" / "notes.txt").write_text("mine")
    (tmp_path / "staff-pin").write_text("secret")
    return tmp_path


def test_recordings_are_listed_the_newest_first(folder):
    listed = RecordingFolder(folder).list_files()
    assert [(file.day, file.name, file.size) for file in listed] == [
        ("2026-11-28", "11-00-00.mid", 10),
        ("2026-11-27", "10-00-00.mid", 10),
    ]


def test_a_recording_is_read_and_deleted_with_the_day_that_it_leaves_empty(folder):
    recordings = RecordingFolder(folder)
    assert recordings.read("2026-11-27", "10-00-00.mid") == b"2026-11-27"
    assert recordings.delete("2026-11-27", "10-00-00.mid")
    assert not recordings.delete("2026-11-27", "10-00-00.mid")
    assert recordings.read("2026-11-27", "10-00-00.mid") is None
    assert not (folder / "2026-11-27").exists()


def test_with_a_recording_all_that_is_kept_of_its_visit_goes(folder):
    visit = Visit("2026-11-27T10:00:00+00:00", recording="2026-11-27/10-00-00.mid")
    other = replace(visit, recording="2026-11-28/11-00-00.mid")
    with contextlib.closing(VisitDatabase(folder, datetime(2026, 11, 28).astimezone())) as database:
        database.add(visit)
        database.add(other)
    assert RecordingFolder(folder).delete("2026-11-27", "10-00-00.mid")
    assert read_visits(folder) == [other]
    assert not (folder / visit.recording).exists() and (folder / other.recording).exists()


def test_a_database_that_cannot_be_written_keeps_the_recording(folder, monkeypatch):
    def refuse(*arguments):
        raise VisitDatabaseError("busy")

    VisitDatabase(folder, datetime(2026, 11, 28).astimezone()).close()
    monkeypatch.setattr(VisitDatabase, "delete_visits_of", refuse)
    with pytest.raises(VisitDatabaseError):
        RecordingFolder(folder).delete("2026-11-27", "10-00-00.mid")
    assert (folder / "2026-11-27" / "10-00-00.mid").exists()


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("..", "staff-pin"),
        (".", "staff-pin"),
        ("2026-11-28", "notes.txt"),
        ("2026-11-28", "../staff-pin"),
        ("2026-11-28/..", "staff-pin"),
        ("", ""),
        ("2026-11-28", "a\x00.mid"),
    ],
)
def test_nothing_else_is_read_or_deleted(folder, day, name):
    recordings = RecordingFolder(folder)
    assert recordings.read(day, name) is None
    assert not recordings.delete(day, name)
    assert (folder / "staff-pin").exists()


def test_a_link_out_of_the_folder_is_no_recording(folder):
    (folder / "2026-11-28" / "link.mid").symlink_to(folder / "staff-pin")
    (folder / "linked").symlink_to(folder / "2026-11-28")
    assert len(RecordingFolder(folder).list_files()) == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_a_name_that_cannot_be_shown_is_left_out(folder):
    (folder / "2026-11-28" / "a\nb.mid").touch()
    with open(os.fsencode(folder) + b"/2026-11-28/\xff.mid", "wb"):  # noqa: PTH123 - bytes
        pass
    assert len(RecordingFolder(folder).list_files()) == 2
