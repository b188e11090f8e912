"""Heap trimmer: memory that was freed goes back to the system, in moments without events.

The C library keeps freed memory for later: what one answer needs more than any before stays with
the process. Within a minute of playing, 30 MB of the performer's would be such memory.
"""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Callable

from messages.clock import SECOND

TRIM_INTERVAL_NS = 10 * SECOND  # shortest time between two trims, ns
MIN_QUIET_NS = SECOND // 20
"""Time without an event that a trim needs, ns: it takes 2 to 13 ms, and took 27 beside tests."""


class HeapTrimmer:
    """Trims the heap every `TRIM_INTERVAL_NS`, when no event is due.

    Parameters
    ----------
    now : int
        Time, ns.
    trim : callable
        Gives freed memory back to the system.
    """

    def __init__(self, now: int, trim: Callable[[], None] | None = None) -> None:
        self._trim, self._trimmed_at = trim or trim_heap, now

    def trim_if_quiet(self, now: int, next_event: int | None) -> None:
        """Trim, if it is time and the next event is not due soon.

        Parameters
        ----------
        now : int
            Time, ns.
        next_event : int or None
            When the next event is due, ns; None if none is known.
        """
        is_quiet = next_event is None or next_event - now > MIN_QUIET_NS
        if is_quiet and now - self._trimmed_at >= TRIM_INTERVAL_NS:
            self._trimmed_at = now
            self._trim()


def trim_heap() -> None:
    """Give freed memory back to the system, where the C library is glibc; any thread may call."""
    with contextlib.suppress(OSError, AttributeError, TypeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)
