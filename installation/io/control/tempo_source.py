"""Tempo sources: external beats, such as those of a drum machine or a DAW."""

from __future__ import annotations

import logging
import math
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from threading import Lock
from time import monotonic_ns

import numpy as np

from installation.io.midi.inputs import ReceivedMessage
from midi_data.beat_grid import BeatGrid

CLOCKS_PER_QUARTER = 24
"""MIDI clocks in a quarter note (MIDI 1.0 Detailed Specification, "System Real Time")."""
CLOCKS_PER_SONG_POSITION = 6  # MIDI clocks in a unit of song position, a sixteenth note
TEMPO_WINDOW_CLOCKS = 2 * CLOCKS_PER_QUARTER
"""Clocks the tempo is fitted to: enough to even out a cable's jitter, few enough to follow."""
MIN_TEMPO_CLOCKS = 12  # fewest clocks that give a tempo
MIN_CLOCK_TEMPO_BPM, MAX_CLOCK_TEMPO_BPM = 20.0, 300.0  # range of accepted tempos, beats a minute
CLOCK_TIMEOUT_NS = 500_000_000  # time without a clock after which its tempo ends, ns
QUANTUM_BEATS = 4.0
"""Beats in a bar of a clock, and of Ableton Link, which shares phases modulo this."""


log = logging.getLogger(__name__)


class AbletonLinkUnavailable(RuntimeError):  # noqa: N818 - a state of the machine, no mistake
    """Ableton Link is not available; the message says how to get it."""


class TempoSource(ABC):
    """A source of beats that the piece follows."""

    @abstractmethod
    def beat_grid_at(self, time: int) -> BeatGrid | None:
        """The beats around a time, monotonic ns; None while there is no external tempo."""

    def bar_line_after(self, time: int) -> int | None:
        """The first bar line of four beats from a time on, both monotonic ns; None if unknown."""
        return None

    def close(self) -> None:  # noqa: B027 - most sources have nothing to release
        """Release the device."""


class DummyTempoSource(TempoSource):
    """A source with fixed beats.

    Parameters
    ----------
    fixed_grid : BeatGrid, optional
        May be assigned to.
    first_bar_beat : int, optional
        Beat of the grid that is a bar line; by default no bar line is known.
    """

    def __init__(
        self, fixed_grid: BeatGrid | None = None, first_bar_beat: int | None = None
    ) -> None:
        self.fixed_grid = fixed_grid
        self._first_bar_beat = first_bar_beat

    def beat_grid_at(self, time: int) -> BeatGrid | None:
        return self.fixed_grid

    def bar_line_after(self, time: int) -> int | None:
        if self.fixed_grid is None or self._first_bar_beat is None:
            return None
        return _bar_line_after(time, self.fixed_grid, -self._first_bar_beat)


def _bar_line_after(time: int, grid: BeatGrid, number: int) -> int:
    """The first bar line from a time on, ns; `number` is that of the grid's beat 0 in the song."""
    bar = math.ceil((grid.beat_at_time(time) + number) / QUANTUM_BEATS - 1e-6)
    return grid.time_at_beat(bar * QUANTUM_BEATS - number)


class MidiClockReceiver(TempoSource):
    """Follows a MIDI clock whose messages are given to `on_message`, from any thread.

    The tempo is the slope of a straight line through the last clocks (least squares). Start and
    song position tell which clock is on a beat and on a bar line. Without them the first one is
    taken for a beat, and no bar line is known.

    Parameters
    ----------
    on_transport : callable, optional
        Gets whether the clock that is followed starts or stops, and when, ns.
    """

    def __init__(self, on_transport: Callable[[bool, int], None] = lambda plays, at: None) -> None:
        self._on_transport, self._refused = on_transport, set[str]()
        self._times: deque[int] = deque(maxlen=TEMPO_WINDOW_CLOCKS)
        self._next_clock, self._is_place_known = 0, False
        self._halted_at: int | None = None  # clock of the song at which it was stopped
        self._port: str | None = None
        self._lock = Lock()

    def on_message(self, received: ReceivedMessage) -> None:
        """Handle a message of a clock; of several clocks the first is followed until it stops.

        A reset means that the device is gone: what it stopped goes on, as it does where another
        clock takes over.
        """
        message, time = received.message, received.at
        if message.type == "reset":
            self._forget_clock(received.port, time)
            return
        was_stopped = False
        with self._lock:
            if self._port not in (None, received.port):
                if not self._has_timed_out(time):
                    self._refuse(received.port)
                    return
                was_stopped = self._reset()
            self._port = received.port
            if message.type == "clock":
                self._record_clock(time)
            elif message.type == "start":
                self._next_clock, self._is_place_known, self._halted_at = 0, True, None
            elif message.type == "stop":
                self._halted_at = self._next_clock
            elif message.type == "continue" and self._halted_at is not None:
                self._next_clock, self._halted_at = self._halted_at, None
            elif message.type == "songpos":
                self._next_clock = message.pos * CLOCKS_PER_SONG_POSITION
                self._is_place_known = True
                self._halted_at = None if self._halted_at is None else self._next_clock
        if was_stopped or message.type in ("start", "continue", "stop"):
            self._on_transport(message.type != "stop", time)

    def _forget_clock(self, port: str, time: int) -> None:
        with self._lock:
            if port != self._port:
                return
            was_stopped, self._port = self._reset(), None
        if was_stopped:
            self._on_transport(True, time)

    def _reset(self) -> bool:
        """Forget the song and the tempo of the clock; whether it was stopped."""
        was_stopped = self._halted_at is not None
        self._times.clear()
        self._next_clock, self._is_place_known, self._halted_at = 0, False, None
        return was_stopped

    def _refuse(self, port: str) -> None:
        """Say once why the clock of a port is not followed."""
        if port not in self._refused:
            self._refused.add(port)
            log.warning(
                "the clock of %s is not followed: %s leads until it stops", port, self._port
            )

    def beat_grid_at(self, time: int) -> BeatGrid | None:
        return None if (found := self._fit(time)) is None else found[0]

    def bar_line_after(self, time: int) -> int | None:
        found = self._fit(time) if self._is_place_known else None
        return None if found is None else _bar_line_after(time, *found)

    def _fit(self, time: int) -> tuple[BeatGrid, int] | None:
        """The beats around a time, and the number of the beat at their origin within the song."""
        with self._lock:
            if len(self._times) < MIN_TEMPO_CLOCKS or self._has_timed_out(time):
                return None
            times = np.array(self._times, dtype=np.int64)
            next_clock = self._next_clock
        first = int(times[0])
        slope, start = np.polyfit(np.arange(len(times)), (times - first).astype(np.float64), 1)
        beat = slope * CLOCKS_PER_QUARTER
        if not 60e9 / MAX_CLOCK_TEMPO_BPM <= beat <= 60e9 / MIN_CLOCK_TEMPO_BPM:
            return None
        last_beat = (next_clock - 1) // CLOCKS_PER_QUARTER
        index = last_beat * CLOCKS_PER_QUARTER - (next_clock - len(times))
        return BeatGrid(first + round(start + index * slope), round(beat)), last_beat

    def _record_clock(self, time: int) -> None:
        if self._has_timed_out(time) or time < self._times[-1]:
            self._times.clear()
        self._times.append(time)
        self._next_clock += 1

    def _has_timed_out(self, time: int) -> bool:
        return not self._times or time - self._times[-1] > CLOCK_TIMEOUT_NS


class AbletonLinkSource(TempoSource):
    """A peer in an Ableton Link session: a beat shared with other programs on the local network.

    The first peer of a session sets the tempo; it is followed as long as there are other peers.

    Parameters
    ----------
    tempo : float
        Tempo of the session if there is no other peer, beats a minute.

    Raises
    ------
    AbletonLinkUnavailable
        If the library is not installed.
    """

    def __init__(self, tempo: float) -> None:
        check_link()
        import link

        self._link = link.Link(tempo)
        self._clock = self._link.clock()
        self._link.enabled = True

    @property
    def peer_count(self) -> int:
        """Number of other peers."""
        return self._link.numPeers()

    def beat_grid_at(self, time: int) -> BeatGrid | None:
        return None if (found := self._beats()) is None else found[0]

    def bar_line_after(self, time: int) -> int | None:
        return None if (found := self._beats()) is None else _bar_line_after(time, *found)

    def _beats(self) -> tuple[BeatGrid, int] | None:
        """The beats of the session, and the number of the beat at their origin, a bar line at 0."""
        if not self._link.enabled or not self.peer_count:
            return None
        state = self._link.captureAppSessionState()
        micros = self._clock.micros()
        offset = monotonic_ns() - 1000 * micros  # our clock less Link's, ns
        beat = math.floor(state.beatAtTime(micros, QUANTUM_BEATS))
        origin = 1000 * state.timeAtBeat(beat, QUANTUM_BEATS) + offset
        return BeatGrid(round(origin), round(60e9 / state.tempo())), beat

    def close(self) -> None:
        self._link.enabled = False


def check_link() -> None:
    """Raise `AbletonLinkUnavailable` if the library of Ableton Link is not installed."""
    try:
        import link  # noqa: F401 - whether it exists is the question
    except ImportError as error:
        raise AbletonLinkUnavailable(
            'no Ableton Link: pip install "hidden-state[link]" brings it'
        ) from error
