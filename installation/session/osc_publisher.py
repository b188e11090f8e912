"""Sending notes and turns by OSC, each when it is due."""

from __future__ import annotations

import heapq
from itertools import count
from threading import Event, Lock, Thread

from installation.engine.publisher import Subscriber
from installation.io.control.osc import ControlOutput
from installation.io.drop_counter import DropCounter
from messages.clock import SECOND, Clock
from messages.cues import CueWithdrawal, NoteCue, StageMessage, TurnChange
from messages.withdrawal import is_cue_withdrawn

MAX_SLEEP_NS = SECOND // 4  # longest sleep of the thread, ns
MAX_OVERDUE_NS = 5 * SECOND  # delay after which a note is not sent any more, ns
MAX_QUEUED_MESSAGES = 1000  # longest queue: an output that hangs must not fill the memory


class OscPublisher(Subscriber):
    """Sends `/note` and `/turn` when they are due, on its own thread or pumped by the caller.

    Parameters
    ----------
    output : ControlOutput
        Closed with this object.
    clock : Clock

    Attributes
    ----------
    drop_counter : DropCounter
        Of what could not be sent in time.
    """

    def __init__(self, output: ControlOutput, clock: Clock) -> None:
        self._output, self._clock = output, clock
        self.drop_counter = DropCounter("OSC out", clock.now)
        self._heap: list[tuple[int, int, NoteCue | TurnChange]] = []  # due time, order, message
        self._order = count()
        self._lock = Lock()
        self._wake, self._stop = Event(), Event()
        self._thread: Thread | None = None

    def send_message(self, message: StageMessage) -> None:
        with self._lock:
            if isinstance(message, CueWithdrawal):
                self._heap = [one for one in self._heap if not is_cue_withdrawn(one[2], message)]
                heapq.heapify(self._heap)
            elif isinstance(message, NoteCue | TurnChange):
                heapq.heappush(self._heap, (message.due, next(self._order), message))
                if len(self._heap) > MAX_QUEUED_MESSAGES:
                    heapq.heappop(self._heap)
                    self.drop_counter.record_drop("messages that waited too long")
        self._wake.set()

    def pump(self, now: int) -> int:
        """Send what is due by `now` (ns); returns when the next message is due, ns."""
        while True:
            with self._lock:
                if not self._heap or self._heap[0][0] > now:
                    return self._heap[0][0] if self._heap else now + MAX_SLEEP_NS
                due, _, message = heapq.heappop(self._heap)
            if isinstance(message, NoteCue) and now - due > MAX_OVERDUE_NS:
                self.drop_counter.record_drop("messages that waited too long")
            else:
                self._send_osc(message)

    def start(self) -> None:
        """Start a thread that pumps."""
        self._thread = Thread(target=self._run, name="osc", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the thread, and close the output."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(1.0)
        self._output.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            now = self._clock.now()
            due = min(self.pump(now), now + MAX_SLEEP_NS)
            self._wake.wait(max(0, due - self._clock.now()) / SECOND)

    def _send_osc(self, message: NoteCue | TurnChange) -> None:
        if isinstance(message, TurnChange):
            values = (message.turn.name.lower(), 60 * SECOND / message.beat_ns)
            self._output.send("/turn", values)
            return
        source, surprise = message.source.name.lower(), float(message.surprise)
        values = (message.pitch, message.velocity, source, surprise, message.duration / SECOND)
        self._output.send("/note", values)
