"""Telling: every note and turn to whoever listens outside, at the moment it sounds."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Lock, Thread

from installation.engine.interfaces import CueSink
from installation.io.control.osc import ControlOutput
from messages.clock import SECOND, Clock
from messages.cues import CueWithdrawal, NoteCue, NoteSource, StageMessage, TurnChange

MAX_SLEEP_NS = SECOND // 4
"""How long the thread sleeps when there is nothing to do, ns."""


class TeeCueSink(CueSink):
    """Passes each message on to several."""

    def __init__(self, *sinks: CueSink) -> None:
        self._sinks = sinks

    def send_message(self, message: StageMessage) -> None:
        for sink in self._sinks:
            sink.send_message(message)


@dataclass(order=True, frozen=True, slots=True)
class _QueuedOscMessage:
    due: int
    order: int
    message: NoteCue | TurnChange = field(compare=False)


class OscPublisher(CueSink):
    """Sends `/note` and `/turn` when they are due, by its own thread or pumped by hand.

    Parameters
    ----------
    output : ControlOutput
        Closed with this.
    clock : Clock
    """

    def __init__(self, output: ControlOutput, clock: Clock) -> None:
        self._output, self._clock = output, clock
        self._heap: list[_QueuedOscMessage] = []
        self._sequence_numbers = count()
        self._lock = Lock()
        self._wake, self._stop = Event(), Event()
        self._thread: Thread | None = None

    def send_message(self, message: StageMessage) -> None:
        with self._lock:
            if isinstance(message, CueWithdrawal):
                self._heap = [one for one in self._heap if not _is_withdrawn(one, message)]
                heapq.heapify(self._heap)
            elif isinstance(message, NoteCue | TurnChange):
                heapq.heappush(
                    self._heap,
                    _QueuedOscMessage(message.due, next(self._sequence_numbers), message),
                )
        self._wake.set()

    def pump(self, now: int) -> int:
        """Tell what is due by `now`; returns when something is next, ns."""
        while True:
            with self._lock:
                if not self._heap or self._heap[0].due > now:
                    return self._heap[0].due if self._heap else now + MAX_SLEEP_NS
                entry = heapq.heappop(self._heap)
            self._send_osc(entry.message)

    def start(self) -> None:
        """Pump by the clock on a thread of its own."""
        self._thread = Thread(target=self._run, name="telling", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Tell nothing any more."""
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
        self._output.send(
            "/note",
            (
                message.pitch,
                message.velocity,
                message.source.name.lower(),
                float(message.surprise),
                message.duration / SECOND,
            ),
        )


def _is_withdrawn(entry: _QueuedOscMessage, withdrawal: CueWithdrawal) -> bool:
    cue = entry.message
    if not isinstance(cue, NoteCue) or cue.source is NoteSource.VISITOR:
        return False
    return cue.serial >= withdrawal.serial and cue.due > withdrawal.at
