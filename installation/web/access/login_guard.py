"""Login guard: locks out a client that gives wrong PINs, for longer each time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from messages.clock import SECOND

FREE_TRIES = 5  # wrong PINs of one client before it is locked out
FREE_TRIES_OF_ALL = 40  # wrong PINs of all clients, who may be one with many addresses
FIRST_LOCK_NS, LONGEST_LOCK_NS = 30 * SECOND, 3600 * SECOND
"""First and longest time of a lock, ns; it doubles with each wrong PIN after it."""
MAX_CLIENTS = 1000  # clients that are remembered
EVERYBODY = "*"  # name under which the wrong PINs of all clients are counted


@dataclass(slots=True)
class _Record:
    failures: int = 0
    locked_until: int = 0  # ns


class LoginGuard:
    """Counts wrong PINs by client.

    Parameters
    ----------
    now : callable
        The monotonic clock, ns.
    """

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._records: OrderedDict[str, _Record] = OrderedDict({EVERYBODY: _Record()})

    def locked_for_s(self, client: str) -> float:
        """Seconds for which a client may not try; 0 if it may."""
        names = (name for name in (client, EVERYBODY) if name in self._records)
        until = max((self._records[name].locked_until for name in names), default=0)
        return max(0, until - self._now()) / SECOND

    def record_failure(self, client: str) -> None:
        """Count a wrong PIN."""
        self._count(client, FREE_TRIES)
        self._count(EVERYBODY, FREE_TRIES_OF_ALL)
        while len(self._records) > MAX_CLIENTS:
            self._records.popitem(last=False)

    def record_success(self, client: str) -> None:
        """Forget the wrong PINs of a client, and of all."""
        self._records.pop(client, None)
        self._records[EVERYBODY] = _Record()

    def _count(self, name: str, free_tries: int) -> None:
        record = self._records.setdefault(name, _Record())
        self._records.move_to_end(name)
        record.failures += 1
        beyond = record.failures - free_tries
        if beyond >= 0:
            lock = min(FIRST_LOCK_NS << min(beyond, 16), LONGEST_LOCK_NS)
            record.locked_until = self._now() + lock
