"""Worker processes: a function applied to many things in parallel, results as they come."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

Thing = TypeVar("Thing")
Result = TypeVar("Result")


class WorkerLostError(RuntimeError):
    """A worker process was killed."""


def map_in_processes(
    function: Callable[[Thing], Result], things: Sequence[Thing], workers: int
) -> Iterator[Result]:
    """Yield the result of each thing as it is ready.

    Parameters
    ----------
    function : callable
        Can be pickled.
    things : sequence
    workers : int
        Processes; 0 for this process.

    Yields
    ------
    object

    Raises
    ------
    WorkerLostError
        If a worker process was killed. An exception of the function is raised as it is.
    """
    if workers < 1:
        yield from map(function, things)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_ignore_interrupts)
    try:
        for future in as_completed([pool.submit(function, thing) for thing in things]):
            yield future.result()
    except BrokenProcessPool as error:
        raise WorkerLostError("a worker process was killed; run again to go on") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _ignore_interrupts() -> None:
    """Ignore Ctrl-C, which reaches all processes of a terminal; the parent ends the workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
