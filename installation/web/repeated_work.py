"""Repeated work: what the process of the pages does besides answering, and goes on doing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)


async def repeat(work: Callable[[], Awaitable[None]], interval_s: float, what: str) -> None:
    """Do some work until cancelled; a failure is said once for each kind of error.

    Parameters
    ----------
    work : callable
    interval_s : float
        Time between its end and its next beginning, seconds.
    what : str
        What it does, for the log.
    """
    told: set[type[Exception]] = set()
    while True:
        try:
            await work()
        except Exception as error:  # the other work must go on, whatever fails here
            if type(error) not in told:
                told.add(type(error))
                log.warning(
                    "%s failed and is tried again: %s: %s", what, type(error).__name__, error
                )
                log.debug("where it failed", exc_info=error)
        await asyncio.sleep(interval_s)
