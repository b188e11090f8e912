"""Leading: beats that somebody outside gives, and beats we give to others."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from threading import Event

import mido

from installation.engine.phrase_generator import Axis
from installation.engine.tempo import TempoTracker
from installation.io.control.tempo_source import (
    PULSES,
    PULSES_IN_POSITION,
    DummyPulseSource,
    Pulse,
    PulseSource,
)
from installation.io.midi.reconnecting_output import Socket
from messages.clock import MILLISECOND, Clock

SLEW = 0.1
"""A clock is never more than this share too near to or too far from the last: gear follows that."""
DEAF = 2_000_000
"""Beats that are nearer than this to those of whoever leads stay where they are, ns..."""
BEATS_AHEAD = 4
"""...now, and so many beats later: a clock's jitter must not reach the notes."""
TOO_LATE = 100 * MILLISECOND
"""Clocks that are later than this are left out: a burst would throw gear off its tempo, ns."""
HIGHEST_POSITION = 16383
"""Song positions there are, in sixteenths (14 bits)."""


def led(axis: Axis, pulse: Pulse, about: int) -> Axis:
    """An axis with the tempo of a pulse and its beats on the pulse's.

    Parameters
    ----------
    axis : Axis
    pulse : Pulse
    about : int
        About this moment (ns) nothing moves by more than half a beat.
    """
    origin = about - round(axis.beats(about) * pulse.beat)
    off = (pulse.origin - origin) % pulse.beat
    if 2 * off > pulse.beat:
        off -= pulse.beat
    return Axis(origin + off, pulse.beat)


class LedTempo(TempoTracker):
    """The tempo of whoever leads; the visitor's while nobody does.

    Parameters
    ----------
    tempo : float
        Beats a minute until something is heard.
    source : PulseSource, optional
    """

    def __init__(self, tempo: float, source: PulseSource | None = None) -> None:
        super().__init__(tempo)
        self.source = source or DummyPulseSource()
        self._at = 0

    @property
    def beat(self) -> int:
        pulse = self.source.pulse(self._at)
        return super().beat if pulse is None else pulse.beat

    def look(self, at: int) -> None:
        """It is `at` now, ns."""
        self._at = at

    def align(self, axis: Axis, about: int) -> Axis:
        """The axis as whoever leads has it (`led`), or as it is."""
        pulse = self.source.pulse(self._at)
        if pulse is None:
            return axis
        moved = led(axis, pulse, about)
        off = moved.time(axis.beats(about)) - about
        near = abs(off) < DEAF and abs(moved.beat - axis.beat) * BEATS_AHEAD < DEAF
        return axis if near else moved


class ClockSender:
    """Sends MIDI clock: 24 to a beat of the network's, start, stop, and where we are.

    It has a thread of its own, or is pumped by hand. Where the beats move, the clocks are pulled
    after them by no more than `SLEW`. A port that is plugged in late is told the song position
    and to continue at the next sixteenth; so are all after the machine stalled.

    Parameters
    ----------
    sockets : sequence of Socket
    axis : callable
        Where our beats lie now.
    start : int
        The first clock is on the first beat from here on, ns.
    """

    def __init__(self, sockets: Sequence[Socket], axis: Callable[[], Axis], start: int) -> None:
        self._sockets = tuple(sockets)
        self._axis = axis
        self._plugged = {id(socket): socket.plugged for socket in sockets}
        self._count = 0
        first = axis()
        self._due = float(first.time(math.ceil(first.beats(start))))

    def pump(self, now: int) -> int:
        """Send the clocks due by `now`; returns when the next is, ns."""
        if now - self._due > TOO_LATE:
            self._leave_out(now)
        while round(self._due) <= now:
            self._pulse()
        return round(self._due)

    def run(self, clock: Clock, stop: Event) -> None:
        """Send by the clock until `stop` is set: the body of a thread."""
        while not stop.is_set():
            clock.wait_until(self.pump(clock.now()), stop)
        self.stop()

    def stop(self) -> None:
        """Tell the others that we stop."""
        self._send(mido.Message("stop"))

    def _pulse(self) -> None:
        if self._count == 0:
            self._send(mido.Message("start"))
        elif self._count % PULSES_IN_POSITION == 0:
            self._welcome()
        self._send(mido.Message("clock"))
        self._count += 1
        self._due = self._next_due()

    def _leave_out(self, now: int) -> None:
        """Clocks were missed: the others stop, and join again where we are then."""
        axis = self._axis()
        if self._count == 0:
            self._due = float(axis.time(math.ceil(axis.beats(now))))
            return
        missed = math.ceil((now - self._due) * PULSES / axis.beat)
        self._count += missed
        self._due += missed * axis.beat / PULSES
        self._send(mido.Message("stop"))
        self._plugged = dict.fromkeys(self._plugged)

    def _next_due(self) -> float:
        axis = self._axis()
        period = axis.beat / PULSES
        due = self._due + period
        off = (axis.origin + self._count * period - due) % axis.beat
        if 2 * off > axis.beat:
            off -= axis.beat
        return due + min(SLEW * period, max(-SLEW * period, off))

    def _welcome(self) -> None:
        """Those plugged in since join at this sixteenth."""
        for socket in self._sockets:
            name = socket.plugged
            if name is not None and name != self._plugged[id(socket)]:
                position = self._count // PULSES_IN_POSITION
                socket.send(mido.Message("songpos", pos=position % (HIGHEST_POSITION + 1)))
                socket.send(mido.Message("continue"))
            self._plugged[id(socket)] = name

    def _send(self, message: mido.Message) -> None:
        for socket in self._sockets:
            socket.send(message)
