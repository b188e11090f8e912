"""The visitor's hands: keys sound the moment they are pressed, then the performer is told."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, RLock

import mido

from installation.engine.guest_model import Adopted, Present
from installation.engine.live_controls import Steered
from installation.io.midi.outputs import TimedOutput
from messages.cues import Source
from messages.gestures import Attend, Demonstrate, Hush

SUSTAIN = 64
"""Controller number of the sustain pedal."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pressed:
    """A visitor's key went down at `at`, ns."""

    pitch: int
    velocity: int
    at: int


@dataclass(frozen=True, slots=True)
class Released:
    """A visitor's note stopped at `at`, ns: key and pedal are both up."""

    pitch: int
    at: int


Watched = Attend | Demonstrate | Hush
VisitorEvent = Pressed | Released | Steered | Watched | Adopted | Present


class Visitor:
    """Turns keys and pedal of any input into sound and events.

    Every method may be called from any thread; none waits for the composer.

    Parameters
    ----------
    ports : sequence of TimedOutput
        Where the keys sound, on the visitor's channel.
    """

    def __init__(self, ports: Sequence[TimedOutput]) -> None:
        self._ports = tuple(ports)
        self._events: SimpleQueue[VisitorEvent] = SimpleQueue()
        self._down: set[int] = set()
        self._sustained: set[int] = set()
        self._pedal = False
        self._failing: set[str] = set()
        self._lock = RLock()
        self._news = Event()

    def press(self, pitch: int, velocity: int, at: int) -> None:
        """A key went down; one that sounds already is struck again."""
        with self._lock:
            if pitch in self._down or pitch in self._sustained:
                self._stop(pitch, at)
            self._send(
                mido.Message("note_on", note=pitch, velocity=velocity, channel=Source.VISITOR)
            )
            self._down.add(pitch)
            self._tell(Pressed(pitch, velocity, at))

    def release(self, pitch: int, at: int) -> None:
        """A key came up; one that was not down is ignored."""
        with self._lock:
            if pitch not in self._down:
                return
            self._down.discard(pitch)
            if self._pedal:
                self._sustained.add(pitch)
            else:
                self._stop(pitch, at)

    def pedal(self, down: bool, at: int) -> None:
        """The sustain pedal went down or up."""
        with self._lock:
            self._pedal = down
            if not down:
                for pitch in sorted(self._sustained):
                    self._stop(pitch, at)

    def release_all(self, at: int) -> None:
        """Let go of everything: a keyboard was unplugged, or the piece ends."""
        with self._lock:
            self._pedal = False
            for pitch in sorted(self._down | self._sustained):
                self._stop(pitch, at)

    def steer(self, steered: Steered) -> None:
        """Somebody changes how the network plays."""
        self._tell(steered)

    def watch(self, watched: Watched) -> None:
        """Somebody opens or closes a lesson at the window, or it wants to be heard."""
        self._tell(watched)

    def adopt(self, adopted: Adopted) -> None:
        """Somebody chooses another network to play with."""
        self._tell(adopted)

    def greet(self, present: Present) -> None:
        """A stage has opened, and does not know yet who plays."""
        self._tell(present)

    def receive(self, message: mido.Message, at: int) -> None:
        """Take a MIDI message from an instrument, whatever its channel."""
        if message.type == "note_on" and message.velocity > 0:
            self.press(message.note, message.velocity, at)
        elif message.type in ("note_on", "note_off"):
            self.release(message.note, at)
        elif message.type == "control_change" and message.control == SUSTAIN:
            self.pedal(message.value >= 64, at)
        elif message.type in ("control_change", "pitchwheel", "aftertouch", "polytouch"):
            self._send(message.copy(channel=Source.VISITOR))

    def drain(self) -> list[VisitorEvent]:
        """What happened since the last call, in order of arrival."""
        events: list[VisitorEvent] = []
        self._news.clear()
        while True:
            try:
                events.append(self._events.get_nowait())
            except Empty:
                return events

    def wait(self, seconds: float) -> None:
        """Sleep for so long, or until something happens that was not drained."""
        self._news.wait(seconds)

    def _stop(self, pitch: int, at: int) -> None:
        self._down.discard(pitch)
        self._sustained.discard(pitch)
        self._send(mido.Message("note_off", note=pitch, channel=Source.VISITOR))
        self._tell(Released(pitch, at))

    def _tell(self, event: VisitorEvent) -> None:
        self._events.put(event)
        self._news.set()

    def _send(self, message: mido.Message) -> None:
        for port in self._ports:
            try:
                port.send(message)
            except OSError as error:
                if port.name not in self._failing:
                    self._failing.add(port.name)
                    log.warning("%s takes no notes: %s", port.name, error)
            else:
                self._failing.discard(port.name)
