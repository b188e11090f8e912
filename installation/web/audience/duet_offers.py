"""Duet offers: the newest duet of the visit, which phones vote on and its visitor takes home."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from installation.visits.database import NewestVisit
from installation.visits.duet import Duet
from installation.web.audience.duet_store import DuetStore
from messages.clock import SECOND

OFFER_TIME_NS = 60 * SECOND  # time for which a duet is offered after its visit, ns
MAX_OFFERS = 64  # duets that can be voted on


class DuetOffers:
    """Follows the visits, and offers the newest duet of the present one until a while after it.

    Which visit is the present one is told by the order of the rows, never by the time of day, which
    may be set back: it is the newest row, unless that is over or was there before the visit.

    Parameters
    ----------
    duets : DuetStore
    now : callable
        The monotonic clock, ns.

    Attributes
    ----------
    is_visit : bool
        Whether somebody plays.
    duet : Duet or None
        The one that is offered.
    number : int or None
        Its public number, which tells nothing of its address.
    """

    def __init__(self, duets: DuetStore, now: Callable[[], int]) -> None:
        self._duets, self._now = duets, now
        self.is_visit = False
        self.duet: Duet | None = None
        self.number: int | None = None
        self._visit: int | None = None  # number of the visit whose duets are offered
        self._last_visit: int | None = None  # number of the last one before it; None if unknown
        self._visits = self._visit_ended_at = 0  # visits begun; time of the last end
        self._addresses: dict[int, str] = {}  # of duets to vote on, by public number
        self._numbers = count(1)  # none comes twice: a phone may still show a deleted one

    def begin_visit(self) -> None:
        """Learn that somebody begins to play."""
        self.is_visit = True
        self._visits += 1
        self._follow(None)

    def end_visit(self) -> None:
        """Learn that nobody plays any more."""
        self.is_visit, self._visit_ended_at = False, self._now()

    def expire(self) -> None:
        """Offer a duet no longer once its time is over."""
        if self._is_late():
            self._follow(None)

    async def look(self) -> None:
        """Offer the newest duet of the visit, if it is not offered yet."""
        visits, newest = self._visits, await self._duets.newest_visit()
        if newest is not None and visits == self._visits:
            self._notice(newest)
        visit = self._visit
        if visit is None or self._is_late():
            return
        duet = await self._duets.find_newest(visit)
        is_known = self.duet is not None and duet is not None and duet.address == self.duet.address
        if duet is None or is_known or not duet.is_over or self._visit != visit:
            return
        self.duet, self.number = duet, next(self._numbers)
        self._addresses[self.number] = duet.address
        if len(self._addresses) > MAX_OFFERS:
            del self._addresses[min(self._addresses)]

    def address_of(self, number: object) -> str | None:
        """Address of a duet that phones may vote on; they know its number only."""
        is_number = isinstance(number, int) and not isinstance(number, bool)
        return self._addresses.get(number) if is_number else None  # type: ignore[arg-type]

    def withdraw(self, address: str) -> None:
        """Offer a duet that was deleted no more."""
        if self.duet is not None and self.duet.address == address:
            self.duet = self.number = None
        self._addresses = {key: kept for key, kept in self._addresses.items() if kept != address}

    def _notice(self, newest: NewestVisit) -> None:
        """Learn which row is the visit's."""
        if self._last_visit is None:
            self._last_visit = newest.number  # it may be one that was cut off, of another visitor
        elif not self.is_visit:
            if newest.is_over:
                self._last_visit = newest.number
        elif not newest.is_over and newest.number > max(self._last_visit, self._visit or 0):
            self._follow(newest.number)

    def _follow(self, visit: int | None) -> None:
        """Offer the duets of this visit from now on, and none of another."""
        self._last_visit = self._last_visit if self._visit is None else self._visit
        self._visit, self.duet, self.number = visit, None, None

    def _is_late(self) -> bool:
        return not self.is_visit and self._now() - self._visit_ended_at > OFFER_TIME_NS
