"""Thread priority: which threads the operating system runs first, as far as it permits.

A thread that sleeps until a note is due wakes some milliseconds late while another thread uses its
core. Real-time threads (POSIX SCHED_FIFO) run at once; on Linux they need the permission `rtprio`,
which most users of JACK have. Without it, other processes can use SCHED_BATCH, which needs no
permission: a batch process that wakes does not preempt others.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from threading import Thread

log = logging.getLogger(__name__)

REALTIME_PRIORITY = 3
"""Priority among real-time threads: below JACK's server (10) and its clients (5)."""


def create_realtime_thread(run: Callable[[], None], name: str) -> Thread:
    """A daemon thread that is real-time where permitted.

    Parameters
    ----------
    run : callable
        Body of the thread. It must sleep most of the time, or it blocks the whole core.
    name : str

    Returns
    -------
    Thread
        Not started.
    """

    def run_with_priority() -> None:
        if not request_realtime():
            log.debug("no permission for real-time threads: %s may be milliseconds late", name)
        run()

    return Thread(target=run_with_priority, name=name, daemon=True)


def request_realtime() -> bool:
    """Make this thread real-time, but not the threads and processes that it starts.

    Returns
    -------
    bool
        Whether the system permits it.
    """
    reset = getattr(os, "SCHED_RESET_ON_FORK", 0)
    return _set_scheduler("SCHED_FIFO", reset, REALTIME_PRIORITY)


def is_realtime_permitted() -> bool:
    """Let a short-lived thread try to become real-time.

    Returns
    -------
    bool
        Whether threads of this process may be real-time.
    """
    answers: list[bool] = []
    thread = Thread(target=lambda: answers.append(request_realtime()))
    thread.start()
    thread.join()
    return answers[0]


def use_batch_unless_realtime() -> None:
    """Use SCHED_BATCH unless real-time threads are permitted."""
    if not is_realtime_permitted():
        use_batch_scheduling()


def use_batch_scheduling() -> bool:
    """Use SCHED_BATCH for this thread and for all threads and processes that it starts.

    Returns
    -------
    bool
        Whether the system permits it.
    """
    return _set_scheduler("SCHED_BATCH", 0, 0)


def _set_scheduler(policy: str, flags: int, priority: int) -> bool:
    if not hasattr(os, policy):
        return False
    try:
        os.sched_setscheduler(0, getattr(os, policy) | flags, os.sched_param(priority))
    except OSError:
        return False
    return True
