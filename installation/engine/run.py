"""Running a performer: in real time on threads, or on a virtual clock in no time at all."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from functools import partial
from threading import Event

from installation.engine.performer import Performer
from installation.engine.scheduler import Scheduler
from installation.thread_priority import create_realtime_thread
from messages.clock import SECOND, Clock, VirtualClock

MAX_SLEEP_NS = SECOND // 4
"""How long to sleep when nothing is to be done, ns."""
THREAD_SWITCH_INTERVAL_S = 0.0005
"""Seconds a thread keeps the interpreter: the scheduler must not wait for the composer."""


def run_live(
    performer: Performer,
    scheduler: Scheduler,
    clock: Clock,
    stop: Event,
    until: int | None = None,
    beat: Callable[[], None] | None = None,
) -> int:
    """Play in real time until `stop` is set, or until a moment; then close the performer.

    Parameters
    ----------
    performer : Performer
    scheduler : Scheduler
        Gets a thread of its own.
    clock : Clock
    stop : Event
        Set from anywhere to end early.
    until : int or None
        When to end, ns; exactly so in what is recorded.
    beat : callable, optional
        Called at every turn of the loop, four times a second at least.

    Returns
    -------
    int
        When the performance ended, ns.
    """
    sys.setswitchinterval(THREAD_SWITCH_INTERVAL_S)
    stop_scheduler = Event()
    thread = create_realtime_thread(partial(scheduler.run, clock, stop_scheduler), "scheduler")
    gc.freeze()  # or a look at all there is would hold up every thread, the scheduler's too
    thread.start()
    ended = 0
    try:
        while not stop.is_set():
            now = clock.now()
            if until is not None and now >= until:
                break
            due = min(performer.advance(now), now + MAX_SLEEP_NS)
            if beat is not None:
                beat()
            _wait_for_event(performer, clock, stop, due if until is None else min(due, until))
        ended = clock.now() if until is None or stop.is_set() else until
        performer.close(ended)
    finally:
        stop_scheduler.set()
        thread.join(timeout=1.0)
        scheduler.silence()
        gc.unfreeze()
    return ended


def _wait_for_event(performer: Performer, clock: Clock, stop: Event, due: int) -> None:
    """Until `due` or until the visitor plays; the last millisecond is not worth spinning for."""
    wait = (due - clock.now()) / SECOND
    if wait > 0 and not stop.is_set():
        performer.key_input.wait(wait)


def run_virtual(
    performer: Performer, scheduler: Scheduler, clock: VirtualClock, until: int
) -> None:
    """Play by a virtual clock up to a moment; call again to go on, or close the performer."""
    while clock.now() < until:
        due = performer.advance(clock.now())
        scheduler.pump(clock.now())
        wake = scheduler.next_wake()
        clock.wait_until(min(due if wake is None else min(due, wake), until), Event())
    performer.advance(until)
    scheduler.pump(until)
