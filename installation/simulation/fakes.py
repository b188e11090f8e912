"""Fake port and fake stage of a simulated exhibit."""

from __future__ import annotations

import errno
from collections.abc import Callable

import mido

from installation.engine.publisher import Subscriber
from installation.io.midi.active_notes import ALL_NOTES_OFF
from installation.io.midi.outputs import TimedOutput
from messages.clock import VirtualClock
from messages.cues import NoteSource, StageMessage, Turn, TurnChange
from messages.wire_format import pack


class SimulatedOutput(TimedOutput):
    """A port that can be unplugged, and that knows which notes sound at its far end."""

    def __init__(self, clock: VirtualClock) -> None:
        self.note_on_counts = dict.fromkeys(NoteSource, 0)
        self.longest_note_ns = 0
        self.unplugged = False
        self.on_network_note: Callable[[int, bool], None] = lambda at, heard: None
        self._clock = clock
        self._note_starts: dict[tuple[int, int], int] = {}
        super().__init__("simulated")

    def count_sounding(self, source: NoteSource) -> int:
        """Number of notes of a source that sound at the far end."""
        return sum(channel == source for channel, _ in self._note_starts)

    def replug(self) -> None:
        """Plug the port in again; notes left hanging are silenced."""
        self.unplugged = False
        now = self._clock.now()
        self._note_starts = dict.fromkeys(self._note_starts, now)  # they were inaudible so far
        self.silence()

    def _deliver(self, message: mido.Message) -> None:
        now = self._clock.now()
        if message.type == "note_on" and message.channel == NoteSource.NETWORK:
            self.on_network_note(now, not self.unplugged)
        if self.unplugged:
            raise OSError(errno.ENODEV, "unplugged")
        self.receive(message, now)

    def receive(self, message: mido.Message, now: int) -> None:
        """Take in a message at the far end, at time `now`, ns."""
        if message.type == "note_on":
            self._note_starts[message.channel, message.note] = now
            self.note_on_counts[NoteSource(message.channel)] += 1
        elif message.type == "note_off":
            self._end_note((message.channel, message.note), now)
        elif message.is_cc(ALL_NOTES_OFF):
            for key in [key for key in self._note_starts if key[0] == message.channel]:
                self._end_note(key, now)

    def _end_note(self, key: tuple[int, int], now: int) -> None:
        self.longest_note_ns = max(self.longest_note_ns, now - self._note_starts.pop(key, now))


class PackingCueSink(Subscriber):
    """Packs messages as for the stage, and keeps the turn."""

    def __init__(self) -> None:
        self.turn = Turn.ATTRACT

    def send_message(self, message: StageMessage) -> None:
        pack(message)
        if isinstance(message, TurnChange):
            self.turn = message.turn
