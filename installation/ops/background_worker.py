"""A background thread for disk access, so that music never waits for a disk."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Condition, Thread
from typing import Generic, TypeVar

MAX_QUEUED_TASKS = 1000  # longest queue: a disk that never answers must not fill the memory

TaskT = TypeVar("TaskT")


class BackgroundWorker(Generic[TaskT]):
    """Handles tasks in order of submission on a daemon thread.

    `concurrent.futures` does not serve here: its threads hold up the end of the program while a
    disk hangs, and it cannot replace a queued task.

    Parameters
    ----------
    handle_task : callable
        Handles one task; must not raise.
    name : str
        Name of the thread.
    """

    def __init__(self, handle_task: Callable[[TaskT], None], name: str) -> None:
        self._handle_task = handle_task
        self._queue: dict[Hashable, TaskT] = {}
        self._closing = False
        self._condition = Condition()
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, task: TaskT, key: Hashable) -> None:
        """Queue a task in place of one of the same key, or drop it if the queue is full."""
        with self._condition:
            if key in self._queue or len(self._queue) < MAX_QUEUED_TASKS:
                self._queue[key] = task
                self._condition.notify_all()

    def close(self, timeout_s: float) -> bool:
        """Let the thread end after the last queued task; whether it has ended in time."""
        with self._condition:
            self._closing = True
            self._condition.notify_all()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._queue or self._closing)
                if not self._queue:
                    return
                task = self._queue.pop(next(iter(self._queue)))
            self._handle_task(task)
