"""Counters of dropped messages, with a log line a minute."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable

LOG_INTERVAL_NS = 60_000_000_000
"""Shortest time between two log lines, ns: a flood of input must not flood the log."""

_log = logging.getLogger(__name__)


class DropCounter:
    """Counts dropped messages by reason; logs the first at once, later ones once a minute.

    Parameters
    ----------
    name : str
        First words of the log line.
    now : callable
        The monotonic clock, ns.

    Attributes
    ----------
    counts : Counter of str
        Drops since the start, by reason.
    """

    def __init__(self, name: str, now: Callable[[], int] = time.monotonic_ns) -> None:
        self.name = name
        self.counts: Counter[str] = Counter()
        self._now = now
        self._logged_at: int | None = None

    def record_drop(self, reason: str, detail: str = "") -> None:
        """Count a dropped message.

        Parameters
        ----------
        reason : str
            A plural noun, such as "malformed messages".
        detail : str
            What was wrong with this one, for the log line.
        """
        self.counts[reason] += 1
        now = self._now()
        if self._logged_at is None or now - self._logged_at >= LOG_INTERVAL_NS:
            self._logged_at = now
            totals = ", ".join(f"{count} {why}" for why, count in sorted(self.counts.items()))
            last = f"; the last one: {detail}" if detail else ""
            _log.warning("%s: dropped so far: %s%s", self.name, totals, last)
