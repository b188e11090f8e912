"""Leading: beats that somebody outside gives, and beats we give to others."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from threading import Event

import mido

from installation.engine.phrase_generator import BeatGrid
from installation.engine.tempo import TempoTracker
from installation.io.control.tempo_source import (
    CLOCKS_PER_QUARTER,
    CLOCKS_PER_SONG_POSITION,
    DummyTempoSource,
    ExternalBeatGrid,
    TempoSource,
)
from installation.io.midi.reconnecting_output import ReconnectingOutput
from messages.clock import MILLISECOND, Clock

MAX_CLOCK_SLEW = 0.1
"""A clock is never more than this share too near to or too far from the last: gear follows that."""
SYNC_TOLERANCE_NS = 2_000_000
"""Beats that are nearer than this to those of whoever leads stay where they are, ns..."""
SYNC_HORIZON_BEATS = 4
"""...now, and so many beats later: a clock's jitter must not reach the notes."""
MAX_CLOCK_LATENESS_NS = 100 * MILLISECOND
"""Clocks that are later than this are left out: a burst would throw gear off its tempo, ns."""
MAX_SONG_POSITION = 16383
"""Song positions there are, in sixteenths (14 bits)."""


def align_to_external(axis: BeatGrid, pulse: ExternalBeatGrid, about: int) -> BeatGrid:
    """An axis with the tempo of a pulse and its beats on the pulse's.

    Parameters
    ----------
    axis : Axis
    pulse : Pulse
    about : int
        About this moment (ns) nothing moves by more than half a beat.
    """
    origin = about - round(axis.beat_at_time(about) * pulse.beat_ns)
    off = (pulse.origin_ns - origin) % pulse.beat_ns
    if 2 * off > pulse.beat_ns:
        off -= pulse.beat_ns
    return BeatGrid(origin + off, pulse.beat_ns)


class SyncedTempo(TempoTracker):
    """The tempo of whoever leads; the visitor's while nobody does.

    Parameters
    ----------
    tempo : float
        Beats a minute until something is heard.
    source : TempoSource, optional
    """

    def __init__(self, tempo: float, source: TempoSource | None = None) -> None:
        super().__init__(tempo)
        self.source = source or DummyTempoSource()
        self._now = 0

    @property
    def beat_ns(self) -> int:
        pulse = self.source.beat_grid_at(self._now)
        return super().beat_ns if pulse is None else pulse.beat_ns

    def set_time(self, at: int) -> None:
        """It is `at` now, ns."""
        self._now = at

    def align(self, axis: BeatGrid, about: int) -> BeatGrid:
        """The axis as whoever leads has it (`align_to_external`), or as it is."""
        pulse = self.source.beat_grid_at(self._now)
        if pulse is None:
            return axis
        moved = align_to_external(axis, pulse, about)
        off = moved.time_at_beat(axis.beat_at_time(about)) - about
        near = (
            abs(off) < SYNC_TOLERANCE_NS
            and abs(moved.beat_ns - axis.beat_ns) * SYNC_HORIZON_BEATS < SYNC_TOLERANCE_NS
        )
        return axis if near else moved


class MidiClockSender:
    """Sends MIDI clock: 24 to a beat of the network's, start, stop, and where we are.

    It has a thread of its own, or is pumped by hand. Where the beats move, the clocks are pulled
    after them by no more than `MAX_CLOCK_SLEW`. A port that is plugged in late is told the song
    position and to continue at the next sixteenth; so are all after the machine stalled.

    Parameters
    ----------
    sockets : sequence of Socket
    axis : callable
        Where our beats lie now.
    start : int
        The first clock is on the first beat from here on, ns.
    """

    def __init__(
        self, sockets: Sequence[ReconnectingOutput], axis: Callable[[], BeatGrid], start: int
    ) -> None:
        self._sockets = tuple(sockets)
        self._beat_grid = axis
        self._plugged_names = {id(socket): socket.connected_port for socket in sockets}
        self._clock_count = 0
        first = axis()
        self._due = float(first.time_at_beat(math.ceil(first.beat_at_time(start))))

    def pump(self, now: int) -> int:
        """Send the clocks due by `now`; returns when the next is, ns."""
        if now - self._due > MAX_CLOCK_LATENESS_NS:
            self._skip_missed_clocks(now)
        while round(self._due) <= now:
            self._send_clock()
        return round(self._due)

    def run(self, clock: Clock, stop: Event) -> None:
        """Send by the clock until `stop` is set: the body of a thread."""
        while not stop.is_set():
            clock.wait_until(self.pump(clock.now()), stop)
        self.stop()

    def stop(self) -> None:
        """Tell the others that we stop."""
        self._send(mido.Message("stop"))

    def _send_clock(self) -> None:
        if self._clock_count == 0:
            self._send(mido.Message("start"))
        elif self._clock_count % CLOCKS_PER_SONG_POSITION == 0:
            self._start_new_ports()
        self._send(mido.Message("clock"))
        self._clock_count += 1
        self._due = self._next_due()

    def _skip_missed_clocks(self, now: int) -> None:
        """Clocks were missed: the others stop, and join again where we are then."""
        axis = self._beat_grid()
        if self._clock_count == 0:
            self._due = float(axis.time_at_beat(math.ceil(axis.beat_at_time(now))))
            return
        missed = math.ceil((now - self._due) * CLOCKS_PER_QUARTER / axis.beat_ns)
        self._clock_count += missed
        self._due += missed * axis.beat_ns / CLOCKS_PER_QUARTER
        self._send(mido.Message("stop"))
        self._plugged_names = dict.fromkeys(self._plugged_names)

    def _next_due(self) -> float:
        axis = self._beat_grid()
        period = axis.beat_ns / CLOCKS_PER_QUARTER
        due = self._due + period
        off = (axis.origin_ns + self._clock_count * period - due) % axis.beat_ns
        if 2 * off > axis.beat_ns:
            off -= axis.beat_ns
        return due + min(MAX_CLOCK_SLEW * period, max(-MAX_CLOCK_SLEW * period, off))

    def _start_new_ports(self) -> None:
        """Those plugged in since join at this sixteenth."""
        for socket in self._sockets:
            name = socket.connected_port
            if name is not None and name != self._plugged_names[id(socket)]:
                position = self._clock_count // CLOCKS_PER_SONG_POSITION
                socket.send(mido.Message("songpos", pos=position % (MAX_SONG_POSITION + 1)))
                socket.send(mido.Message("continue"))
            self._plugged_names[id(socket)] = name

    def _send(self, message: mido.Message) -> None:
        for socket in self._sockets:
            socket.send(message)
