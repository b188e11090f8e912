"""Pulse: where the beats lie that somebody outside gives, such as a drum machine or a DAW."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

import numpy as np

from installation.io.midi.inputs import ReceivedMessage

CLOCKS_PER_QUARTER = 24
"""MIDI clocks in a quarter note (MIDI 1.0 Detailed Specification, "System Real Time")."""
CLOCKS_PER_SONG_POSITION = 6
"""MIDI clocks in a unit of song position, a sixteenth note."""
TEMPO_WINDOW_CLOCKS = 2 * CLOCKS_PER_QUARTER
"""Clocks the tempo is taken from: enough to even out a cable's jitter, few enough to follow."""
MIN_TEMPO_CLOCKS = 12
"""Clocks without which there is no tempo yet."""
MIN_CLOCK_TEMPO_BPM, MAX_CLOCK_TEMPO_BPM = 20.0, 300.0
"""Tempos that are believed, beats a minute."""
CLOCK_TIMEOUT_NS = 500_000_000
"""Without a clock for so long nobody leads any more, ns."""


@dataclass(frozen=True, slots=True)
class ExternalBeatGrid:
    """A beat falls on `origin` (ns) and on every `beat` ns before and after it."""

    origin_ns: int
    beat_ns: int


class TempoSource(ABC):
    """Somebody who may lead."""

    @abstractmethod
    def beat_grid_at(self, at: int) -> ExternalBeatGrid | None:
        """Where beats lie about `at` (ns); None if nobody leads."""

    def close(self) -> None:  # noqa: B027 - most have nothing to let go of
        """Follow nobody any more."""


class DummyTempoSource(TempoSource):
    """Leads as it is told to: assign to `given`."""

    def __init__(self, given: ExternalBeatGrid | None = None) -> None:
        self.fixed_grid = given

    def beat_grid_at(self, at: int) -> ExternalBeatGrid | None:
        return self.fixed_grid


class MidiClockReceiver(TempoSource):
    """Follows a MIDI clock; give what it sends to `hear`, from any thread.

    The tempo is the slope of a straight line through the last clocks (least squares). Start,
    stop, continue and song position say which clock is on a beat; without them the first one is.

    Attributes
    ----------
    running : bool
        Whether the other is playing; clocks may come without.
    """

    def __init__(self, now: Callable[[], int] = time.monotonic_ns) -> None:
        self.running = False
        self._now = now
        self._times: deque[int] = deque(maxlen=TEMPO_WINDOW_CLOCKS)
        self._next_clock = 0
        self._port: str | None = None
        self._lock = Lock()

    def on_message(self, received: ReceivedMessage) -> None:
        """A message of a clock came in. Of several clocks the first is heard, until it stops."""
        message, at = received.message, received.at
        with self._lock:
            if self._port not in (None, received.port) and not self._has_timed_out(at):
                return
            self._port = received.port
            match message.type:
                case "clock":
                    self._record_clock(at)
                case "start":
                    self.running, self._next_clock = True, 0
                case "continue":
                    self.running = True
                case "stop":
                    self.running = False
                case "songpos":
                    self._next_clock = message.pos * CLOCKS_PER_SONG_POSITION

    @property
    def position_beats(self) -> float:
        """Where the other is, beats from its beginning."""
        return max(0, self._next_clock - 1) / CLOCKS_PER_QUARTER

    def beat_grid_at(self, at: int) -> ExternalBeatGrid | None:
        with self._lock:
            if len(self._times) < MIN_TEMPO_CLOCKS or self._has_timed_out(at):
                return None
            times = np.array(self._times, dtype=np.int64)
            following = self._next_clock
        first = int(times[0])
        slope, start = np.polyfit(np.arange(len(times)), (times - first).astype(np.float64), 1)
        beat = slope * CLOCKS_PER_QUARTER
        if not 60e9 / MAX_CLOCK_TEMPO_BPM <= beat <= 60e9 / MIN_CLOCK_TEMPO_BPM:
            return None
        whole = (
            (following - 1) // CLOCKS_PER_QUARTER * CLOCKS_PER_QUARTER
        )  # number of the last clock on a beat
        index = whole - (following - len(times))
        return ExternalBeatGrid(first + round(start + index * slope), round(beat))

    def _record_clock(self, at: int) -> None:
        if self._has_timed_out(at) or (self._times and at < self._times[-1]):
            self._times.clear()
        self._times.append(at)
        self._next_clock += 1

    def _has_timed_out(self, at: int) -> bool:
        return not self._times or at - self._times[-1] > CLOCK_TIMEOUT_NS
