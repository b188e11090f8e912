"""Stand-ins: what takes the place of port and stage in a simulated exhibit."""

from __future__ import annotations

import errno
from collections.abc import Callable

import mido

from installation.engine.interfaces import CueSink
from installation.io.midi.outputs import TimedOutput
from messages.clock import VirtualClock
from messages.cues import Message, Source, Turn, TurnChange
from messages.wire_format import pack


class SimulatedPort(TimedOutput):
    """A port that can be pulled, and knows what sounds at its far end and for how long.

    Attributes
    ----------
    notes : dict of Source to int
        Note-ons that arrived.
    longest : int
        The longest a note sounded, ns.
    pulled : bool
    """

    def __init__(self, clock: VirtualClock) -> None:
        self.notes = dict.fromkeys(Source, 0)
        self.longest = 0
        self.pulled = False
        self.played: Callable[[int, bool], None] = lambda at, heard: None
        self._clock = clock
        self._on: dict[tuple[int, int], int] = {}
        super().__init__("simulated")

    def sounding(self, source: Source) -> int:
        """How many notes of somebody sound at the far end."""
        return sum(channel == source for channel, _ in self._on)

    def plug(self) -> None:
        """Plug it in again: what hung meanwhile is silenced."""
        self.pulled = False
        self._on = dict.fromkeys(self._on, self._clock.now())  # nobody heard them meanwhile
        self.silence()

    def _deliver(self, message: mido.Message) -> None:
        now = self._clock.now()
        if message.type == "note_on" and message.channel == Source.NETWORK:
            self.played(now, not self.pulled)
        if self.pulled:
            raise OSError(errno.ENODEV, "unplugged")
        if message.type == "note_on":
            self._on[message.channel, message.note] = now
            self.notes[Source(message.channel)] += 1
        elif message.type == "note_off":
            self._end((message.channel, message.note), now)
        elif message.is_cc(123):
            for key in [key for key in self._on if key[0] == message.channel]:
                self._end(key, now)

    def _end(self, key: tuple[int, int], now: int) -> None:
        self.longest = max(self.longest, now - self._on.pop(key, now))


class PackedCues(CueSink):
    """Packs cues as for the stage, and remembers whose turn it is."""

    def __init__(self) -> None:
        self.turn = Turn.ATTRACT
        self.cues = 0

    def put(self, message: Message) -> None:
        pack(message)
        self.cues += 1
        if isinstance(message, TurnChange):
            self.turn = message.turn
