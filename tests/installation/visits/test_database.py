from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from installation.visits.database import (
    DATABASE_FILE_NAME,
    NewestVisit,
    Visit,
    VisitDatabase,
    VisitDatabaseError,
    read_duets,
    read_newest_visit,
    read_visits,
    read_votes,
)
from installation.visits.duet import Duet, DuetMusic, DuetNote, NoteReason, ResponsiveUnit
from installation.visits.vote import Vote, VoteKind
from messages.cues import NoteSource

NOON = datetime(2031, 5, 6, 12, 0, 0, tzinfo=UTC)
VISIT = Visit(NOON.isoformat(), "", 12, 34, "irish", 2, "blend,units")

MUSIC = DuetMusic(
    (DuetNote(60, 80, 0, 250, NoteSource.VISITOR), DuetNote(64, 70, 500, 250, NoteSource.NETWORK))
)


def duet(visit: int, address: str = "address", days_ago: int = 0) -> Duet:
    return Duet(
        address,
        (NOON - timedelta(days=days_ago)).isoformat(),
        "irish",
        2,
        MUSIC,
        reasons=(NoteReason(1, 0, 0.5),),
        units=(ResponsiveUnit(0, 3, 0.25),),
        visit=visit,
    )


def vote(address: str = "address", voter: str = "a", at: datetime = NOON) -> Vote:
    return Vote(address, voter, at.isoformat(), VoteKind.LIKED, "yes")


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


def test_the_newest_visit_is_known_by_its_number_whatever_the_time_of_day(tmp_path, database):
    assert read_newest_visit(tmp_path) == NewestVisit(0, True)
    database.add(replace(VISIT, ended=VISIT.began))
    assert read_newest_visit(tmp_path) == NewestVisit(1, True)
    earlier = (NOON - timedelta(hours=1)).isoformat()
    database.add(replace(VISIT, began=earlier))
    assert read_newest_visit(tmp_path) == NewestVisit(2, False)


def test_a_number_is_not_used_again(tmp_path, database):
    first = database.add(visit_with_recording(tmp_path, 100))
    database.remove_oldest(NOON, 90, 0)
    assert database.add(VISIT) > first


def test_duets_are_deleted_up_to_a_moment_whatever_their_offset(tmp_path, database):
    number = database.add(VISIT)
    for began in ("2031-05-06T13:30:00+02:00", "2031-05-06T11:30:00-03:00"):  # 11:30, 14:30 UTC
        database.add_duet(replace(duet(number, began), began=began))
    assert database.delete_duets_before(NOON) == 1
    assert [one.began for one in read_duets(tmp_path)] == ["2031-05-06T11:30:00-03:00"]


def test_a_folder_without_a_database_has_no_visits(tmp_path):
    assert read_visits(tmp_path) == []


def test_a_database_that_is_being_made_has_no_visits(tmp_path):
    (tmp_path / DATABASE_FILE_NAME).touch()
    assert read_visits(tmp_path) == read_duets(tmp_path) == read_votes(tmp_path) == []


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


def test_recordings_of_no_visit_go_after_the_same_days(tmp_path, database):
    for days_ago in (91, 89):
        visit_with_recording(tmp_path, days_ago)
    assert database.remove_oldest(NOON, 90, 0) == 1
    names = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.mid")]
    assert names == ["2031-02-06/12-00-00.mid"]
    assert not (tmp_path / "2031-02-04").exists()


def test_above_the_size_recordings_of_no_visit_go_first_but_none_of_today(tmp_path, database):
    for days_ago in (3, 0):
        visit_with_recording(tmp_path, days_ago, size=400_000)
    database.add(visit_with_recording(tmp_path, 5, size=700_000))
    assert database.remove_oldest(NOON, 0, 1) == 1
    assert len(read_visits(tmp_path)) == 1
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.mid")}
    assert names == {"2031-05-01/12-00-00.mid", "2031-05-06/12-00-00.mid"}


def test_a_database_that_was_kept_aside_goes_after_the_same_days(tmp_path):
    for days_ago in (91, 89):
        (tmp_path / DATABASE_FILE_NAME).write_bytes(b"damaged")
        VisitDatabase(tmp_path, NOON - timedelta(days=days_ago)).close()
    (tmp_path / "visits-mine.sqlite").touch()
    with contextlib.closing(VisitDatabase(tmp_path, NOON)) as database:
        database.remove_oldest(NOON, 90, 0)
    kept = {path.name for path in tmp_path.iterdir() if path.suffix == ".sqlite"}
    assert kept == {
        DATABASE_FILE_NAME,
        "visits-damaged-2031-02-06T12-00-00.sqlite",
        "visits-mine.sqlite",
    }


def test_above_the_size_the_oldest_visits_go(tmp_path, database):
    for days_ago in (3, 2, 1):
        database.add(visit_with_recording(tmp_path, days_ago, size=400_000))
    database.remove_oldest(NOON, 0, 1)
    assert [one.began[:10] for one in read_visits(tmp_path)] == ["2031-05-04", "2031-05-05"]


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(VisitDatabaseError, match="file"):
        VisitDatabase(tmp_path / "file" / "recordings", NOON)


def test_a_duet_is_read_by_its_address_and_those_of_a_visit_by_its_number(tmp_path, database):
    first, second = database.add(VISIT), database.add(VISIT)
    old, new = duet(first, "old", days_ago=2), duet(second, "new")
    database.add_duet(old)
    database.add_duet(new)
    assert read_duets(tmp_path) == [old, new]
    assert read_duets(tmp_path, visit=second) == [new]
    assert read_duets(tmp_path, address="old", visit=second) == []
    assert read_duets(tmp_path, address="old") == [old]
    assert read_duets(tmp_path, address="older") == []


def test_duets_of_visits_that_are_over_are_told_apart(tmp_path, database):
    for address, ended in (("over", NOON.isoformat()), ("cut off", ""), ("goes on", "")):
        database.add_duet(duet(database.add(replace(VISIT, ended=ended)), address))
    assert [one.address for one in read_duets(tmp_path, of_past_visits=True)] == ["over"]


def test_a_damaged_duet_is_left_out(tmp_path, database):
    number = database.add(VISIT)
    database.add_duet(duet(number, "damaged"))
    database.add_duet(duet(number, "whole"))
    with contextlib.closing(sqlite3.connect(tmp_path / DATABASE_FILE_NAME)) as connection:
        connection.execute("UPDATE duets SET music = X'0102' WHERE address = 'damaged'")
        connection.commit()
    assert [one.address for one in read_duets(tmp_path)] == ["whole"]


@pytest.mark.parametrize("damage", ["kind = 'x'", "choice = 'perhaps'", "truth = 'nobody'"])
def test_a_damaged_vote_is_left_out(tmp_path, database, damage):
    database.add_duet(duet(database.add(VISIT)))
    for voter in ("damaged", "whole"):
        database.add_vote(vote(voter=voter))
    with contextlib.closing(sqlite3.connect(tmp_path / DATABASE_FILE_NAME)) as connection:
        connection.execute(f"UPDATE votes SET {damage} WHERE voter = 'damaged'")
        connection.commit()
    assert [one.voter for one in read_votes(tmp_path)] == ["whole"]


def test_a_voter_has_one_vote_a_duet(tmp_path, database):
    database.add_duet(duet(database.add(VISIT)))
    assert [database.add_vote(vote(voter=voter)) for voter in "aba"] == [True, True, False]
    assert [one.voter for one in read_votes(tmp_path)] == ["a", "b"]


def test_a_vote_counts_for_the_style_and_generation_that_played(tmp_path, database):
    database.add_duet(duet(database.add(VISIT)))
    database.add_vote(Vote("address", "a", NOON.isoformat(), VoteKind.LIKED, "no", "", "fife", 9))
    assert [(one.style, one.generation) for one in read_votes(tmp_path)] == [("irish", 2)]


def test_a_vote_on_a_duet_that_is_gone_does_not_count(tmp_path, database):
    assert not database.add_vote(vote())
    assert read_votes(tmp_path) == []


def test_a_round_of_person_or_network_needs_no_duet(tmp_path, database):
    guess = Vote(
        "round 3", "a", NOON.isoformat(), VoteKind.PERSON_OR_NETWORK, "person", "person", "irish", 1
    )
    assert database.add_vote(guess)
    assert read_votes(tmp_path) == [guess]


def test_a_deleted_duet_goes_with_its_votes_and_does_not_come_back(tmp_path, database):
    written = duet(database.add(VISIT))
    database.add_duet(written)
    database.add_vote(vote())
    assert database.delete_duets_before(NOON + timedelta(seconds=1)) == 1
    database.update_duet(written)
    assert read_duets(tmp_path) == read_votes(tmp_path) == []
    assert len(read_visits(tmp_path)) == 1


def test_a_deleted_visit_goes_with_all_that_belongs_to_it(tmp_path, database):
    kept, gone = database.add(VISIT), database.add(visit_with_recording(tmp_path, 1))
    database.add_duet(duet(kept, "kept"))
    database.add_duet(duet(gone, "gone"))
    database.add_vote(vote("gone"))
    assert database.delete_visit(gone) and not database.delete_visit(gone)
    database.add_duet(duet(gone, "late"))  # by the performer, which does not know of it
    assert read_visits(tmp_path) == [VISIT]
    assert [one.address for one in read_duets(tmp_path)] == ["kept"]
    assert read_votes(tmp_path) == [] == list(tmp_path.rglob("*.mid"))


def test_old_duets_can_go_before_their_visits(tmp_path, database):
    number = database.add(VISIT)
    for address, days_ago in (("old", 8), ("new", 6)):
        database.add_duet(duet(number, address, days_ago))
        database.add_vote(vote(address))
    assert database.delete_duets_before(NOON - timedelta(days=7)) == 1
    assert [one.address for one in read_duets(tmp_path)] == ["new"]
    assert [one.duet for one in read_votes(tmp_path)] == ["new"]


def test_old_visits_take_their_duets_and_votes_along(tmp_path, database):
    database.add_duet(duet(database.add(visit_with_recording(tmp_path, 100))))
    database.add_vote(vote())
    database.add_vote(
        Vote("round", "a", "2030-01-01T00:00:00", VoteKind.PERSON_OR_NETWORK, "person", "person")
    )
    database.remove_oldest(NOON, 90, 0)
    assert read_duets(tmp_path) == read_votes(tmp_path) == []


@pytest.mark.parametrize("how", ["visit", "recording", "days", "oldest"])
def test_no_byte_of_a_deleted_duet_is_left_in_the_files(tmp_path, database, how):
    performer, recording = VisitDatabase(tmp_path, NOON), "2031-05-04/played.mid"
    visits = [database.add(replace(VISIT, recording=f"{n}")) for n in range(40)]
    visits[20] = database.add(
        replace(VISIT, began=(NOON - timedelta(days=2)).isoformat(), recording=recording)
    )
    for number, visit in enumerate(visits):
        database.add_duet(duet(visit, f"address {number}", days_ago=0 if number != 20 else 2))
    marked = duet(visits[20], "address 20", days_ago=2)
    marked_note = DuetNote(*b"MA", int.from_bytes(b"RKED", "little"), 9, NoteSource.VISITOR)
    notes = (marked_note,) * 900
    for kept in (notes[:20], notes):  # as it grows
        database.update_duet(replace(marked, music=DuetMusic(kept)))
        database.add_vote(vote("address 20", f"MARKED {len(kept)}"))

    def holds_marks() -> bool:
        files = tmp_path.glob(f"{DATABASE_FILE_NAME}*")
        return any(b"MARKED" in path.read_bytes() for path in files)

    assert holds_marks()
    {
        "visit": lambda: database.delete_visit(visits[20]),
        "recording": lambda: database.delete_visits_of(recording),
        "days": lambda: database.delete_duets_before(NOON - timedelta(days=1)),
        "oldest": lambda: database.remove_oldest(NOON, 1, 0),
    }[how]()
    assert len(read_duets(tmp_path)) == 39
    assert not holds_marks()
    performer.close()
