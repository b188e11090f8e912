from __future__ import annotations

import os

from installation.process.thread_limits import THREADS, one_thread_each


def test_processes_started_inside_have_one_thread_unless_told_otherwise(monkeypatch):
    for name in THREADS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(THREADS[0], "3")
    with one_thread_each():
        assert [os.environ[name] for name in THREADS] == ["3", "1", "1"]
    assert [os.environ.get(name) for name in THREADS] == ["3", None, None]
