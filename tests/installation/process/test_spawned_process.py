from __future__ import annotations

import gc
import os

import pytest

from installation.process.control_pipe import (
    ControlPipe,
    StartWork,
    UnrecoverableFailure,
    WorkFinished,
)
from installation.process.spawned_process import (
    THREAD_COUNT_VARIABLES,
    SpawnedProcess,
    single_threaded_blas,
)


def finish(control_pipe: ControlPipe, restart_count: int) -> None:
    control_pipe.send(WorkFinished())


def test_a_process_starts_its_work_on_the_order() -> None:
    spawned = SpawnedProcess.spawn("one")
    spawned.pipe.send(StartWork(finish, 0))
    assert spawned.pipe.recv() == WorkFinished()
    spawned.process.join()
    assert spawned.process.exitcode == 0
    spawned.kill()


def note_garbage_collection() -> None:
    """Stands in for imports."""
    os.environ["COLLECTS_WHILE_IMPORTING"] = str(gc.isenabled())


def tell_garbage_collection(control_pipe: ControlPipe, restart_count: int) -> None:
    importing = os.environ["COLLECTS_WHILE_IMPORTING"]
    told = f"{importing}, {gc.isenabled()}, {gc.get_freeze_count() > 0}"
    control_pipe.send(UnrecoverableFailure(told))


def test_garbage_collection_leaves_out_what_was_imported() -> None:
    spawned = SpawnedProcess.spawn("one", note_garbage_collection)
    spawned.pipe.send(StartWork(tell_garbage_collection, 0))
    assert spawned.pipe.recv() == UnrecoverableFailure("False, True, True")
    spawned.process.join()
    spawned.kill()


def tell_scheduling_class(control_pipe: ControlPipe, restart_count: int) -> None:
    control_pipe.send(UnrecoverableFailure(str(os.sched_getscheduler(0))))


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="this system has no scheduling classes")
def test_a_spare_works_in_the_class_of_the_others() -> None:
    spare = SpawnedProcess.spawn("one", note_garbage_collection, is_spare=True)
    spare.hurry()
    spare.pipe.send(StartWork(tell_scheduling_class, 0))
    assert spare.pipe.recv() == UnrecoverableFailure(str(os.SCHED_OTHER))
    spare.process.join()
    spare.kill()


def test_a_killed_process_is_gone() -> None:
    spawned = SpawnedProcess.spawn("one")
    spawned.kill()
    assert not spawned.process.is_alive()
    assert spawned.pipe.closed


def test_processes_started_inside_have_one_thread_unless_told_otherwise(monkeypatch) -> None:
    for name in THREAD_COUNT_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(THREAD_COUNT_VARIABLES[0], "3")
    with single_threaded_blas():
        assert [os.environ[name] for name in THREAD_COUNT_VARIABLES] == ["3", "1", "1"]
    assert [os.environ.get(name) for name in THREAD_COUNT_VARIABLES] == ["3", None, None]
