"""Links: the two ends of a pipe between the supervisor and a child, and what goes through it."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from threading import Event, Lock, Thread, Timer
from types import FrameType

from installation.ops.metrics import ProcessMetrics
from messages.clock import SECOND
from messages.gestures import QuitRequest

HEARTBEAT_INTERVAL_NS = SECOND // 4
"""A child gives a sign of life this often, ns."""
POLL_INTERVAL_S = 0.1
"""Seconds between two looks at whether to stop, where nothing comes in."""


FORCED_EXIT_DELAY_S = 1.5
"""Seconds a child has to end by itself once its supervisor is gone: notes must end, too."""


@dataclass(frozen=True, slots=True)
class StartWork:
    """It is a child's turn to work; so many of its role did before it."""

    restart_count: int


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A child is alive at `at`, ns, how it is, and whether it has all it needs ready."""

    at: int
    metrics: ProcessMetrics = ProcessMetrics()
    ready: bool = True


@dataclass(frozen=True, slots=True)
class WorkFinished:
    """A child did what it was to do, and ends."""


@dataclass(frozen=True, slots=True)
class UnrecoverableFailure:
    """A child cannot do its work, and restarting it would not help."""

    reason: str


@dataclass(frozen=True, slots=True)
class StopRequest:
    """The supervisor wants a child to end."""


@dataclass(frozen=True, slots=True)
class StageLost:
    """The stage is gone: nothing at the window is pressed any more."""

    at: int


@dataclass(frozen=True, slots=True)
class StageOpened:
    """A stage is open: it is to be told what plays."""

    at: int


PipeMessage = (
    StartWork
    | Heartbeat
    | WorkFinished
    | UnrecoverableFailure
    | StopRequest
    | StageLost
    | StageOpened
    | QuitRequest
)


class ControlPipe:
    """A child's end of the pipe.

    Parameters
    ----------
    pipe : Connection

    Attributes
    ----------
    stop : Event
        Set when the supervisor says so, when it is gone, and on SIGTERM.
    """

    def __init__(self, pipe: Connection) -> None:
        self.stop = Event()
        self._pipe = pipe
        self._lock = Lock()
        self._last_heartbeat_at = 0
        self._thread: Thread | None = None
        self._forced_exit_armed = False

    def open(self, take: Callable[[PipeMessage], None]) -> None:
        """Listen on a thread of its own; `take` gets everything but `StopRequest`.

        Only to be called on the main thread of a process: it sees to signals, too.
        """
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the supervisor's business
        signal.signal(signal.SIGTERM, self._on_signal)
        self._thread = Thread(target=self._listen, args=(take,), name="link", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        self.stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def send(self, letter: PipeMessage) -> None:
        """Tell the supervisor; if it is gone, stop."""
        try:
            with self._lock:
                self._pipe.send(letter)
        except OSError:
            self.stop.set()

    def send_heartbeat(
        self, at: int, vitals: Callable[[], ProcessMetrics] = ProcessMetrics, ready: bool = True
    ) -> None:
        """Give a sign of life, unless one was given lately; never waits for the supervisor."""
        if at - self._last_heartbeat_at >= HEARTBEAT_INTERVAL_NS:
            self._last_heartbeat_at = at
            if self._can_send():
                self.send(Heartbeat(at, vitals(), ready))

    def _can_send(self) -> bool:
        """Whether the pipe takes a letter at once: a frozen supervisor leaves it to fill up."""
        if os.name != "posix":
            return True
        try:
            return bool(select.select([], [self._pipe], [], 0)[1])
        except (OSError, ValueError):  # closed
            return False

    def _listen(self, take: Callable[[PipeMessage], None]) -> None:
        while not self.stop.is_set():
            try:
                if not self._pipe.poll(POLL_INTERVAL_S):
                    continue
                letter = self._pipe.recv()
            except (EOFError, OSError):
                self._stop_or_force_exit()
                return
            if isinstance(letter, StopRequest):
                self.stop.set()
            else:
                take(letter)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stop_or_force_exit()

    def _stop_or_force_exit(self) -> None:
        """Nobody watches over this process any more: end, if need be by force."""
        self.stop.set()
        if not self._forced_exit_armed:
            self._forced_exit_armed = True
            last = Timer(FORCED_EXIT_DELAY_S, os._exit, (1,))
            last.daemon = True
            last.start()
