from __future__ import annotations

import os

from installation.process.thread_limits import THREAD_COUNT_VARIABLES, single_threaded_blas


def test_processes_started_inside_have_one_thread_unless_told_otherwise(monkeypatch):
    for name in THREAD_COUNT_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(THREAD_COUNT_VARIABLES[0], "3")
    with single_threaded_blas():
        assert [os.environ[name] for name in THREAD_COUNT_VARIABLES] == ["3", "1", "1"]
    assert [os.environ.get(name) for name in THREAD_COUNT_VARIABLES] == ["3", None, None]
