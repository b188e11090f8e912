"""The control pipe between the supervisor and a child process, and its messages."""

from __future__ import annotations

import os
import pickle
import select
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from installation.io.control.control_messages import ControlMessage, ControlRefusal
from installation.kiosk.house_rules import HouseRules
from installation.ops.house_state import HouseState
from installation.ops.metrics import ProcessMetrics
from installation.process.process_lifetime import Lifeline
from messages.clock import SECOND
from messages.crowd import AudienceCodes, CrowdChange, DuetReplay, LikedMotifs
from messages.gestures import QuitRequest
from messages.training import TrainingStatus

if TYPE_CHECKING:  # headless runs need no gestures
    from installation.ops.exhibit_status import ProcessHealth
    from installation.process.gesture_channel import GestureChannel

HEARTBEAT_INTERVAL_NS = SECOND // 4  # time between two heartbeats of a child, ns
POLL_INTERVAL_S = 0.1
"""Longest wait for a message before the stop conditions are checked again, seconds."""


@dataclass(frozen=True, slots=True)
class StartWork:
    """Order to run `target(control_pipe, restart_count)`, going on from the last state kept."""

    target: ProcessTarget
    restart_count: int
    state: bytes = b""  # pickled; empty for none


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A child was alive at `at`, ns; `ready` once its start-up is complete."""

    at: int
    metrics: ProcessMetrics = ProcessMetrics()
    ready: bool = True


@dataclass(frozen=True, slots=True)
class StateToKeep:
    """State from which the next process of a child continues, if this one is lost.

    It is pickled by the child: the supervisor need not import what it consists of.
    """

    state: bytes


@dataclass(frozen=True, slots=True)
class WorkFinished:
    """A child has completed its work and ends."""


@dataclass(frozen=True, slots=True)
class UnrecoverableFailure:
    """A child cannot do its work, and a restart would not help.

    Parameters
    ----------
    reason : str
    """

    reason: str


@dataclass(frozen=True, slots=True)
class StopRequest:
    """Order to end."""


@dataclass(frozen=True, slots=True)
class SilenceRequest:
    """Order to end all notes at the MIDI outputs: their performer has died."""


@dataclass(frozen=True, slots=True)
class StageLost:
    """The stage ended at `at`, ns: every key pressed at its window is released."""

    at: int


@dataclass(frozen=True, slots=True)
class StageOpened:
    """A stage opened at `at`, ns, and has to be told which model plays."""

    at: int


@dataclass(frozen=True, slots=True)
class HealthReport:
    """State of all processes.

    Parameters
    ----------
    processes : dict of str to ProcessHealth
        By name.
    uptime : float
        Time since the start of the piece, seconds.
    """

    processes: dict[str, ProcessHealth]
    uptime: float


PipeMessage = (
    StartWork
    | Heartbeat
    | StateToKeep
    | WorkFinished
    | UnrecoverableFailure
    | StopRequest
    | SilenceRequest
    | StageLost
    | StageOpened
    | HouseRules
    | HouseState
    | QuitRequest
    | ControlMessage
    | ControlRefusal
    | CrowdChange
    | AudienceCodes
    | LikedMotifs
    | DuetReplay
    | TrainingStatus
    | HealthReport
)


class ControlPipe:
    """A child's end of the pipe.

    `stop` is set on a `StopRequest`, on the end of the pipe, and by the lifeline.

    Parameters
    ----------
    pipe : Connection
    lifeline : Lifeline
    gestures : GestureChannel, optional
        It travels beside the pipe, since its semaphore cannot travel through one.
    """

    def __init__(
        self, pipe: Connection, lifeline: Lifeline, gestures: GestureChannel | None = None
    ) -> None:
        self.stop = Event()
        self.gestures = gestures
        self.kept_state: object = None  # told to the supervisor, or of an earlier process
        self._pipe, self._lifeline = pipe, lifeline
        self._lock = Lock()
        self._last_heartbeat_at = 0
        self._thread: Thread | None = None

    def receive_start(self) -> StartWork | None:
        """Wait for the order to start; None if the supervisor has ended."""
        try:
            message = self._pipe.recv()
        except (EOFError, OSError):
            return None
        if not isinstance(message, StartWork):
            return None
        self.kept_state = pickle.loads(message.state) if message.state else None
        return message

    def open(self, handle_message: Callable[[PipeMessage], None]) -> None:
        """Start the listening thread; it passes on every message but `StopRequest`."""
        arguments = (handle_message,)
        self._thread = Thread(target=self._listen, args=arguments, name="control pipe", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self.stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def send(self, message: PipeMessage) -> None:
        """Send to the supervisor; request a stop if it has ended."""
        try:
            with self._lock:
                self._pipe.send(message)
        except OSError:
            self.stop.set()

    def send_heartbeat(
        self,
        now: int,
        collect_metrics: Callable[[], ProcessMetrics] = ProcessMetrics,
        ready: bool = True,
    ) -> None:
        """Send a heartbeat if one is due at `now` (ns); never wait for the supervisor."""
        if now - self._last_heartbeat_at >= HEARTBEAT_INTERVAL_NS:
            self._last_heartbeat_at = now
            if can_send(self._pipe):
                self.send(Heartbeat(now, collect_metrics(), ready))

    def keep_state(self, state: object) -> None:
        """Have the supervisor keep what a next process goes on from, if that has changed."""
        if state != self.kept_state and can_send(self._pipe):
            self.kept_state = state
            self.send(StateToKeep(pickle.dumps(state)))

    def _listen(self, handle_message: Callable[[PipeMessage], None]) -> None:
        while not (self.stop.is_set() or self._lifeline.ending):
            try:
                if not self._pipe.poll(POLL_INTERVAL_S):
                    continue
                message = self._pipe.recv()
            except (EOFError, OSError):
                break
            if isinstance(message, StopRequest):
                break
            handle_message(message)
        self.stop.set()


def can_send(pipe: Connection) -> bool:
    """Whether a pipe has room: a frozen reader lets it fill up."""
    if os.name != "posix":
        return True
    try:
        return bool(select.select([], [pipe], [], 0)[1])
    except (OSError, ValueError):  # closed
        return False


ProcessTarget = Callable[[ControlPipe, int], None]
"""Work of a child process: gets its control pipe and the number of earlier processes."""
