"""Key input: a pressed key sounds at once, then the performer gets an event."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, RLock

import mido

from installation.engine.live_controls import LiveControlChange
from installation.io.midi.outputs import TimedOutput
from messages.cues import NoteSource
from messages.gestures import LessonOpenChange, LessonPlayRequest, LessonSilenceRequest
from rnn.generation.composer import Composer

SUSTAIN_CONTROLLER = 64  # MIDI controller number of the sustain pedal

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A key press of a visitor at the time `at`, ns."""

    pitch: int
    velocity: int
    at: int


@dataclass(frozen=True, slots=True)
class NoteStopped:
    """The end of a visitor's note at the time `at` (ns): key and pedal are both up."""

    pitch: int
    at: int


@dataclass(frozen=True, slots=True)
class ComposerChange:
    """A change of the composer that plays.

    Parameters
    ----------
    composer : Composer or None
        Owned by the performer from now on; None for the one with which it began.
    path : str
        Model file, for the stage; empty for the one with which the performer began.
    at : int
        When the change was asked for, ns.
    """

    composer: Composer | None
    path: str
    at: int


@dataclass(frozen=True, slots=True)
class StageReady:
    """A stage opened, and needs to know which model plays.

    Parameters
    ----------
    at : int
        When it opened, ns.
    """

    at: int


LessonRequest = LessonOpenChange | LessonPlayRequest | LessonSilenceRequest
PerformerEvent = (
    KeyPressed | NoteStopped | LiveControlChange | LessonRequest | ComposerChange | StageReady
)


class KeyInput:
    """Turns the keys and pedals of all inputs into sound and into events for the performer.

    Every method may be called from any thread, and none waits for the composer.

    Parameters
    ----------
    ports : sequence of TimedOutput
        Ports on which keys sound at once, on the visitor's channel.
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
        """Press a key at the time `at` (ns); a key that sounds already starts again."""
        with self._lock:
            if pitch in self._held_keys or pitch in self._sustained_keys:
                self._end_note(pitch, at)
            self._send(
                mido.Message("note_on", note=pitch, velocity=velocity, channel=NoteSource.VISITOR)
            )
            self._held_keys.add(pitch)
            self._enqueue(KeyPressed(pitch, velocity, at))

    def release(self, pitch: int, at: int) -> None:
        """Release a key at the time `at` (ns); a key that is not down is ignored."""
        with self._lock:
            if pitch not in self._held_keys:
                return
            self._held_keys.discard(pitch)
            if self._pedal_down:
                self._sustained_keys.add(pitch)
            else:
                self._end_note(pitch, at)

    def set_pedal(self, down: bool, at: int) -> None:
        """Press or release the sustain pedal at the time `at`, ns."""
        with self._lock:
            self._pedal_down = down
            if not down:
                for pitch in sorted(self._sustained_keys):
                    self._end_note(pitch, at)

    def release_all(self, at: int) -> None:
        """Release all keys and the pedal: a keyboard was unplugged, or the piece ends."""
        with self._lock:
            self._pedal_down = False
            for pitch in sorted(self._held_keys | self._sustained_keys):
                self._end_note(pitch, at)

    def submit_control_change(self, change: LiveControlChange) -> None:
        """Pass on a change of how the network plays."""
        self._enqueue(change)

    def submit_lesson_request(self, request: LessonRequest) -> None:
        """Pass on that a lesson opened or closed, or its tones."""
        self._enqueue(request)

    def submit_composer_change(self, change: ComposerChange) -> None:
        """Pass on a change of the network that plays."""
        self._enqueue(change)

    def submit_stage_ready(self, ready: StageReady) -> None:
        """Pass on that a stage opened."""
        self._enqueue(ready)

    def receive_midi(self, message: mido.Message, at: int) -> None:
        """Handle a MIDI message of any channel, received at the time `at`, ns."""
        if message.type == "note_on" and message.velocity > 0:
            self.press(message.note, message.velocity, at)
        elif message.type in ("note_on", "note_off"):
            self.release(message.note, at)
        elif message.type == "control_change" and message.control == SUSTAIN_CONTROLLER:
            self.set_pedal(message.value >= 64, at)
        elif message.type in ("control_change", "pitchwheel", "aftertouch", "polytouch"):
            self._send(message.copy(channel=NoteSource.VISITOR))

    def drain(self) -> list[PerformerEvent]:
        """Return the events since the last call, in order of arrival."""
        events: list[PerformerEvent] = []
        self._event_arrived.clear()
        while True:
            try:
                events.append(self._events.get_nowait())
            except Empty:
                return events

    def wait(self, seconds: float) -> None:
        """Sleep for `seconds`, or until an event comes that was not drained."""
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
