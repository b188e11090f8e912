from __future__ import annotations

import asyncio
from datetime import timedelta
from threading import Event

import pytest

from installation.visits.database import (
    DATABASE_FILE_NAME,
    VisitDatabase,
    VisitDatabaseError,
    read_duets,
    read_visits,
    read_votes,
)
from installation.web.access.request_guard import RefusedRequestError
from installation.web.audience import duet_store
from messages.clock import SECOND
from tests.installation.web.audience.conftest import BEGAN


def test_the_newest_duet_of_the_visit_is_found(room):
    visit = room.add_duet().visit
    newest, other = room.add_duet(visit=visit), room.add_duet()
    find = room.duets.find_newest
    assert asyncio.run(find(visit)).address == newest.address
    assert asyncio.run(find(other.visit)).address == other.address
    assert asyncio.run(find(other.visit + 1)) is None


def test_a_duet_is_read_until_its_time_is_over_and_then_deleted(room):
    duet = room.add_duet()
    assert asyncio.run(room.duets.read(duet.address)) == duet
    room.day.time = room.duets.expires_at(duet)
    assert asyncio.run(room.duets.read(duet.address)) is None
    room.day.time += timedelta(seconds=1)
    asyncio.run(room.duets.delete_expired())
    assert read_duets(room.folder) == []


def test_a_voice_votes_once_on_a_duet_and_leaves_no_trace_of_itself(room):
    duet = room.add_duet()
    vote = room.duets.vote
    counted = [asyncio.run(vote(duet.address, voice, True)) for voice in ("a", "a", "b")]
    assert counted == [True, False, True]
    voters = {each.voter for each in read_votes(room.folder)}
    assert len(voters) == 2
    assert not voters & {"a", "b"}


def test_a_vote_on_a_duet_that_is_gone_does_not_count(room):
    duet = room.add_duet()
    assert asyncio.run(room.duets.delete(duet.address))
    assert not asyncio.run(room.duets.vote(duet.address, "a", True))


def test_who_deletes_a_duet_deletes_all_that_was_played_in_the_visit(room):
    duet, other = room.add_duet(), room.add_duet(began=BEGAN + timedelta(days=1))
    assert asyncio.run(room.duets.delete(duet.address))
    assert [each.address for each in read_duets(room.folder)] == [other.address]
    assert len(read_visits(room.folder)) == 1
    assert len(list(room.folder.glob("*/*.mid"))) == 1
    assert not asyncio.run(room.duets.delete(duet.address))


def test_a_damaged_database_is_an_error_and_nobody_waits(room, caplog):
    (room.folder / DATABASE_FILE_NAME).write_bytes(b"no database" * 1000)
    with pytest.raises(RefusedRequestError) as refusal:
        asyncio.run(room.duets.read("a" * 22))
    assert refusal.value.status == 503
    assert asyncio.run(room.duets.find_newest(1)) is None
    assert asyncio.run(room.duets.newest_visit()) is None


def test_too_many_at_once_are_refused(room, monkeypatch):
    monkeypatch.setattr(duet_store, "MAX_WAITING", 3)

    async def ask() -> list[object]:
        asked = [room.duets.read("a" * 22) for _ in range(5)]
        return await asyncio.gather(*asked, return_exceptions=True)

    answers = asyncio.run(ask())
    assert [type(each) for each in answers] == [type(None)] * 3 + [RefusedRequestError] * 2


def test_votes_that_come_together_are_written_at_once(room, monkeypatch):
    duet, written = room.add_duet(), []
    add_votes = VisitDatabase.add_votes

    def record(self, votes):
        written.append(len(votes))
        return add_votes(self, votes)

    monkeypatch.setattr(VisitDatabase, "add_votes", record)

    async def vote() -> list[bool]:
        voices = ["a", "b", "c", "a"]
        return await asyncio.gather(*(room.duets.vote(duet.address, one, True) for one in voices))

    assert asyncio.run(vote()) == [True, True, True, False]
    assert written == [4]


def test_no_vote_is_lost_in_silence_and_a_full_disk_is_said_once(room, monkeypatch, caplog):
    def fail(self, votes):
        raise VisitDatabaseError("full")

    monkeypatch.setattr(VisitDatabase, "add_votes", fail)

    async def vote() -> list[object]:
        votes = (room.duets.vote("a" * 22, voice, True) for voice in "abc")
        return await asyncio.gather(*votes, return_exceptions=True)

    for _ in range(2):
        assert [type(each) for each in asyncio.run(vote())] == [RefusedRequestError] * 3
        assert asyncio.run(room.duets.read("a" * 22)) is None
    assert len(caplog.records) == 1


def test_the_score_is_counted_again_though_the_clock_of_the_day_is_set_back(room, monkeypatch):
    counted = []
    monkeypatch.setattr(duet_store, "score_guesses", lambda votes: counted.append(1))
    monkeypatch.setattr(duet_store, "read_votes", lambda folder: [])
    asyncio.run(room.duets.score())
    room.day.time -= timedelta(hours=1)
    room.clock.wait_until(room.clock.now() + 6 * SECOND, Event())
    asyncio.run(room.duets.score())
    assert len(counted) == 2
