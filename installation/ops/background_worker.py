"""Aside: work on a thread of its own, so that nobody who plays ever waits for a disk."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Condition, Thread
from typing import Generic, TypeVar

MAX_QUEUED_TASKS = 1000
"""So many things may wait: a disk that never answers must not fill the memory."""

TaskT = TypeVar("Thing")


class BackgroundWorker(Generic[TaskT]):
    """Does one thing after another, in the order they were asked for.

    Parameters
    ----------
    do : callable
        Does a thing; must not raise.
    name : str
        Of the thread.

    Attributes
    ----------
    left_out : int
        Things never done, since too many waited.
    """

    def __init__(self, do: Callable[[TaskT], None], name: str) -> None:
        self.dropped_count = 0
        self._handle_task = do
        self._queue: dict[Hashable, TaskT] = {}
        self._submitted_count = 0
        self._busy = self._closing = False
        self._condition = Condition()
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, thing: TaskT, key: Hashable = None) -> None:
        """Have a thing done, in place of one with the same key (not None) that still waits."""
        with self._condition:
            self._submitted_count += 1
            key = ("unkeyed", self._submitted_count) if key is None else key
            if key not in self._queue and len(self._queue) >= MAX_QUEUED_TASKS:
                self.dropped_count += 1
                return
            self._queue[key] = thing
            self._condition.notify_all()

    def flush(self, patience: float) -> bool:
        """Wait until all is done, `patience` seconds at the most; whether it is."""
        with self._condition:
            return self._condition.wait_for(lambda: not self._queue and not self._busy, patience)

    def close(self, patience: float) -> bool:
        """Let the thread end once all is done; whether it has, within `patience` seconds."""
        with self._condition:
            self._closing = True
            self._condition.notify_all()
        self._thread.join(patience)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._condition:
                self._busy = False
                self._condition.notify_all()
                self._condition.wait_for(lambda: self._queue or self._closing)
                if not self._queue:
                    return
                thing = self._queue.pop(next(iter(self._queue)))
                self._busy = True
            self._handle_task(thing)
