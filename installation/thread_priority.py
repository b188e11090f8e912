"""Thread priority: which threads the operating system runs first, as far as it permits.

A thread that sleeps until a note is due wakes some milliseconds late while another thread uses its
core. Real-time threads (POSIX SCHED_FIFO) run at once; on Linux they need the permission `rtprio`,
which most users of JACK have. Without it, other processes can use SCHED_BATCH, which needs no
permission: a batch process that wakes does not preempt others.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
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
    return _run_on_short_thread(request_realtime)


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


@contextmanager
def idle_scheduling() -> Iterator[None]:
    """Use SCHED_IDLE for this thread inside, if it may leave that class again.

    Such a thread runs while no other wants the core. Some systems let only the privileged leave.

    Returns
    -------
    context manager
        It restores SCHED_OTHER at its end.
    """
    if _run_on_short_thread(lambda: _use_idle_scheduling() and leave_idle_scheduling()):
        _use_idle_scheduling()
    try:
        yield
    finally:
        leave_idle_scheduling()


def _use_idle_scheduling() -> bool:
    return _set_scheduler("SCHED_IDLE", 0, 0)


def leave_idle_scheduling(process_id: int = 0) -> bool:
    """Use SCHED_OTHER if the class is SCHED_IDLE.

    Parameters
    ----------
    process_id : int
        Process whose main thread is meant; 0 for this thread.

    Returns
    -------
    bool
        Whether the class is another one now.
    """
    try:
        is_idle = os.sched_getscheduler(process_id) == os.SCHED_IDLE
    except (AttributeError, OSError):  # no such classes, or no such process
        return False
    return not is_idle or _set_scheduler("SCHED_OTHER", 0, 0, process_id)


def hurry_process_group() -> None:
    """Use SCHED_OTHER for the processes of this group whose main thread is SCHED_IDLE.

    Such a process could not even end on a busy machine. Without /proc, nothing is done.
    """
    for folder in Path("/proc").glob("[0-9]*"):
        process_id = int(folder.name)
        try:
            is_of_group = os.getpgid(process_id) == os.getpgrp()
        except OSError:  # it has ended, or is another user's
            continue
        if is_of_group:
            leave_idle_scheduling(process_id)


def _run_on_short_thread(request: Callable[[], bool]) -> bool:
    """Result of a request of a thread that ends at once."""
    answers: list[bool] = []
    thread = Thread(target=lambda: answers.append(request()))
    thread.start()
    thread.join()
    return answers[0]


def _set_scheduler(policy: str, flags: int, priority: int, process_id: int = 0) -> bool:
    if not hasattr(os, policy):
        return False
    try:
        kind = getattr(os, policy) | flags
        os.sched_setscheduler(process_id, kind, os.sched_param(priority))
    except OSError:
        return False
    return True
