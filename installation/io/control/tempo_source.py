"""Pulse: where the beats lie that somebody outside gives, such as a drum machine or a DAW."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

import numpy as np

from installation.io.midi.inputs import Received

PULSES = 24
"""MIDI clocks in a quarter note (MIDI 1.0 Detailed Specification, "System Real Time")."""
PULSES_IN_POSITION = 6
"""MIDI clocks in a unit of song position, a sixteenth note."""
MEMORY = 2 * PULSES
"""Clocks the tempo is taken from: enough to even out a cable's jitter, few enough to follow."""
FEWEST = 12
"""Clocks without which there is no tempo yet."""
SLOWEST, FASTEST = 20.0, 300.0
"""Tempos that are believed, beats a minute."""
SILENCE = 500_000_000
"""Without a clock for so long nobody leads any more, ns."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """A beat falls on `origin` (ns) and on every `beat` ns before and after it."""

    origin: int
    beat: int


class PulseSource(ABC):
    """Somebody who may lead."""

    @abstractmethod
    def pulse(self, at: int) -> Pulse | None:
        """Where beats lie about `at` (ns); None if nobody leads."""

    def close(self) -> None:  # noqa: B027 - most have nothing to let go of
        """Follow nobody any more."""


class DummyPulseSource(PulseSource):
    """Leads as it is told to: assign to `given`."""

    def __init__(self, given: Pulse | None = None) -> None:
        self.given = given

    def pulse(self, at: int) -> Pulse | None:
        return self.given


class ClockFollower(PulseSource):
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
        self._times: deque[int] = deque(maxlen=MEMORY)
        self._next = 0
        self._port: str | None = None
        self._lock = Lock()

    def hear(self, received: Received) -> None:
        """A message of a clock came in. Of several clocks the first is heard, until it stops."""
        message, at = received.message, received.at
        with self._lock:
            if self._port not in (None, received.port) and not self._is_silent(at):
                return
            self._port = received.port
            match message.type:
                case "clock":
                    self._tick(at)
                case "start":
                    self.running, self._next = True, 0
                case "continue":
                    self.running = True
                case "stop":
                    self.running = False
                case "songpos":
                    self._next = message.pos * PULSES_IN_POSITION

    @property
    def position(self) -> float:
        """Where the other is, beats from its beginning."""
        return max(0, self._next - 1) / PULSES

    def pulse(self, at: int) -> Pulse | None:
        with self._lock:
            if len(self._times) < FEWEST or self._is_silent(at):
                return None
            times = np.array(self._times, dtype=np.int64)
            following = self._next
        first = int(times[0])
        slope, start = np.polyfit(np.arange(len(times)), (times - first).astype(np.float64), 1)
        beat = slope * PULSES
        if not 60e9 / FASTEST <= beat <= 60e9 / SLOWEST:
            return None
        whole = (following - 1) // PULSES * PULSES  # number of the last clock on a beat
        index = whole - (following - len(times))
        return Pulse(first + round(start + index * slope), round(beat))

    def _tick(self, at: int) -> None:
        if self._is_silent(at) or (self._times and at < self._times[-1]):
            self._times.clear()
        self._times.append(at)
        self._next += 1

    def _is_silent(self, at: int) -> bool:
        return not self._times or at - self._times[-1] > SILENCE
