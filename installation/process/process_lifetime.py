"""Kinship: what binds a child process to its supervisor, and how it tells what it died of."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

PR_SET_PDEATHSIG = 1
"""Linux, prctl(2): the signal a process gets when its parent dies."""

log = logging.getLogger(__name__)


def die_with_parent() -> None:
    """Have this process told to end (SIGTERM) when its parent is gone, however that came.

    Only Linux offers this; elsewhere, and besides, the end of the pipe to the parent tells.
    """
    if not sys.platform.startswith("linux"):
        return
    with contextlib.suppress(OSError, AttributeError):  # another libc: the pipe must do
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    parent = multiprocessing.parent_process()
    if parent is not None and os.getppid() != parent.pid:  # it died before it was asked
        os.kill(os.getpid(), signal.SIGTERM)


@contextlib.contextmanager
def sigint_blocked() -> Iterator[None]:
    """Processes started inside never see Ctrl-C, not even while they are still importing."""
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
    """Processes started inside do not run the program's own file again: they need none of it.

    `multiprocessing` would have each import the command line first, with all its commands.
    """
    main = sys.modules["__main__"]
    path = main.__dict__.pop("__file__", None)
    try:
        yield
    finally:
        if path is not None:
            main.__file__ = path


class ProcessErrorLogger:
    """Turns an error that ends a process into one line of its log, and status 1.

    The traceback is told at level debug only.

    Parameters
    ----------
    name : str
        What the process is called.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> ProcessErrorLogger:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, Exception):
            log.error("the %s failed: %s", self._name, format_error_line(error))
            log.debug("the %s failed here", self._name, exc_info=error)
            raise SystemExit(1) from None


def format_error_line(error: BaseException) -> str:
    """Kind, words and place of an error, on one line."""
    words = " ".join(str(error).split())
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {words}{place}"
