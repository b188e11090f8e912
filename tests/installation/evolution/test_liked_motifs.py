from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from installation.evolution.liked_motifs import (
    READ_INTERVAL_NS,
    MotifTeller,
    read_liked_motifs,
)
from installation.visits.database import Visit, VisitDatabase
from installation.visits.duet import Duet, DuetMusic, DuetNote
from installation.visits.vote import Vote, VoteKind
from messages.crowd import LikedMotifs, LikedPhrase
from messages.cues import NoteSource
from tests.hang_guard import wait_until

NOON = datetime(2031, 5, 6, 12, 0, 0, tzinfo=UTC)
LENGTH = 10 / 12  # of 0.8 beats, on the grid
PHRASE = LikedPhrase(
    tuple((60 + p, float(k), LENGTH) for k, p in enumerate((0, 2, 4, 5))), "4/4", 120
)
MOTIF = ((60, 0.0), (62, 1.0), (64, 2.0), (65, 3.0))


@pytest.fixture
def recordings(tmp_path) -> Path:
    """A liked duet, one that was not, and one without votes."""
    notes = [DuetNote(p, 80, round(500 * on), 400, NoteSource.VISITOR) for p, on in MOTIF]
    notes += [DuetNote(72, 80, 3000 + 250 * k, 200, NoteSource.NETWORK) for k in range(8)]
    with contextlib.closing(VisitDatabase(tmp_path, NOON)) as database:
        visit = database.add(Visit(NOON.isoformat(), style="irish"))
        for address, choice in (("a", "yes"), ("b", "no"), ("c", "")):
            duet = Duet(address, NOON.isoformat(), "irish", 0, DuetMusic(tuple(notes)), visit=visit)
            database.add_duet(duet)
            if choice:
                at = NOON.isoformat()
                database.add_vote(Vote(address, "x", at, VoteKind.LIKED, choice))
    return tmp_path


def test_phrases_of_liked_duets_are_motifs(recordings):
    assert read_liked_motifs(recordings) == LikedMotifs((MOTIF,), PHRASE)


def test_a_deleted_duet_is_no_motif(recordings):
    with contextlib.closing(VisitDatabase(recordings, NOON)) as database:
        database.delete_visit(1)
    assert read_liked_motifs(recordings) == LikedMotifs()


def test_motifs_are_told_and_read_again_when_due(recordings):
    told: list[LikedMotifs] = []
    teller = MotifTeller(recordings, told.append)

    def update(now: int) -> bool:
        teller.update(now, {})
        return bool(told)

    wait_until(lambda: update(0))
    assert told == [LikedMotifs((MOTIF,), PHRASE)]
    teller.update(READ_INTERVAL_NS - 1, {})
    assert len(told) == 1
    wait_until(lambda: update(READ_INTERVAL_NS) and len(told) == 2)


def test_without_a_database_there_are_no_motifs(tmp_path):
    assert read_liked_motifs(tmp_path) == LikedMotifs()
