"""State sender: reads the live state sixty times a second and sends what config.toml asks for."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event, Thread

from installation.config import OutSettings
from installation.engine.publisher import Subscriber
from installation.io.control.osc import ControlOutput, OscOutput
from installation.io.midi.outputs import ReconnectingOutput
from installation.state_out.live_state import StateFollower
from installation.state_out.state_outputs import (
    ARTNET_PORT,
    SACN_PORT,
    ArtNetUniverse,
    ControllerOutput,
    DmxChannelOutput,
    DmxUniverse,
    OscStateOutput,
    SacnUniverse,
    StateOutput,
)
from installation.state_out.state_sources import StateSource
from messages.clock import SECOND, Clock
from messages.cues import StageMessage
from midi_data.beat_grid import BeatGrid

SEND_INTERVAL_NS = SECOND // 60  # time between two values, ns
CLOSE_TIMEOUT_S = 1.0


@dataclass(slots=True)
class StateMapping:
    """One value on its way: read, smoothed, scaled and sent.

    Parameters
    ----------
    source : StateSource
    output : StateOutput
    low, high : float
        Values that are sent as 0 and as 1; `high` may be the lower one.
    smoothing_s : float
        Time in which the value goes 63 % of the way to a new one, seconds; 0 is at once.
    """

    source: StateSource
    output: StateOutput
    low: float
    high: float
    smoothing_s: float
    _value: float | None = field(default=None, init=False)

    def send(self, value: float, elapsed_ns: int) -> None:
        """Send a value that came `elapsed_ns` after the one before."""
        if self._value is None or self.smoothing_s <= 0.0:
            self._value = value
        else:
            share = 1.0 - math.exp(-elapsed_ns / SECOND / self.smoothing_s)
            self._value += share * (value - self._value)
        scaled = (self._value - self.low) / (self.high - self.low)
        self.output.send(min(1.0, max(0.0, scaled)))


class StateSender(Subscriber):
    """Sends the live state, on its own thread or pumped by the caller.

    Parameters
    ----------
    mappings : sequence of StateMapping
    axis : callable
        Returns the beat grid that the music follows.
    clock : Clock
    universes : sequence of DmxUniverse
    osc : sequence of ControlOutput
        They, too, are closed with this object.
    """

    def __init__(
        self,
        mappings: Sequence[StateMapping],
        axis: Callable[[], BeatGrid],
        clock: Clock,
        universes: Sequence[DmxUniverse] = (),
        osc: Sequence[ControlOutput] = (),
    ) -> None:
        self._mappings, self._clock = tuple(mappings), clock
        self._universes, self._osc = tuple(universes), tuple(osc)
        self._follower = StateFollower(axis)
        self._pumped_at = clock.now()
        self._stop = Event()
        self._thread: Thread | None = None

    def send_message(self, message: StageMessage) -> None:
        self._follower.send_message(message)

    def pump(self, now: int) -> None:
        """Send the state of the time `now`, ns."""
        state, elapsed = self._follower.state_at(now), now - self._pumped_at
        self._pumped_at = now
        for mapping in self._mappings:
            mapping.send(mapping.source.read(state), elapsed)
        for universe in self._universes:
            universe.flush(now)

    def tick(self, due: int) -> int:
        """Send the state of now, which was due at `due` (ns); returns when the next one is, ns.

        Values that are late are left out: a stall is followed by no burst.
        """
        self.pump(self._clock.now())
        return max(due + SEND_INTERVAL_NS, self._clock.now())

    def start(self) -> None:
        """Start a thread that pumps."""
        self._thread = Thread(target=self._run, name="state out", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the thread, and close what belongs to this object."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(CLOSE_TIMEOUT_S)
        for each in (*self._universes, *self._osc):
            each.close()

    def _run(self) -> None:
        due = self._clock.now()
        while not self._stop.is_set():
            due = self.tick(due)
            self._stop.wait((due - self._clock.now()) / SECOND)


def check_sources(settings: Sequence[OutSettings], layers: int, units: int) -> None:
    """Check that a network has the units that are sent.

    Parameters
    ----------
    settings : sequence of OutSettings
    layers, units : int
        Of the network.

    Raises
    ------
    StateSourceError
    """
    for one in settings:
        StateSource.parse(one.source).require_in(layers, units)


def create_state_sender(
    settings: Sequence[OutSettings],
    ports: Mapping[str, ReconnectingOutput],
    axis: Callable[[], BeatGrid],
    clock: Clock,
) -> StateSender | None:
    """The sender that the settings ask for; None if they ask for none.

    Parameters
    ----------
    settings : sequence of OutSettings
    ports : mapping of str to ReconnectingOutput
        MIDI outputs by the names in the settings.
    axis : callable
        Returns the beat grid that the music follows.
    clock : Clock

    Returns
    -------
    StateSender or None

    Raises
    ------
    OscUnavailable, SacnUnavailable
        If python-osc or sacn is asked for and not installed.
    """
    if not settings:
        return None
    universes: dict[tuple[str, int], DmxUniverse] = {}
    receivers: dict[str, OscOutput] = {}
    mappings = []
    for one in settings:
        output: StateOutput
        if one.osc:
            receiver, address = one.osc.split("/", 1)
            if receiver not in receivers:
                host, port = receiver.split(":")
                receivers[receiver] = OscOutput([(host, int(port))])
            output = OscStateOutput(receivers[receiver], f"/{address}")
        elif one.midi:
            output = ControllerOutput(ports[one.midi], one.channel - 1, one.cc, one.fine)
        else:
            receiver = one.artnet or one.sacn
            kind, usual = (ArtNetUniverse, ARTNET_PORT) if one.artnet else (SacnUniverse, SACN_PORT)
            key = receiver, one.universe
            if key not in universes:
                host, _, port = receiver.partition(":")
                universes[key] = kind(host, int(port or usual), one.universe)
            output = DmxChannelOutput(universes[key], one.dmx, one.fine)
        source = StateSource.parse(one.source)
        low, high = one.range or source.range
        smoothing_s = 0.0 if source.jumps else one.smooth
        mappings.append(StateMapping(source, output, low, high, smoothing_s))
    return StateSender(mappings, axis, clock, tuple(universes.values()), tuple(receivers.values()))
