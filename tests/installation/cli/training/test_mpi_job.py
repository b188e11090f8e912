from __future__ import annotations

import os
import sys

import pytest

from installation.cli.training import mpi_job
from rnn.training.ranks import RanksError


@pytest.fixture
def started(monkeypatch):
    """The command lines that replaced this process."""
    lines = []
    monkeypatch.setattr(os, "execv", lambda program, words: lines.append(words))
    return lines


def test_a_job_runs_the_same_command_and_names_its_processes(started, monkeypatch):
    monkeypatch.setattr(mpi_job, "find_mpiexec", lambda: "/bin/mpiexec")
    mpi_job.run_as_job(3, ["train", "mine", "-o", "a"])
    own = [sys.executable, "-m", "installation", "train", "mine", "-o", "a", "--processes", "3"]
    assert started == [["/bin/mpiexec", "-n", "3", *own]]


@pytest.mark.parametrize("given", [["--processes", "3"], ["--processes=3"], ["--crews", "3"]])
def test_a_number_that_was_given_is_not_given_twice(started, monkeypatch, given):
    monkeypatch.setattr(mpi_job, "find_mpiexec", lambda: "/bin/mpiexec")
    mpi_job.run_as_job(3, ["train", "mine", *given])
    assert started[0][-len(given) :] == given
    assert started[0].count("--processes") <= 1


def test_without_mpi_one_process_is_usual_and_several_are_refused(started, monkeypatch):
    monkeypatch.setattr(mpi_job, "find_mpiexec", lambda: None)
    assert mpi_job.default_process_count() == 1
    with pytest.raises(RanksError, match=r"pip install 'hidden-state\[cluster\]'"):
        mpi_job.run_as_job(2, ["train"])
    assert not started


@pytest.mark.parametrize(
    ("mpiexec", "processors", "threads"),
    [("/bin/mpiexec", 8, 1), (None, 8, 2), (None, 1, 1), (None, None, 1)],
)
def test_without_mpi_one_process_has_two_threads(monkeypatch, mpiexec, processors, threads):
    monkeypatch.setattr(mpi_job, "find_mpiexec", lambda: mpiexec)
    monkeypatch.setattr(os, "cpu_count", lambda: processors)
    assert mpi_job.default_thread_count() == threads
