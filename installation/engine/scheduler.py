"""The scheduler: hands notes to ports at their absolute times, and leaves no note hanging.

A note is handed to a port `port.lead_time_ns` before it is due. A note late by up to
`MAX_LATENESS_NS` is played at once. After a longer stall, neither that note nor any later one is
played: they would come in a burst. The caller moves them to a later beat
(`Player.postpone_missed`). Note-offs are always sent, however late.
"""

from __future__ import annotations

import heapq
import logging
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from threading import Event, RLock

import mido
import numpy as np

from installation.io.midi.outputs import TimedOutput
from installation.ops.metrics import Lateness
from messages.clock import MILLISECOND, SECOND, Clock
from messages.timed_note import TimedNote
from messages.withdrawal import is_withdrawn

MAX_LATENESS_NS = 100 * MILLISECOND  # largest lateness at which a note-on is still played, ns
LATENESS_WINDOW_NS = 60 * SECOND  # time over which a running piece tells its lateness, ns
MAX_LATENESS_NOTES = 4096  # largest number of note-ons over which lateness is measured
HANDOVER_TIME_NS = 80_000
"""Approximate time to hand a message to a port, ns; handing over begins so much earlier."""
MAX_SLEEP_NS = SECOND // 4  # longest sleep of the thread, ns

NoteListener = Callable[[TimedNote], None]

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Voice:
    """A note for one port."""

    port: TimedOutput
    note: TimedNote
    on_handover: NoteListener | None = None
    is_handed_over: bool = False

    @property
    def key(self) -> tuple[int, int, int]:
        return id(self.port), self.note.channel, self.note.pitch


@dataclass(order=True, frozen=True, slots=True)
class _VoiceEvent:
    """A note-on or note-off in the heap; of two at the same time, the note-off is first."""

    handover_at: int
    is_on: bool
    order: int
    voice: _Voice = field(compare=False)


class _SilentOutput(TimedOutput):
    """An output without sound, for a scheduler without ports: its notes count as played."""

    def _deliver(self, message: mido.Message) -> None: ...


class Scheduler:
    """A heap of notes, pumped by its own thread or by the caller.

    Every method may be called from any thread.

    Parameters
    ----------
    ports : sequence of TimedOutput
        Each gets every note.

    Attributes
    ----------
    skipped_notes : int
        Number of notes that were missed and not moved to a later time.
    """

    def __init__(self, ports: Sequence[TimedOutput]) -> None:
        self._ports = tuple(ports) or (_SilentOutput("silent"),)
        self.skipped_notes = 0
        self._lateness: deque[tuple[int, int]] = deque(maxlen=MAX_LATENESS_NOTES)  # time, lateness
        self._missed_notes: list[TimedNote] = []
        self._heap: list[_VoiceEvent] = []
        self._order = count()
        self._sounding: Counter[tuple[int, int, int]] = Counter()
        self._failed_ports: set[str] = set()
        self._lock = RLock()
        self._wake = Event()

    @property
    def sounding_count(self) -> int:
        """Number of notes handed over and not ended, over all ports."""
        with self._lock:
            return sum(self._sounding.values())

    def measure_lateness(self, since: int = 0) -> Lateness:
        """Lateness of the last note-ons, of those from the time `since` (ns) on."""
        with self._lock:
            ns = np.array([late for at, late in self._lateness if at >= since], np.float64)
        if not len(ns):
            return Lateness()
        p50, p99, worst = (float(x) / MILLISECOND for x in np.percentile(ns, (50, 99, 100)))
        return Lateness(p50, p99, worst, len(ns))

    def first_missed_due(self, now: int) -> int | None:
        """Due time of the first note missed by `now`, ns; None if none is missed.

        Missed notes stay with the scheduler, unplayed, until they are withdrawn.
        """
        with self._lock:
            dues = [note.due for note in self._missed_notes]
            if self._heap and now - self._heap[0].handover_at > MAX_LATENESS_NS:
                ons = (entry.voice.note for entry in self._heap if entry.is_on)
                dues += [note.due for note in ons if now - note.due > MAX_LATENESS_NS]
            return min((due for due in dues if due <= now), default=None)

    def schedule_note(self, note: TimedNote, on_handover: NoteListener | None = None) -> None:
        """Play a note on every port.

        `on_handover` is called with the note, in the thread that pumps, when the first port gets
        it. The note may still be withdrawn until it is due.
        """
        with self._lock:
            for port in self._ports:
                voice = _Voice(port, note, on_handover if port is self._ports[0] else None)
                for when, is_on in ((note.due, True), (note.end, False)):
                    entry = _VoiceEvent(when - port.lead_time_ns, is_on, next(self._order), voice)
                    heapq.heappush(self._heap, entry)
        self._wake.set()

    def withdraw_pending(self, at: int) -> None:
        """Withdraw the notes due after `at` (ns); notes due by then keep their note-offs.

        A later note that a port already has, because of its lead time, is withdrawn from the port
        or ended at once.
        """
        with self._lock:
            pending = [entry for entry in self._heap if is_withdrawn(entry.voice.note.due, at)]
            self._heap = [
                entry for entry in self._heap if not is_withdrawn(entry.voice.note.due, at)
            ]
            heapq.heapify(self._heap)
            self._count_skipped(
                [note for note in self._missed_notes if not is_withdrawn(note.due, at)]
            )
            self._missed_notes.clear()
            for port in self._ports:
                port.withdraw_pending(at)
            self._end_voices(entry.voice for entry in pending if not entry.is_on)

    def stop_notes(self, at: int) -> None:
        """Withdraw all notes, and end the sounding ones at once; `at` is the current time, ns."""
        with self._lock:
            self.withdraw_pending(at)
            self._clear_heap()

    def silence(self) -> None:
        """Withdraw all notes, and silence all ports."""
        with self._lock:
            self._clear_heap()
            self._count_skipped(self._missed_notes)
            self._missed_notes.clear()
            self._sounding.clear()
            for port in self._ports:
                port.silence()

    def next_wake(self) -> int | None:
        """When the next message is handed over, ns; None without messages."""
        with self._lock:
            return self._heap[0].handover_at if self._heap else None

    def pump(self, now: int) -> None:
        """Hand over the messages due by `now`, ns."""
        with self._lock:
            while self._heap and self._heap[0].handover_at <= now:
                entry = heapq.heappop(self._heap)
                if not entry.is_on:
                    self._end_voice(entry.voice, entry.voice.note.end)
                elif self._missed_notes or now - entry.voice.note.due > MAX_LATENESS_NS:
                    self._missed_notes.append(entry.voice.note)
                else:
                    self._lateness.append((now, now - entry.handover_at))
                    self._start_voice(entry.voice)

    def run(self, clock: Clock, stop: Event) -> None:
        """Pump until `stop` is set: the body of the scheduler's thread."""
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

    def _clear_heap(self) -> None:
        voices = dict.fromkeys(entry.voice for entry in self._heap)
        self._heap.clear()
        self._end_voices(voices)

    def _start_voice(self, voice: _Voice) -> None:
        note = voice.note
        if self._sounding[voice.key]:  # a repeated pitch ends before it starts again
            self._send(voice, "note_off", 0, note.due)
        self._sounding[voice.key] += 1
        voice.is_handed_over = True
        self._send(voice, "note_on", note.velocity, note.due)
        if voice.on_handover is not None:
            voice.on_handover(note)

    def _end_voices(self, voices: Iterable[_Voice]) -> None:
        for voice in voices:
            self._end_voice(voice, None)

    def _end_voice(self, voice: _Voice, due: int | None) -> None:
        """End a voice at `due` (ns) or at once; a pitch stops with the last voice that holds it."""
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
        except OSError as error:  # an unplugged port must not stop the others
            if voice.port.name not in self._failed_ports:
                self._failed_ports.add(voice.port.name)
                log.warning("%s takes no notes: %s", voice.port.name, error)
        else:
            self._failed_ports.discard(voice.port.name)
