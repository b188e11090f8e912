"""The visitor's hands: keys sound the moment they are pressed, then the performer is told."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, RLock

import mido

from installation.engine.guest_model import ComposerChange, StageReady
from installation.engine.live_controls import LiveControlChange
from installation.io.midi.outputs import TimedOutput
from messages.cues import NoteSource
from messages.gestures import LessonOpenChange, LessonPlayRequest, LessonSilenceRequest

SUSTAIN_CONTROLLER = 64
"""Controller number of the sustain pedal."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A visitor's key went down at `at`, ns."""

    pitch: int
    velocity: int
    at: int


@dataclass(frozen=True, slots=True)
class NoteStopped:
    """A visitor's note stopped at `at`, ns: key and pedal are both up."""

    pitch: int
    at: int


LessonRequest = LessonOpenChange | LessonPlayRequest | LessonSilenceRequest
PerformerEvent = (
    KeyPressed | NoteStopped | LiveControlChange | LessonRequest | ComposerChange | StageReady
)


class KeyInput:
    """Turns keys and pedal of any input into sound and events.

    Every method may be called from any thread; none waits for the composer.

    Parameters
    ----------
    ports : sequence of TimedOutput
        Where the keys sound, on the visitor's channel.
    """

    def __init__(self, ports: Sequence[TimedOutput]) -> None:
        self._ports = tuple(ports)
        self._events: SimpleQueue[PerformerEvent] = SimpleQueue()
        self._held_keys: set[int] = set()
        self._sustained_keys: set[int] = set()
        self._pedal_down = False
        self._failed_ports: set[str] = set()
        self._lock = RLock()
        self._event_arrived = Event()

    def press(self, pitch: int, velocity: int, at: int) -> None:
        """A key went down; one that sounds already is struck again."""
        with self._lock:
            if pitch in self._held_keys or pitch in self._sustained_keys:
                self._end_note(pitch, at)
            self._send(
                mido.Message("note_on", note=pitch, velocity=velocity, channel=NoteSource.VISITOR)
            )
            self._held_keys.add(pitch)
            self._enqueue(KeyPressed(pitch, velocity, at))

    def release(self, pitch: int, at: int) -> None:
        """A key came up; one that was not down is ignored."""
        with self._lock:
            if pitch not in self._held_keys:
                return
            self._held_keys.discard(pitch)
            if self._pedal_down:
                self._sustained_keys.add(pitch)
            else:
                self._end_note(pitch, at)

    def set_pedal(self, down: bool, at: int) -> None:
        """The sustain pedal went down or up."""
        with self._lock:
            self._pedal_down = down
            if not down:
                for pitch in sorted(self._sustained_keys):
                    self._end_note(pitch, at)

    def release_all(self, at: int) -> None:
        """Let go of everything: a keyboard was unplugged, or the piece ends."""
        with self._lock:
            self._pedal_down = False
            for pitch in sorted(self._held_keys | self._sustained_keys):
                self._end_note(pitch, at)

    def submit_control_change(self, steered: LiveControlChange) -> None:
        """Somebody changes how the network plays."""
        self._enqueue(steered)

    def submit_lesson_request(self, watched: LessonRequest) -> None:
        """Somebody opens or closes a lesson at the window, or it wants to be heard."""
        self._enqueue(watched)

    def submit_composer_change(self, adopted: ComposerChange) -> None:
        """Somebody chooses another network to play with."""
        self._enqueue(adopted)

    def submit_stage_ready(self, present: StageReady) -> None:
        """A stage has opened, and does not know yet who plays."""
        self._enqueue(present)

    def receive_midi(self, message: mido.Message, at: int) -> None:
        """Take a MIDI message from an instrument, whatever its channel."""
        if message.type == "note_on" and message.velocity > 0:
            self.press(message.note, message.velocity, at)
        elif message.type in ("note_on", "note_off"):
            self.release(message.note, at)
        elif message.type == "control_change" and message.control == SUSTAIN_CONTROLLER:
            self.set_pedal(message.value >= 64, at)
        elif message.type in ("control_change", "pitchwheel", "aftertouch", "polytouch"):
            self._send(message.copy(channel=NoteSource.VISITOR))

    def drain(self) -> list[PerformerEvent]:
        """What happened since the last call, in order of arrival."""
        events: list[PerformerEvent] = []
        self._event_arrived.clear()
        while True:
            try:
                events.append(self._events.get_nowait())
            except Empty:
                return events

    def wait(self, seconds: float) -> None:
        """Sleep for so long, or until something happens that was not drained."""
        self._event_arrived.wait(seconds)

    def _end_note(self, pitch: int, at: int) -> None:
        self._held_keys.discard(pitch)
        self._sustained_keys.discard(pitch)
        self._send(mido.Message("note_off", note=pitch, channel=NoteSource.VISITOR))
        self._enqueue(NoteStopped(pitch, at))

    def _enqueue(self, event: PerformerEvent) -> None:
        self._events.put(event)
        self._event_arrived.set()

    def _send(self, message: mido.Message) -> None:
        for port in self._ports:
            try:
                port.send(message)
            except OSError as error:
                if port.name not in self._failed_ports:
                    self._failed_ports.add(port.name)
                    log.warning("%s takes no notes: %s", port.name, error)
            else:
                self._failed_ports.discard(port.name)
