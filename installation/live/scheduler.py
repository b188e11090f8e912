"""The scheduler: hands notes to ports at their absolute times, and never leaves one hanging.

Lateness. A note is handed over `port.lead` nanoseconds before it is due. If its moment was missed
by less than `TOO_LATE` it is played at once; if by more, it is left out, its note-off with it: a
machine that stalls loses notes, but never pours out what it missed in one burst. Note-offs are
always sent, however late.
"""

from __future__ import annotations

import heapq
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from threading import Event, RLock

import mido

from installation.gear.outputs import TimedOutput
from installation.live.clock import MILLISECOND, SECOND, Clock
from installation.live.timed import TimedNote

TOO_LATE = 100 * MILLISECOND
"""A note-on missed by more than this is left out, ns."""
IDLE = SECOND // 4
"""How long the thread sleeps when there is nothing to do, ns."""

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Voice:
    """A note on its way to one port."""

    port: TimedOutput
    note: TimedNote
    handed: bool = False

    @property
    def key(self) -> tuple[int, int, int]:
        return id(self.port), self.note.channel, self.note.pitch


@dataclass(order=True, frozen=True, slots=True)
class _Entry:
    """A note-on or note-off in the heap; at one moment, note-offs go first."""

    when: int
    is_on: bool
    order: int
    voice: _Voice = field(compare=False)


class Scheduler:
    """A heap of notes, pumped by its own thread or by hand.

    Every method may be called from any thread.

    Parameters
    ----------
    ports : sequence of TimedOutput
        Each gets every note.

    Attributes
    ----------
    skipped : int
        Notes left out because their moment was missed.
    worst_lateness : int
        By how much the latest note-on came late, ns.
    """

    def __init__(self, ports: Sequence[TimedOutput]) -> None:
        self.ports = tuple(ports)
        self.skipped = 0
        self.worst_lateness = 0
        self._heap: list[_Entry] = []
        self._order = count()
        self._sounding: Counter[tuple[int, int, int]] = Counter()
        self._lock = RLock()
        self._wake = Event()

    @property
    def sounding(self) -> int:
        """How many notes have been handed over and not yet ended, over all ports."""
        with self._lock:
            return sum(self._sounding.values())

    def add(self, note: TimedNote) -> None:
        """Play a note on every port."""
        with self._lock:
            for port in self.ports:
                voice = _Voice(port, note)
                for when, is_on in ((note.due, True), (note.end, False)):
                    entry = _Entry(when - port.lead, is_on, next(self._order), voice)
                    heapq.heappush(self._heap, entry)
        self._wake.set()

    def withdraw(self, at: int) -> None:
        """Forget the notes due after `at`; those due by then keep their note-offs.

        A note due later that a port already has (for its lead) is taken back, or ended at once.
        """
        with self._lock:
            gone = [entry for entry in self._heap if entry.voice.note.due > at]
            self._heap = [entry for entry in self._heap if entry.voice.note.due <= at]
            heapq.heapify(self._heap)
            for port in self.ports:
                port.withdraw(at)
            for entry in gone:
                if entry.voice.handed and not entry.is_on:
                    self._end(entry.voice, None)

    def silence(self) -> None:
        """Forget everything and stop whatever sounds."""
        with self._lock:
            voices = {entry.voice for entry in self._heap if entry.voice.handed}
            self._heap.clear()
            for voice in voices:
                self._end(voice, None)
            self._sounding.clear()
            for port in self.ports:
                port.silence()

    def next_wake(self) -> int | None:
        """When something is next to be handed over, ns; None when there is nothing."""
        with self._lock:
            return self._heap[0].when if self._heap else None

    def pump(self, now: int) -> None:
        """Hand over everything whose moment has come."""
        with self._lock:
            while self._heap and self._heap[0].when <= now:
                entry = heapq.heappop(self._heap)
                if not entry.is_on:
                    self._end(entry.voice, entry.voice.note.end)
                elif now - entry.voice.note.due > TOO_LATE:
                    self.skipped += 1
                    log.warning("left out a note: its moment was missed (%d so far)", self.skipped)
                else:
                    self.worst_lateness = max(self.worst_lateness, now - entry.when)
                    self._start(entry.voice)

    def run(self, clock: Clock, stop: Event) -> None:
        """Pump by the clock until `stop` is set: the body of the scheduler's thread."""
        while not stop.is_set():
            self.pump(clock.now())
            self._wake.clear()
            due = self.next_wake()
            idle = clock.now() + IDLE
            clock.wait_until(idle if due is None else min(due, idle), self._wake)

    def _start(self, voice: _Voice) -> None:
        note = voice.note
        if self._sounding[voice.key]:  # struck again while it sounds: end it, then start it
            self._send(voice, "note_off", 0, note.due)
        self._sounding[voice.key] += 1
        voice.handed = True
        self._send(voice, "note_on", note.velocity, note.due)

    def _end(self, voice: _Voice, due: int | None) -> None:
        """End a voice at `due`, or now; the pitch stops with the last voice that holds it."""
        if not voice.handed:
            return
        voice.handed = False
        self._sounding[voice.key] -= 1
        if not self._sounding[voice.key]:
            del self._sounding[voice.key]
            self._send(voice, "note_off", 0, due)

    def _send(self, voice: _Voice, kind: str, velocity: int, due: int | None) -> None:
        note = voice.note
        message = mido.Message(kind, channel=note.channel, note=note.pitch, velocity=velocity)
        try:
            if due is None:
                voice.port.send(message)
            else:
                voice.port.send_at(message, due)
        except OSError as error:  # a port pulled out must not stop the others
            log.warning("%s took no note: %s", voice.port.name, error)
