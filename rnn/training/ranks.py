"""Ranks: the processes that share a training, as MPI counts them.

`SingleRank` is a training in one process. `MpiRanks` is one process of a job that `mpiexec` or
`srun` has started: every rank runs the same training on its own sequences of each batch, and what
depends on the clock or on Ctrl-C is agreed, so that all ranks do the same steps.
"""

from __future__ import annotations

import os
import stat
import sys
import time
import traceback
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rnn.model.arrays import Array

if TYPE_CHECKING:
    from mpi4py import MPI

JOB_SIZE_VARIABLES = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS")
"""Environment variables that tell the number of ranks of a job: MPICH, Open MPI, Slurm."""
POLL_INTERVAL_S = 0.05  # between two looks whether rank 0 has something to share, seconds
MAX_DRAIN_S = 1.0  # longest wait for the reader of an error, seconds


class RanksError(RuntimeError):
    """The processes of a training cannot be started or joined."""


class Ranks(ABC):
    """The processes of a training, seen from one of them.

    Attributes
    ----------
    index : int
        Of this process; 0 reports and writes files.
    count : int
    threads : int
        BLAS threads of each process, which would compete for the processors of the others.
    """

    index = 0
    count = 1
    threads = 1

    def lanes(self, count: int) -> slice:
        """The sequences of this rank, of `count` side by side."""
        return slice(count * self.index // self.count, count * (self.index + 1) // self.count)

    @abstractmethod
    def begin_sum(self, arrays: Iterable[Array]) -> None:
        """Begin to sum arrays over all ranks, in place; `finish_sums` ends it."""

    @abstractmethod
    def finish_sums(self) -> None:
        """Wait until every sum that was begun is complete."""

    @abstractmethod
    def sum(self, *values: float) -> NDArray[np.float64]:
        """Sums of a few numbers over all ranks."""

    @abstractmethod
    def share(self, value: Any) -> Any:
        """A value of rank 0, on all ranks; the others sleep until it is there."""

    @contextmanager
    def end_together(self, *shared: type[BaseException]) -> Iterator[None]:
        """End the whole job at an error inside, unless all ranks raise it: others would wait."""
        yield

    def agree(self, seconds: float, stop: bool) -> tuple[float, bool]:
        """The time of rank 0, and whether any rank is to stop."""
        time, stops = self.sum(seconds if self.index == 0 else 0.0, stop)
        return float(time), bool(stops)


class SingleRank(Ranks):
    """One process alone.

    Parameters
    ----------
    threads : int
        Of BLAS.
    """

    def __init__(self, threads: int = 1) -> None:
        self.threads = threads

    def begin_sum(self, arrays: Iterable[Array]) -> None:
        """The arrays are the sums."""

    def finish_sums(self) -> None:
        """Nothing is under way."""

    def sum(self, *values: float) -> NDArray[np.float64]:
        """The values themselves."""
        return np.array(values, np.float64)

    def share(self, value: Any) -> Any:
        """The value itself."""
        return value


class MpiRanks(Ranks):
    """One process of an MPI job. Sums have the same bits on all ranks."""

    def __init__(self, world: MPI.Intracomm) -> None:
        from mpi4py import MPI

        self._mpi, self._world = MPI, world
        self.index, self.count = world.Get_rank(), world.Get_size()
        self._requests: list[MPI.Request] = []

    def begin_sum(self, arrays: Iterable[Array]) -> None:
        """Begin to sum arrays; earlier sums move on meanwhile."""
        for array in arrays:
            self._requests.append(self._world.Iallreduce(self._mpi.IN_PLACE, array))
        self._mpi.Request.Testall(self._requests)

    def finish_sums(self) -> None:
        """Wait until every sum that was begun is complete."""
        self._mpi.Request.Waitall(self._requests)
        self._requests = []

    def sum(self, *values: float) -> NDArray[np.float64]:
        """Sums over all ranks."""
        sums = np.array(values, np.float64)
        self._world.Allreduce(self._mpi.IN_PLACE, sums)
        return sums

    def share(self, value: Any) -> Any:
        """A value of rank 0, by pickle; MPI's own waiting would keep a processor busy."""
        everyone_is_here = self._world.Ibarrier()
        while not everyone_is_here.Test():
            time.sleep(POLL_INTERVAL_S)
        return self._world.bcast(value)

    @contextmanager
    def end_together(self, *shared: type[BaseException]) -> Iterator[None]:
        """End all processes of the job at an error inside, unless all ranks raise it."""
        try:
            yield
        except shared:
            raise
        except BaseException:
            _write_whole(traceback.format_exc())
            self._world.Abort(1)
            raise


def _write_whole(text: str) -> None:
    """Write to the standard error in one piece, and wait until a pipe's reader has taken it.

    The end of a job also ends the process that reads the pipe: what it has not read is lost.
    """
    stream = sys.__stderr__
    if stream is None:
        return
    stream.write(text)
    stream.flush()
    if os.name == "nt" or not stat.S_ISFIFO(os.fstat(stream.fileno()).st_mode):
        return
    from fcntl import ioctl  # Windows has neither
    from termios import FIONREAD

    end = time.monotonic() + MAX_DRAIN_S
    while time.monotonic() < end and any(ioctl(stream.fileno(), FIONREAD, bytes(4))):
        time.sleep(0.001)


def job_size(environment: Mapping[str, str] = os.environ) -> int:
    """Number of processes of the MPI job this process was started in; 1 outside of one."""
    sizes = [environment.get(name, "") for name in JOB_SIZE_VARIABLES]
    return max((int(size) for size in sizes if size.isdigit()), default=1)


def join_ranks(environment: Mapping[str, str] = os.environ) -> Ranks:
    """The ranks of the job this process was started in; a single one outside of a job.

    Parameters
    ----------
    environment : mapping of str to str
        Variables set by the launcher of the job.

    Returns
    -------
    Ranks

    Raises
    ------
    RanksError
        If there is a job, but mpi4py is missing or belongs to another MPI.
    """
    size = job_size(environment)
    if size == 1:
        return SingleRank()
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:  # RuntimeError: no MPI library for mpi4py
        raise RanksError(
            f"a job of {size} processes needs mpi4py: pip install 'hidden-state[cluster]' ({error})"
        ) from error
    if MPI.COMM_WORLD.Get_size() != size:
        raise RanksError(
            f"the job has {size} processes, but mpi4py sees {MPI.COMM_WORLD.Get_size()}: "
            "mpiexec and mpi4py belong to different MPI libraries"
        )
    return MpiRanks(MPI.COMM_WORLD)
