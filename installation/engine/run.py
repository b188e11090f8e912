"""Running a performer: in real time on threads, or on a virtual clock as fast as possible."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from functools import partial
from threading import Event

from installation.engine.performer import Performer
from installation.engine.scheduler import MAX_SLEEP_NS, Scheduler
from installation.ops.heap_trimmer import HeapTrimmer
from installation.thread_priority import create_realtime_thread
from messages.clock import SECOND, Clock, VirtualClock

THREAD_SWITCH_INTERVAL_S = 0.0005
"""Longest time for which a thread keeps the interpreter while another waits, s."""


def run_live(
    performer: Performer,
    scheduler: Scheduler,
    clock: Clock,
    stop: Event,
    until: int | None = None,
    send_heartbeat: Callable[[], None] | None = None,
) -> int:
    """Play in real time until `stop` is set or a time is reached, then close the performer.

    Parameters
    ----------
    performer : Performer
    scheduler : Scheduler
        Runs on a thread of its own.
    clock : Clock
    stop : Event
        Set it in any thread to end early.
    until : int or None
        When to end, ns; the recording ends exactly there.
    send_heartbeat : callable, optional
        Called in each turn of the loop, at least four times a second.

    Returns
    -------
    int
        When the performance ended, ns.
    """
    sys.setswitchinterval(THREAD_SWITCH_INTERVAL_S)
    stop_scheduler = Event()
    thread = create_realtime_thread(partial(scheduler.run, clock, stop_scheduler), "scheduler")
    gc.freeze()  # a full garbage collection would pause every thread, also the scheduler's
    thread.start()
    trimmer, ended = HeapTrimmer(clock.now()), 0
    try:
        while not stop.is_set():
            now = clock.now()
            if until is not None and now >= until:
                break
            due = min(performer.advance(now), now + MAX_SLEEP_NS)
            if send_heartbeat is not None:
                send_heartbeat()
            trimmer.trim_if_quiet(clock.now(), scheduler.next_wake())
            wait = ((due if until is None else min(due, until)) - clock.now()) / SECOND
            if wait > 0 and not stop.is_set():
                performer.key_input.wait(wait)
        ended = clock.now() if until is None or stop.is_set() else until
        performer.close(ended)
    finally:
        stop_scheduler.set()
        thread.join(timeout=1.0)
        scheduler.silence()
        gc.unfreeze()
    return ended


def run_virtual(
    performer: Performer, scheduler: Scheduler, clock: VirtualClock, until: int
) -> None:
    """Play on a virtual clock up to a time, without closing the performer.

    Parameters
    ----------
    performer : Performer
    scheduler : Scheduler
    clock : VirtualClock
        Reads `until` or later afterwards.
    until : int
        ns.
    """
    while clock.now() < until:
        due = performer.advance(clock.now())
        scheduler.pump(clock.now())
        wake = scheduler.next_wake()
        clock.wait_until(min(due if wake is None else min(due, wake), until), Event())
    performer.advance(until)
    scheduler.pump(until)
