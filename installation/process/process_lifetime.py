"""Process lifetime: the end of a child process whose supervisor has ended.

A signal handler takes no lock, because the thread it interrupts may hold that lock (the deadlock of
cpython#126434). `StopFlag` is a plain attribute, and `Lifeline` is told by a wake-up socket.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import multiprocessing
import os
import pickle
import signal
import socket
import sys
import time
import traceback
from collections.abc import Iterator
from multiprocessing.connection import wait
from pathlib import Path
from threading import Thread
from types import FrameType

from installation.thread_priority import hurry_process_group

PR_SET_PDEATHSIG = 1  # linux, prctl(2): the signal a process receives when its parent ends
FORCED_EXIT_DELAY_S = 1.0
"""Seconds a process may use to end by itself once its supervisor has ended."""
WATCH_INTERVAL_S = 0.25
"""Seconds between two cancellations of a stray alarm; shorter than the alarm's one second."""
DEATH_SIGNAL_DELAY_S = 0.05
"""Seconds within which the kernel's death signal follows the end of the parent's pipes."""

log = logging.getLogger(__name__)


class StopFlag:
    """A request to stop that a signal handler may set: a plain attribute without a lock."""

    def __init__(self) -> None:
        self._set = False
        self.by_staff = False  # whether the staff ended the piece at the window

    def set(self, by_staff: bool = False) -> None:
        """Request the stop."""
        self._set, self.by_staff = True, by_staff

    def set_at_signals(self, *numbers: int) -> None:
        """Have each of these signals request the stop; call it on the main thread."""
        for number in numbers:
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._set = True

    def is_set(self) -> bool:
        """Whether a stop is requested."""
        return self._set


class Lifeline:
    """Ends this process soon after its supervisor has ended or SIGTERM has arrived.

    Two last resorts are armed when the process starts, before they can be needed.

    1. A thread that takes no lock waits for either event, sets `ending` and forces the exit after
       `FORCED_EXIT_DELAY_S`, whatever the other threads do.
    2. On Linux, the kernel ends the process even if a thread never releases the interpreter: the
       death of the parent raises SIGHUP, whose handler is the C function `alarm`. The signal's
       number, 1, is its argument, and SIGALRM ends the process one second later. The thread of the
       first resort extends that second, and cancels the alarm of a SIGHUP from a terminal.

    Attributes
    ----------
    ending : bool
        Whether the process has to end.
    """

    def __init__(self) -> None:
        self.ending = False
        self._wake_reader, self._wake_writer = socket.socketpair()

    def start(self) -> None:
        """Arm both resorts and take over the signals; call it on the main thread.

        If the supervisor has ended already, end at once: nothing has been started.
        """
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the supervisor's
        self._wake_writer.setblocking(False)
        signal.set_wakeup_fd(self._wake_writer.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, lambda number, frame: None)  # the wake-up socket tells
        _arm_kernel_alarm()
        if _has_lost_parent():
            os._exit(1)
        Thread(target=self._watch, name="lifeline", daemon=True).start()

    def _watch(self) -> None:
        parent = multiprocessing.parent_process()
        events = [self._wake_reader, *([] if parent is None else [parent.sentinel])]
        while not wait(events, WATCH_INTERVAL_S):
            _set_kernel_alarm(0.0)
        _set_kernel_alarm(FORCED_EXIT_DELAY_S)  # before the end, whose finalisation may hang
        self.ending = True
        hurry_process_group()  # a spare that still imports holds its interpreter, but does not run
        time.sleep(DEATH_SIGNAL_DELAY_S)
        _set_kernel_alarm(FORCED_EXIT_DELAY_S)
        time.sleep(FORCED_EXIT_DELAY_S)
        os._exit(1)


def run_with_lifeline(work: bytes, *arguments: object) -> None:
    """Start a lifeline, then run a pickled function: the main function of a child process.

    The function is unpickled late because that imports its module, which takes time.
    """
    lifeline = Lifeline()
    lifeline.start()
    pickle.loads(work)(lifeline, *arguments)


def exit_at_once() -> None:
    """End this process with status 0, its output flushed, without finalising any library."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends (Linux only).

    It is for a process that leaves nothing behind: no notes, no unwritten file.
    """
    _set_parent_death_signal(signal.SIGTERM)
    if _has_lost_parent():  # it ended before the request
        os._exit(1)


def _arm_kernel_alarm() -> None:
    """Have SIGALRM end this process one second after the death of its parent (Linux only)."""
    if not sys.platform.startswith("linux"):
        return
    with contextlib.suppress(OSError, AttributeError):  # a libc without these names
        libc = ctypes.CDLL(None)
        libc.signal.argtypes = (ctypes.c_int, ctypes.c_void_p)
        libc.signal(signal.SIGHUP, ctypes.cast(libc.alarm, ctypes.c_void_p))
        _set_parent_death_signal(signal.SIGHUP)


def _set_parent_death_signal(number: int) -> None:
    if not sys.platform.startswith("linux"):
        return
    with contextlib.suppress(OSError, AttributeError):  # a libc without prctl
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


def _has_lost_parent() -> bool:
    parent = multiprocessing.parent_process()
    return parent is not None and not parent.is_alive()


def _set_kernel_alarm(seconds: float) -> None:
    """Set or, with 0, cancel the kernel timer that ends this process."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


@contextlib.contextmanager
def sigint_blocked() -> Iterator[None]:
    """Shield the processes started inside from Ctrl-C, even while they import."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def main_module_hidden() -> Iterator[None]:
    """Keep the processes started inside from running the program's main file again.

    Without this, `multiprocessing` makes each process import the whole command line.
    """
    main = sys.modules["__main__"]
    path = main.__dict__.pop("__file__", None)
    try:
        yield
    finally:
        if path is not None:
            main.__file__ = path


@contextlib.contextmanager
def fatal_errors_logged(name: str) -> Iterator[None]:
    """Turn an exception that ends a process into one line of the log, and status 1.

    The traceback is logged at level debug only.
    """
    try:
        yield
    except Exception as error:  # the last place that can report it
        log.error("the %s failed: %s", name, format_error_line(error))
        log.debug("traceback of the %s:", name, exc_info=error)
        raise SystemExit(1) from None


def format_error_line(error: BaseException) -> str:
    """Type, message and place of an error, on one line.

    Parameters
    ----------
    error : BaseException

    Returns
    -------
    str
    """
    message = " ".join(str(error).split())
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {message}{place}"
