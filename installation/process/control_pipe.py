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

from installation.ops.metrics import Vitals
from messages.clock import SECOND
from messages.gestures import Gesture

BEAT_EVERY = SECOND // 4
"""A child gives a sign of life this often, ns."""
LOOK = 0.1
"""Seconds between two looks at whether to stop, where nothing comes in."""


LAST_GRACE = 1.5
"""Seconds a child has to end by itself once its supervisor is gone: notes must end, too."""


@dataclass(frozen=True, slots=True)
class Begin:
    """It is a child's turn to work; so many of its role did before it."""

    life: int


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A child is alive at `at`, ns, how it is, and whether it has all it needs ready."""

    at: int
    vitals: Vitals = Vitals()
    ready: bool = True


@dataclass(frozen=True, slots=True)
class Finished:
    """A child did what it was to do, and ends."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """A child cannot do its work, and restarting it would not help."""

    reason: str


@dataclass(frozen=True, slots=True)
class Stop:
    """The supervisor wants a child to end."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The stage is gone: nothing at the window is pressed any more."""

    at: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A stage is open: it is to be told what plays."""

    at: int


Letter = Begin | Heartbeat | Finished | Unfit | Stop | Lost | Opened | Gesture


class Link:
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
        self._last_beat = 0
        self._thread: Thread | None = None
        self._parting = False

    def open(self, take: Callable[[Letter], None]) -> None:
        """Listen on a thread of its own; `take` gets everything but `Stop`.

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

    def send(self, letter: Letter) -> None:
        """Tell the supervisor; if it is gone, stop."""
        try:
            with self._lock:
                self._pipe.send(letter)
        except OSError:
            self.stop.set()

    def beat(self, at: int, vitals: Callable[[], Vitals] = Vitals, ready: bool = True) -> None:
        """Give a sign of life, unless one was given lately; never waits for the supervisor."""
        if at - self._last_beat >= BEAT_EVERY:
            self._last_beat = at
            if self._has_room():
                self.send(Heartbeat(at, vitals(), ready))

    def _has_room(self) -> bool:
        """Whether the pipe takes a letter at once: a frozen supervisor leaves it to fill up."""
        if os.name != "posix":
            return True
        try:
            return bool(select.select([], [self._pipe], [], 0)[1])
        except (OSError, ValueError):  # closed
            return False

    def _listen(self, take: Callable[[Letter], None]) -> None:
        while not self.stop.is_set():
            try:
                if not self._pipe.poll(LOOK):
                    continue
                letter = self._pipe.recv()
            except (EOFError, OSError):
                self._part()
                return
            if isinstance(letter, Stop):
                self.stop.set()
            else:
                take(letter)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._part()

    def _part(self) -> None:
        """Nobody watches over this process any more: end, if need be by force."""
        self.stop.set()
        if not self._parting:
            self._parting = True
            last = Timer(LAST_GRACE, os._exit, (1,))
            last.daemon = True
            last.start()
