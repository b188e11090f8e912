"""Tempo shared with other devices: beats from an external source, and MIDI clock for others."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from threading import Event

import mido

from installation.io.control.tempo_source import (
    CLOCKS_PER_QUARTER,
    CLOCKS_PER_SONG_POSITION,
    DummyTempoSource,
    TempoSource,
)
from installation.io.midi.outputs import ReconnectingOutput
from messages.clock import MILLISECOND, Clock
from midi_data.beat_grid import BeatGrid
from midi_data.beat_tracking import TempoTracker

DEFAULT_TEMPO_BPM = 100.0  # tempo without a visitor and without a setting, beats per minute
MAX_CLOCK_SLEW = 0.1
"""Largest relative change of the time between two MIDI clocks; other devices follow that."""
SYNC_TOLERANCE_NS = 2 * MILLISECOND
"""Distance from the external beats that is not corrected, ns: clock jitter must not move notes."""
SYNC_HORIZON_BEATS = 4  # number of beats over which the distance must stay within the tolerance
MAX_CLOCK_LATENESS_NS = 100 * MILLISECOND
"""Lateness from which MIDI clocks are left out, ns: a burst would disturb the tempo of others."""
MAX_SONG_POSITION = 16383  # largest MIDI song position, sixteenth notes (14 bits)


class SyncedTempo(TempoTracker):
    """The tempo of an external source; the visitor's tempo while there is none."""

    def __init__(self, tempo: float, source: TempoSource | None = None) -> None:
        super().__init__(tempo)
        self._source = source or DummyTempoSource()
        self._now = 0

    @property
    def beat_ns(self) -> int:
        external = self._external_grid
        return super().beat_ns if external is None else external.beat_ns

    @property
    def is_external(self) -> bool:
        """Whether there are beats of an external source."""
        return self._external_grid is not None

    def set_time(self, at: int) -> None:
        """Set the time (ns) for which the source is asked."""
        self._now = at

    def bar_line_after(self, time: int) -> int | None:
        """The first external bar line from a time on, both ns; None if there is none."""
        return self._source.bar_line_after(time)

    def align(self, grid: BeatGrid, about: int) -> BeatGrid:
        """Align a grid with the external beats; it moves by half a beat at most at `about` (ns)."""
        external = self._external_grid
        if external is None:
            return grid
        moved = grid.aligned_to(external, about)
        offset = moved.time_at_beat(grid.beat_at_time(about)) - about
        drift = abs(moved.beat_ns - grid.beat_ns) * SYNC_HORIZON_BEATS
        return grid if max(abs(offset), drift) < SYNC_TOLERANCE_NS else moved

    @property
    def _external_grid(self) -> BeatGrid | None:
        return self._source.beat_grid_at(self._now)


class MidiClockSender:
    """Sends MIDI clock, start, stop and song position on the network's beats.

    `run` is the body of a thread; `pump` does the same for a caller with its own clock. When the
    beats move, the clocks follow by no more than `MAX_CLOCK_SLEW`. A port that connects late gets
    the song position and continues at the next sixteenth; after a stall, all ports do.

    Parameters
    ----------
    ports : sequence of ReconnectingOutput
    beat_grid : callable
        Returns the current `BeatGrid`.
    start : int
        The first clock is sent on the first beat from this time on, ns.

    Attributes
    ----------
    clock_count : int
        Number of clocks sent or left out.
    """

    def __init__(
        self, ports: Sequence[ReconnectingOutput], beat_grid: Callable[[], BeatGrid], start: int
    ) -> None:
        self._ports = tuple(ports)
        self._beat_grid = beat_grid
        self._connected_names = {id(port): port.connected_port for port in ports}
        self.clock_count = 0
        self._due = self._first_beat(start)

    def pump(self, now: int) -> int:
        """Send the clocks due by `now` (ns); returns when the next one is due, ns."""
        if now - self._due > MAX_CLOCK_LATENESS_NS:
            self._skip_missed_clocks(now)
        while round(self._due) <= now:
            self._send_clock()
        return round(self._due)

    def run(self, clock: Clock, stop: Event) -> None:
        """Send clocks until `stop` is set."""
        while not stop.is_set():
            clock.wait_until(self.pump(clock.now()), stop)
        self.stop()

    def stop(self) -> None:
        """Send a stop message."""
        self._send(mido.Message("stop"))

    def _first_beat(self, earliest: int) -> float:
        grid = self._beat_grid()
        return float(grid.time_at_beat(math.ceil(grid.beat_at_time(earliest))))

    def _send_clock(self) -> None:
        if self.clock_count == 0:
            self._send(mido.Message("start"))
        elif self.clock_count % CLOCKS_PER_SONG_POSITION == 0:
            self._continue_new_ports()
        self._send(mido.Message("clock"))
        self.clock_count += 1
        self._due = self._next_due()

    def _skip_missed_clocks(self, now: int) -> None:
        """Leave out the missed clocks: all ports stop, and continue at the next sixteenth."""
        if self.clock_count == 0:
            self._due = self._first_beat(now)
            return
        period = self._beat_grid().beat_ns / CLOCKS_PER_QUARTER
        missed = math.ceil((now - self._due) / period)
        self.clock_count += missed
        self._due += missed * period
        self._send(mido.Message("stop"))
        self._connected_names = dict.fromkeys(self._connected_names)

    def _next_due(self) -> float:
        grid = self._beat_grid()
        period = grid.beat_ns / CLOCKS_PER_QUARTER
        due = self._due + period
        offset = (grid.origin_ns + self.clock_count * period - due) % grid.beat_ns
        if 2 * offset > grid.beat_ns:
            offset -= grid.beat_ns
        return due + min(MAX_CLOCK_SLEW * period, max(-MAX_CLOCK_SLEW * period, offset))

    def _continue_new_ports(self) -> None:
        """Send the song position and a continue message to ports that connected since."""
        position = self.clock_count // CLOCKS_PER_SONG_POSITION % (MAX_SONG_POSITION + 1)
        for port in self._ports:
            name = port.connected_port
            if name is not None and name != self._connected_names[id(port)]:
                port.send(mido.Message("songpos", pos=position))
                port.send(mido.Message("continue"))
            self._connected_names[id(port)] = name

    def _send(self, message: mido.Message) -> None:
        for port in self._ports:
            port.send(message)
