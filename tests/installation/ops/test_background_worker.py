from __future__ import annotations

from threading import Event

from installation.ops.background_worker import MAX_QUEUED_TASKS, BackgroundWorker
from tests.hang_guard import HANG_GUARD_S


class SlowTasks:
    """Handles nothing until `free` is set."""

    def __init__(self) -> None:
        self.busy, self.free = Event(), Event()
        self.handled: list[object] = []

    def handle(self, task: object) -> None:
        self.busy.set()
        self.free.wait(HANG_GUARD_S)
        self.handled.append(task)


def test_a_queued_task_of_the_same_key_is_replaced_and_the_order_kept() -> None:
    tasks = SlowTasks()
    worker = BackgroundWorker(tasks.handle, "test")
    worker.submit("first", key=0)
    assert tasks.busy.wait(HANG_GUARD_S)
    for key, task in ((1, "old"), (2, "other"), (1, "new")):
        worker.submit(task, key)
    tasks.free.set()
    assert worker.close(HANG_GUARD_S)
    assert tasks.handled == ["first", "new", "other"]


def test_a_full_queue_drops_tasks_and_a_hung_task_does_not_delay_the_end() -> None:
    tasks = SlowTasks()
    worker = BackgroundWorker(tasks.handle, "test")
    worker.submit("first", key="first")
    assert tasks.busy.wait(HANG_GUARD_S)
    for number in range(MAX_QUEUED_TASKS + 3):
        worker.submit(number, key=number)
    assert not worker.close(0.01)
    tasks.free.set()
    assert worker.close(HANG_GUARD_S)
    assert tasks.handled == ["first", *range(MAX_QUEUED_TASKS)]
