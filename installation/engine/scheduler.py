"""The scheduler: hands notes to ports at their absolute times, and never leaves one hanging.

Lateness. A note is handed over `port.lead` nanoseconds before it is due. If its moment was missed
by less than `MAX_LATENESS_NS` it is played at once. If by more, the machine stalled: neither this
note nor any after it is played, so that nothing pours out in one burst, until whoever composed them
has moved them to a later beat (`first_missed_due`, `withdraw`, `add`; see `Performer`). Note-offs
are always sent, however late.
"""

from __future__ import annotations

import heapq
import logging
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from threading import Event, RLock

import mido
import numpy as np

from installation.engine.timed_note import TimedNote
from installation.io.midi.outputs import TimedOutput
from installation.ops.metrics import Lateness
from messages.clock import MILLISECOND, SECOND, Clock

MAX_LATENESS_NS = 100 * MILLISECOND
"""A note-on missed by more than this is put off, ns."""
LATENESS_WINDOW_NOTES = 4096
"""Note-ons over which lateness is taken."""
HANDOVER_TIME_NS = 80_000
"""About what handing a message to a port takes, ns: begun so much earlier, it is there on time."""
MAX_SLEEP_NS = SECOND // 4
"""How long the thread sleeps when there is nothing to do, ns."""

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Voice:
    """A note on its way to one port."""

    port: TimedOutput
    note: TimedNote
    is_handed_over: bool = False

    @property
    def key(self) -> tuple[int, int, int]:
        return id(self.port), self.note.channel, self.note.pitch


@dataclass(order=True, frozen=True, slots=True)
class _VoiceEvent:
    """A note-on or note-off in the heap; at one moment, note-offs go first."""

    handover_at: int
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
        Notes whose moment was missed and which nobody has put off to a later one.
    """

    def __init__(self, ports: Sequence[TimedOutput]) -> None:
        self.ports = tuple(ports)
        self.skipped_notes = 0
        self._lateness: deque[int] = deque(maxlen=LATENESS_WINDOW_NOTES)
        self._missed_notes: list[TimedNote] = []
        self._heap: list[_VoiceEvent] = []
        self._order = count()
        self._sounding: Counter[tuple[int, int, int]] = Counter()
        self._failed_ports: set[str] = set()
        self._lock = RLock()
        self._wake = Event()

    @property
    def sounding_count(self) -> int:
        """How many notes have been handed over and not yet ended, over all ports."""
        with self._lock:
            return sum(self._sounding.values())

    def measure_lateness(self) -> Lateness:
        """How late the last note-ons were."""
        with self._lock:
            ns = np.array(self._lateness, dtype=np.float64)
        if not len(ns):
            return Lateness()
        p50, p99, worst = (float(x) / MILLISECOND for x in np.percentile(ns, (50, 99, 100)))
        return Lateness(p50, p99, worst, len(ns))

    def first_missed_due(self, now: int) -> int | None:
        """When the first of the notes was due whose moment is missed, ns; None if there are none.

        They stay with the scheduler, unplayed, until they are withdrawn. What was missed after
        `now`, while the caller was held up, is for the next time.
        """
        with self._lock:
            dues = [note.due for note in self._missed_notes]
            if self._heap and now - self._heap[0].handover_at > MAX_LATENESS_NS:
                ons = (entry.voice.note for entry in self._heap if entry.is_on)
                dues += [note.due for note in ons if now - note.due > MAX_LATENESS_NS]
            return min((due for due in dues if due <= now), default=None)

    def schedule_note(self, note: TimedNote) -> None:
        """Play a note on every port."""
        with self._lock:
            for port in self.ports:
                voice = _Voice(port, note)
                for when, is_on in ((note.due, True), (note.end, False)):
                    entry = _VoiceEvent(when - port.lead_time_ns, is_on, next(self._order), voice)
                    heapq.heappush(self._heap, entry)
        self._wake.set()

    def withdraw_pending(self, at: int) -> None:
        """Forget the notes due after `at`; those due by then keep their note-offs.

        A note due later that a port already has (for its lead) is taken back, or ended at once.
        """
        with self._lock:
            gone = [entry for entry in self._heap if entry.voice.note.due > at]
            self._heap = [entry for entry in self._heap if entry.voice.note.due <= at]
            heapq.heapify(self._heap)
            self._count_skipped([note for note in self._missed_notes if note.due <= at])
            self._missed_notes.clear()
            for port in self.ports:
                port.withdraw_pending(at)
            for entry in gone:
                if entry.voice.is_handed_over and not entry.is_on:
                    self._end_voice(entry.voice, None)

    def stop_notes(self, at: int) -> None:
        """Forget all notes, and end at once those that sound; `at` is now, ns."""
        with self._lock:
            self.withdraw_pending(at)
            voices = {entry.voice for entry in self._heap if entry.voice.is_handed_over}
            self._heap.clear()
            for voice in voices:
                self._end_voice(voice, None)

    def silence(self) -> None:
        """Forget everything and stop whatever sounds."""
        with self._lock:
            voices = {entry.voice for entry in self._heap if entry.voice.is_handed_over}
            self._heap.clear()
            self._count_skipped(self._missed_notes)
            self._missed_notes.clear()
            for voice in voices:
                self._end_voice(voice, None)
            self._sounding.clear()
            for port in self.ports:
                port.silence()

    def next_wake(self) -> int | None:
        """When something is next to be handed over, ns; None when there is nothing."""
        with self._lock:
            return self._heap[0].handover_at if self._heap else None

    def pump(self, now: int) -> None:
        """Hand over everything whose moment has come."""
        with self._lock:
            while self._heap and self._heap[0].handover_at <= now:
                entry = heapq.heappop(self._heap)
                if not entry.is_on:
                    self._end_voice(entry.voice, entry.voice.note.end)
                elif self._missed_notes or now - entry.voice.note.due > MAX_LATENESS_NS:
                    self._missed_notes.append(entry.voice.note)
                else:
                    self._lateness.append(now - entry.handover_at)
                    self._start_voice(entry.voice)

    def run(self, clock: Clock, stop: Event) -> None:
        """Pump by the clock until `stop` is set: the body of the scheduler's thread."""
        while not stop.is_set():
            self.pump(clock.now() + HANDOVER_TIME_NS)
            self._wake.clear()
            due = self.next_wake()
            idle = clock.now() + MAX_SLEEP_NS
            clock.wait_until(idle if due is None else min(due - HANDOVER_TIME_NS, idle), self._wake)

    def _count_skipped(self, notes: Sequence[TimedNote]) -> None:
        if notes:
            self.skipped_notes += len(notes)
            log.warning("left out %d notes: their moment was missed", len(notes))

    def _start_voice(self, voice: _Voice) -> None:
        note = voice.note
        if self._sounding[voice.key]:  # struck again while it sounds: end it, then start it
            self._send(voice, "note_off", 0, note.due)
        self._sounding[voice.key] += 1
        voice.is_handed_over = True
        self._send(voice, "note_on", note.velocity, note.due)

    def _end_voice(self, voice: _Voice, due: int | None) -> None:
        """End a voice at `due`, or now; the pitch stops with the last voice that holds it."""
        if not voice.is_handed_over:
            return
        voice.is_handed_over = False
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
            if voice.port.name not in self._failed_ports:
                self._failed_ports.add(voice.port.name)
                log.warning("%s takes no notes: %s", voice.port.name, error)
        else:
            self._failed_ports.discard(voice.port.name)
