"""MPI jobs: starts a command again as several processes that share its work."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from rnn.training.ranks import RanksError

DEFAULT_THREADS = 2  # they gain a sixth, where two processes gain more than half
DEFAULT_PROCESSES = 2  # with small batches, more of them bring little (docs/results.md)


def find_mpiexec() -> str | None:
    """The mpiexec beside this Python, or that of the system; None without mpi4py or mpiexec."""
    if find_spec("mpi4py") is None:
        return None
    beside = Path(sys.executable).with_name("mpiexec")
    return str(beside) if beside.exists() else shutil.which("mpiexec")


def default_process_count() -> int:
    """Number of processes of a training without `--processes`."""
    return min(DEFAULT_PROCESSES, os.cpu_count() or 1) if find_mpiexec() else 1


def default_thread_count() -> int:
    """Number of BLAS threads of a training in one process, where no others can share its work."""
    return 1 if find_mpiexec() else min(DEFAULT_THREADS, os.cpu_count() or 1)


def run_as_job(processes: int, arguments: Sequence[str]) -> None:
    """Replace this process by an MPI job of `processes` processes that run the same command.

    Raises RanksError if MPI is missing.
    """
    mpiexec = find_mpiexec()
    if mpiexec is None:
        raise RanksError(
            f"{processes} processes share a training by MPI: pip install 'hidden-state[cluster]', "
            "or --processes 1"
        )
    own = [sys.executable, "-m", "installation", *arguments]
    if not {"--processes", "--crews"} & {word.partition("=")[0] for word in arguments}:
        own += ["--processes", str(processes)]  # the model card states it
    sys.stdout.flush()
    os.execv(mpiexec, [mpiexec, "-n", str(processes), *own])
