"""Tally: what was dropped and why, told now and then instead of each time."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable

LOG_INTERVAL_NS = 60_000_000_000
"""At most one line in so long, ns: what floods the input must not flood the log."""

_log = logging.getLogger(__name__)


class DropCounter:
    """Counts what was dropped; the first is told at once, later ones a minute apart.

    Parameters
    ----------
    name : str
        What the line in the log begins with.
    now : callable
        The monotonic clock, ns.

    Attributes
    ----------
    counts : Counter of str
        How many were dropped since the start, by reason.
    """

    def __init__(self, name: str, now: Callable[[], int] = time.monotonic_ns) -> None:
        self.name = name
        self.counts: Counter[str] = Counter()
        self._now = now
        self._logged_at: int | None = None

    def record_drop(self, why: str) -> None:
        """One more was dropped."""
        self.counts[why] += 1
        at = self._now()
        if self._logged_at is None or at - self._logged_at >= LOG_INTERVAL_NS:
            self._logged_at = at
            words = ", ".join(f"{count} {why}" for why, count in sorted(self.counts.items()))
            _log.warning("%s: dropped so far: %s", self.name, words)
