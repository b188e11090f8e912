"""A spawned process that imports modules in advance and waits for the order to start work."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Semaphore

from installation.process.control_pipe import ControlPipe
from installation.process.gesture_channel import GestureChannel
from installation.process.process_lifetime import (
    Lifeline,
    main_module_hidden,
    run_with_lifeline,
    sigint_blocked,
)
from installation.thread_priority import idle_scheduling, leave_idle_scheduling

KILL_TIMEOUT_S = 1.0  # longest wait for a killed process to be gone, seconds
THREAD_COUNT_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""Environment variables that a matrix library reads once, when it is loaded."""


@contextlib.contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Give processes started inside one matrix thread each, unless the environment sets more.

    A live step is too small to be divided: on a busy machine, threads that waited for each other
    made it thirty times slower.

    Returns
    -------
    context manager
        It restores the environment at its end.
    """
    missing = [name for name in THREAD_COUNT_VARIABLES if name not in os.environ]
    os.environ.update(dict.fromkeys(missing, "1"))
    try:
        yield
    finally:
        for name in missing:
            os.environ.pop(name, None)


def run_child_process(
    preload: Callable[[], None] | None,
    is_spare: bool,
    lifeline: Lifeline,
    pipe: Connection,
    gesture_parts: tuple[str, Semaphore] | None,
) -> None:
    """Import modules, wait for `StartWork`, and do that work."""
    if preload is not None:
        gc.disable()  # imported modules stay: without the searches, they are there a tenth sooner
        with idle_scheduling() if is_spare else contextlib.nullcontext():
            preload()
        gc.freeze()  # nor need later searches look at them
        gc.enable()
    gestures = None if gesture_parts is None else GestureChannel(*gesture_parts)
    control_pipe = ControlPipe(pipe, lifeline, gestures)
    order = control_pipe.receive_start()
    if order is not None:
        order.target(control_pipe, order.restart_count)


@dataclass(frozen=True, slots=True)
class SpawnedProcess:
    """A child process and the supervisor's end of its control pipe."""

    process: BaseProcess
    pipe: Connection

    @classmethod
    def spawn(
        cls,
        name: str,
        preload: Callable[[], None] | None = None,
        gestures: GestureChannel | None = None,
        is_spare: bool = False,
    ) -> SpawnedProcess:
        """Start a process that calls `preload` and then waits for `StartWork`.

        A spare has time: it takes none from those at work.
        """
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        parts = None if gestures is None else (gestures.ring_name, gestures.semaphore)
        work = pickle.dumps(partial(run_child_process, preload, is_spare))
        process = context.Process(
            target=run_with_lifeline, args=(work, theirs, parts), name=name, daemon=True
        )
        with sigint_blocked(), main_module_hidden(), single_threaded_blas():
            process.start()
        theirs.close()
        return cls(process, ours)

    def hurry(self) -> None:
        """Have a spare that still imports do so as fast as others."""
        if self.process.pid is not None:
            leave_idle_scheduling(self.process.pid)

    def kill(self) -> None:
        """Kill the process, wait until it is gone, and close the pipe.

        A spare that runs only when nothing else does would not even end on a busy machine.
        """
        self.hurry()
        self.process.kill()
        self.process.join(KILL_TIMEOUT_S)
        self.pipe.close()
