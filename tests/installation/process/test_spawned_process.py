from __future__ import annotations

import os

from installation.process.control_pipe import ControlPipe, StartWork, WorkFinished
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
