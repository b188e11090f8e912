"""Duet store: reads, votes on and deletes duets, on a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from installation.ops.wall_clock import SystemWallClock, WallClock
from installation.visits.database import (
    DATABASE_FILE_NAME,
    NewestVisit,
    VisitDatabase,
    VisitDatabaseError,
    read_duets,
    read_newest_visit,
    read_votes,
)
from installation.visits.duet import Duet
from installation.visits.vote import Vote, VoteKind, VoterHasher
from installation.web.access.request_guard import RefusedRequestError
from installation.web.audience.rounds import GuessingRound, GuessScore, score_guesses
from messages.clock import SECOND, Clock, MonotonicClock

SCORE_INTERVAL_NS = 5 * SECOND  # age from which the score is counted again, ns
MAX_WAITING = 1024  # tasks that may wait for the disk
Result = TypeVar("Result")

log = logging.getLogger(__name__)


class DuetStore:
    """The duets of a folder of recordings.

    Parameters
    ----------
    folder : Path
    keep_days : int
        Days for which a duet can be read.
    wall_clock : WallClock, optional
    clock : Clock, optional
    """

    def __init__(
        self,
        folder: Path,
        keep_days: int,
        wall_clock: WallClock | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._folder, self._keep = folder, timedelta(days=keep_days)
        self._wall_clock = wall_clock or SystemWallClock()
        self._voters = VoterHasher()
        self._database: VisitDatabase | None = None  # used by the thread alone
        self._thread = ThreadPoolExecutor(1, "duets")
        self._waiting, self._failure_logged = 0, False
        self._score: GuessScore | None = None
        self._clock = clock or MonotonicClock()
        self._scored_at = self._clock.now()
        self._ballots: list[tuple[Vote, asyncio.Future[bool]]] = []

    def now(self) -> datetime:
        """Local time with its offset."""
        return self._wall_clock.now()

    def expires_at(self, duet: Duet) -> datetime:
        """When a duet cannot be read any more."""
        return datetime.fromisoformat(duet.began) + self._keep

    async def newest_visit(self) -> NewestVisit | None:
        """The visit that was written last; None if the disk fails."""
        with contextlib.suppress(RefusedRequestError):
            return await self._run(lambda: read_newest_visit(self._folder))
        return None

    async def find_newest(self, visit: int) -> Duet | None:
        """The newest duet of the visit with a number; None as well if the disk fails."""
        with contextlib.suppress(RefusedRequestError):
            duets = await self._run(lambda: read_duets(self._folder, visit=visit))
            return duets[-1] if duets else None
        return None

    async def read(self, address: str) -> Duet | None:
        """The duet of an address, unless its time is over."""
        duets = await self._run(lambda: read_duets(self._folder, address=address))
        return next((duet for duet in duets if self.expires_at(duet) > self.now()), None)

    async def vote(self, address: str, voice: str, is_liked: bool) -> bool:
        """Count a vote; whether it is the first of this voice on a duet that there is."""
        now = self.now()
        voter = self._voters.hash_token(voice, now.date())
        choice = "yes" if is_liked else "no"
        at = now.isoformat(timespec="seconds")
        return await self._count(Vote(address, voter, at, VoteKind.LIKED, choice))

    async def guess(self, played: GuessingRound, voice: str, choice: str) -> bool:
        """Count a guess; whether it is the first of this voice in a round."""
        now = self.now()
        voter = self._voters.hash_token(voice, now.date())
        at, kind = now.isoformat(timespec="seconds"), VoteKind.PERSON_OR_NETWORK
        style, generation = played.style, played.generation
        vote = Vote(played.name, voter, at, kind, choice, played.truth, style, generation)
        return await self._count(vote)

    async def score(self) -> GuessScore:
        """The score of all guesses, read anew from time to time."""
        now = self._clock.now()
        if self._score is None or now - self._scored_at > SCORE_INTERVAL_NS:
            self._scored_at = now
            self._score = await self._run(lambda: score_guesses(read_votes(self._folder)))
        return self._score

    async def _count(self, vote: Vote) -> bool:
        if len(self._ballots) >= MAX_WAITING:
            raise RefusedRequestError(503, "too many at once; try again")
        counted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._ballots.append((vote, counted))
        if len(self._ballots) == 1:  # the first one writes those that come while the disk is busy
            with contextlib.suppress(RefusedRequestError):
                await self._run(lambda: None)
            await self._count_ballots()
        return await counted

    async def _count_ballots(self) -> None:
        """Write all votes that wait, at once."""
        ballots, self._ballots = self._ballots, []
        try:
            counts = await self._run(lambda: self._open().add_votes([each for each, _ in ballots]))
        except RefusedRequestError as error:
            for _, counted in ballots:
                counted.set_exception(RefusedRequestError(error.status, error.reason))
        else:
            self._failure_logged = False  # reading alone goes well on a full disk, too
            for (_, counted), count in zip(ballots, counts, strict=True):
                if not counted.done():
                    counted.set_result(count)

    async def delete(self, address: str) -> bool:
        """Delete all that was played in the visit of a duet; whether there was one."""
        duet = await self.read(address)
        if duet is None:
            return False
        return await self._run(lambda: self._open().delete_visit(duet.visit))

    async def delete_expired(self) -> None:
        """Delete the duets whose time is over, if there is a database."""
        moment = self.now() - self._keep
        if not (self._folder / DATABASE_FILE_NAME).exists():
            return
        with contextlib.suppress(RefusedRequestError):
            await self._run(lambda: self._open().delete_duets_before(moment))

    def close(self) -> None:
        """Close the database."""
        self._thread.submit(self._close_database)
        self._thread.shutdown()

    async def _run(self, work: Callable[[], Result]) -> Result:
        if self._waiting >= MAX_WAITING:
            raise RefusedRequestError(503, "too many at once; try again")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except VisitDatabaseError as error:
            if not self._failure_logged:
                log.warning("duets are neither read nor written: %s", error)
            self._failure_logged = True
            raise RefusedRequestError(503, "the disk does not answer; try again") from error
        finally:
            self._waiting -= 1

    def _open(self) -> VisitDatabase:
        if self._database is None:
            self._database = VisitDatabase(self._folder, self.now())
        return self._database

    def _close_database(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None
