"""Urgency: who is let onto a processor first, as far as the system allows.

A thread that sleeps until a note is due wakes late where another is at work on its processor, by
some milliseconds even if there is time enough for all. Threads of the real-time class (POSIX
SCHED_FIFO) are let on at once; on Linux that takes a permission (`rtprio`), which those who use
JACK mostly have. Without it, others can stand back, which nobody needs a permission for: a batch
process (SCHED_BATCH) does not push others off when it wakes.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from threading import Thread

log = logging.getLogger(__name__)

REALTIME_PRIORITY = 3
"""Among real-time threads: below those of sound cards and JACK, whose server has 10 if nobody says
otherwise, and its clients 5."""


def create_realtime_thread(run: Callable[[], None], name: str) -> Thread:
    """A thread, not yet started, that runs before all that is not urgent, if it may.

    Only a thread made for it hurries: one that did other work as well would keep the whole
    machine from its own.
    """

    def live() -> None:
        if not request_realtime():
            log.debug("no permission for real-time threads: %s may be milliseconds late", name)
        run()

    return Thread(target=live, name=name, daemon=True)


def request_realtime() -> bool:
    """Let this thread on before all that is not urgent; whether the system agreed.

    What it starts from then on is not urgent.
    """
    if not hasattr(os, "SCHED_FIFO"):
        return False
    try:
        policy = os.SCHED_FIFO | getattr(os, "SCHED_RESET_ON_FORK", 0)
        os.sched_setscheduler(0, policy, os.sched_param(REALTIME_PRIORITY))
    except OSError:
        return False
    return True


def is_realtime_permitted() -> bool:
    """Whether threads of this process may `request_realtime`; tried on one that ends at once."""
    answers: list[bool] = []
    thread = Thread(target=lambda: answers.append(request_realtime()))
    thread.start()
    thread.join()
    return answers[0]


def use_batch_unless_realtime() -> None:
    """Have this process stand back, unless those it might be in the way of may hurry."""
    if not is_realtime_permitted():
        use_batch_scheduling()


def use_batch_scheduling() -> bool:
    """Let this thread on after others that wake; whether the system agreed.

    It counts for the threads and processes it starts from then on, too.
    """
    if not hasattr(os, "SCHED_BATCH"):
        return False
    try:
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    except OSError:
        return False
    return True
