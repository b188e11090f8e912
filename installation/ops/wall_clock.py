"""Wall clock: the local date and time of day, and a dummy twin.

It names files and tells the opening hours. Nothing is timed by it: it may be set at any moment.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime, timedelta


class WallClock(ABC):
    """A source of the local date and time."""

    @abstractmethod
    def now(self) -> datetime:
        """The local time, with its offset from UTC."""


class SystemWallClock(WallClock):
    """The clock of the machine."""

    def now(self) -> datetime:
        return datetime.now().astimezone()


class DummyWallClock(WallClock):
    """A clock that shows what it is set to.

    Parameters
    ----------
    time : datetime
    """

    def __init__(self, time: datetime) -> None:
        self.time = time

    def now(self) -> datetime:
        return self.time

    def advance(self, duration: timedelta) -> None:
        """Move the clock on."""
        self.time += duration
