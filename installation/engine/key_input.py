"""Key input: a pressed key sounds at once, then the performer gets an event."""

from __future__ import annotations

import logging
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, RLock
from typing import NamedTuple

import mido

from installation.engine.live_controls import LiveControlChange
from installation.io.midi.active_notes import (
    ALL_NOTES_OFF,
    ALL_SOUND_OFF,
    CHANNEL_VOLUME,
    MIN_PEDAL_DOWN,
    SUSTAIN_CONTROLLER,
    ends_note,
    starts_note,
)
from installation.io.midi.outputs import TimedOutput
from messages.cues import NoteSource
from messages.gestures import (
    ComparisonRequest,
    LessonOpenChange,
    LessonPlayRequest,
    LessonSilenceRequest,
    PlayAloneRequest,
)
from rnn.generation.composer import Composer

FIRST_CHANNEL_MODE_CONTROLLER = 120
"""MIDI controller numbers that are not a visitor's to send, as the volume: from this one on, they
are commands to the whole instrument, such as "local control off"."""
MPE_MASTER_CHANNEL = 0  # its messages are for all notes (MPE 1.0, lower zone)
MPE_BEND_SEMITONES, BEND_SEMITONES = 48, 2
"""Range of a bend of MPE's member channels, and of General MIDI's instruments and ours."""
_CENTRED_CONTROLLERS = frozenset({8, 10, *range(70, 80)})  # balance, pan, sound controllers
_EXPRESSION_CONTROLLER = 11

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
    is_default : bool
        Whether it takes the place of the one that plays without a guest, after the visit.
    """

    composer: Composer | None
    path: str
    at: int
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class SilenceRequested:
    """A request to end every note at once.

    Parameters
    ----------
    at : int
        When it was made, ns.
    """

    at: int


@dataclass(frozen=True, slots=True)
class ModeChange:
    """Another way to share the time, from the next visit on.

    Parameters
    ----------
    mode : str
        Value of a `TurnTakingMode`.
    at : int
        When it was asked for, ns.
    """

    mode: str
    at: int


@dataclass(frozen=True, slots=True)
class TransportChange:
    """The device that leads the tempo started, or stopped.

    Parameters
    ----------
    plays : bool
    at : int
        When it did, ns.
    """

    plays: bool
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


class InputChannel(NamedTuple):
    """A source of keys: an input, and its MIDI channel or the number of the finger."""

    name: str = ""
    number: int = 0


UNNAMED_INPUT = InputChannel()  # where there is one input only

StageRequest = (
    LessonOpenChange
    | LessonPlayRequest
    | LessonSilenceRequest
    | PlayAloneRequest
    | ComparisonRequest
)
PerformerEvent = (
    KeyPressed
    | NoteStopped
    | LiveControlChange
    | StageRequest
    | ComposerChange
    | ModeChange
    | StageReady
    | TransportChange
    | SilenceRequested
)


class KeyInput:
    """Turns the keys and pedals of all inputs into sound and into events for the performer.

    Every method may be called from any thread, and none waits for the composer. Several inputs may
    hold the same pitch: it ends with the last release. Any pedal holds the notes of all inputs.

    Parameters
    ----------
    ports : sequence of TimedOutput
        Ports on which keys sound at once, on the visitor's channel.
    note_channels : sequence of int, optional
        Further channels, 0..15, for inputs that send MPE: each of their notes sounds on one of its
        own, so that a bend is one note's. A note for which none is free sounds on the visitor's.
    """

    def __init__(self, ports: Sequence[TimedOutput], note_channels: Sequence[int] = ()) -> None:
        self._ports = tuple(ports)
        self._note_channels = tuple(note_channels)
        self._free_channels = deque(note_channels)  # the one that has been free for longest first
        self._channels: dict[int, int] = {}  # of each pitch that sounds on one of them
        self._pressed_channels: set[int] = set()  # of them, those to which a pressure was sent
        self._bends: dict[InputChannel, int] = {}
        self._events: SimpleQueue[PerformerEvent] = SimpleQueue()
        self._holders: defaultdict[int, set[InputChannel]] = defaultdict(set)  # by pitch
        self._sustained: defaultdict[int, set[InputChannel]] = defaultdict(set)
        """By pitch, the inputs that let go of the key while a pedal was down."""
        self._struck_at: dict[int, int] = {}  # last press of each pitch that sounds, ns
        self._pedals: set[InputChannel] = set()
        self._resets: dict[tuple[str, int], mido.Message] = {}
        """Messages that reset the controllers and wheels that were passed on."""
        self._failed_ports: set[str] = set()
        self._lock = RLock()
        self._event_arrived = Event()

    def press(
        self, pitch: int, velocity: int, at: int, source: InputChannel = UNNAMED_INPUT
    ) -> None:
        """Press a key at the time `at` (ns); a key that sounds already starts again."""
        with self._lock:
            if pitch in self._struck_at:
                holders = self._holders[pitch]
                self._end_note(pitch, at)
                self._holders[pitch] = holders
            has_own = bool(self._note_channels)
            channel = self._choose_channel(pitch, source) if has_own else NoteSource.VISITOR
            self._send(mido.Message("note_on", note=pitch, velocity=velocity, channel=channel))
            self._holders[pitch].add(source)
            self._struck_at[pitch] = at
            self._enqueue(KeyPressed(pitch, velocity, at))

    def release(self, pitch: int, at: int, source: InputChannel = UNNAMED_INPUT) -> None:
        """Release a key at the time `at` (ns); a key that is not down there is ignored."""
        with self._lock:
            if source not in self._holders[pitch]:
                return
            self._holders[pitch].discard(source)
            if self._pedals:
                self._sustained[pitch].add(source)
            self._end_note_unless_held(pitch, at)

    def set_pedal(self, down: bool, at: int, source: InputChannel = UNNAMED_INPUT) -> None:
        """Press or release a sustain pedal at the time `at`, ns."""
        with self._lock:
            if down:
                self._pedals.add(source)
                return
            self._pedals.discard(source)
            if not self._pedals:
                self._sustained.clear()
                for pitch in sorted(self._struck_at):
                    self._end_note_unless_held(pitch, at)

    def release_input(self, name: str, at: int) -> None:
        """Release all that an unplugged input holds, even while another's pedal is down."""
        with self._lock:
            for sources in (*self._holders.values(), *self._sustained.values()):
                sources -= {source for source in sources if source.name == name}
            self._bends = {each: bend for each, bend in self._bends.items() if each.name != name}
            for pedal in [pedal for pedal in self._pedals if pedal.name == name]:
                self.set_pedal(False, at, pedal)
            for pitch in sorted(self._struck_at):
                self._end_note_unless_held(pitch, at)

    def release_all(self, at: int) -> None:
        """End all that any visitor began by the time `at` (ns): keys, pedals and wheels."""
        with self._lock:
            self._pedals.clear()
            self._sustained.clear()
            for pitch in sorted(self._struck_at):
                if self._struck_at[pitch] <= at:
                    self._end_note(pitch, at)
                self._end_note_unless_held(pitch, at)
            for message in self._resets.values():
                self._send(message)
            self._resets.clear()

    def submit_control_change(self, change: LiveControlChange) -> None:
        """Pass on a change of how the network plays."""
        self._enqueue(change)

    def submit_stage_request(self, request: StageRequest) -> None:
        """Pass on what a lesson, the tour or the card of a unit asks for."""
        self._enqueue(request)

    def submit_composer_change(self, change: ComposerChange) -> None:
        """Pass on a change of the network that plays."""
        self._enqueue(change)

    def submit_mode_change(self, change: ModeChange) -> None:
        """Pass on another way to share the time."""
        self._enqueue(change)

    def submit_stage_ready(self, ready: StageReady) -> None:
        """Pass on that a stage opened."""
        self._enqueue(ready)

    def submit_transport_change(self, plays: bool, at: int) -> None:
        """Pass on that the device that leads the tempo started or stopped at the time `at`, ns."""
        self._enqueue(TransportChange(plays, at))

    def submit_silence(self, request: SilenceRequested) -> None:
        """Pass on a request to end every note."""
        self._enqueue(request)

    def receive_midi(self, message: mido.Message, at: int, port: str = "") -> None:
        """Handle a MIDI message of any channel, received at the time `at`, ns.

        "All sound off" ends the notes of its input, and "all notes off" releases its keys. Volume,
        programs and the other channel mode messages are ignored.
        """
        source = InputChannel(port, message.channel)
        if starts_note(message):
            self.press(message.note, message.velocity, at, source)
        elif ends_note(message):
            self.release(message.note, at, source)
        elif message.is_cc(SUSTAIN_CONTROLLER):
            self.set_pedal(message.value >= MIN_PEDAL_DOWN, at, source)
        elif message.is_cc(ALL_SOUND_OFF):
            self.release_input(port, at)
        elif message.is_cc(ALL_NOTES_OFF):
            with self._lock:  # other inputs change the holders on threads of their own
                held = [pitch for pitch, holders in self._holders.items() if source in holders]
                for pitch in held:
                    self.release(pitch, at, source)
        elif message.type == "program_change":
            return
        elif self._note_channels and message.channel != MPE_MASTER_CHANNEL:
            self._express_note(message, source)
        elif not message.is_cc() or _is_expressive(message.control):
            with self._lock:
                self._send(message.copy(channel=NoteSource.VISITOR))
                reset = _reset_message(message)
                number = getattr(reset, "control", getattr(reset, "note", 0))
                self._resets[message.type, number] = reset

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

    def _end_note_unless_held(self, pitch: int, at: int) -> None:
        if pitch in self._struck_at and not (self._holders[pitch] or self._sustained[pitch]):
            self._end_note(pitch, at)

    def _end_note(self, pitch: int, at: int) -> None:
        for by_pitch in (self._holders, self._sustained, self._struck_at):
            by_pitch.pop(pitch, None)
        channel = self._channels.pop(pitch, NoteSource.VISITOR)
        if channel != NoteSource.VISITOR:
            self._free_channels.append(channel)
        self._send(mido.Message("note_off", note=pitch, channel=channel))
        self._enqueue(NoteStopped(pitch, at))

    def _choose_channel(self, pitch: int, source: InputChannel) -> int:
        """The channel on which a key of an input sounds; it has the bend of its finger already.

        It is the one that has been free for longest: a note that fades keeps its own bend.
        """
        if source.number == MPE_MASTER_CHANNEL or not self._free_channels:
            return NoteSource.VISITOR
        self._channels[pitch] = channel = self._free_channels.popleft()
        if channel in self._pressed_channels:  # an earlier finger's
            self._pressed_channels.discard(channel)
            self._send(mido.Message("aftertouch", channel=channel))
        self._send(_note_bend(self._bends.get(source, 0), channel))
        return channel

    def _express_note(self, message: mido.Message, source: InputChannel) -> None:
        """Pass on a bend or a pressure to the notes that its finger holds."""
        is_bend = message.type == "pitchwheel"
        if not is_bend and message.type != "aftertouch":
            return
        with self._lock:
            if is_bend:
                self._bends[source] = message.pitch
            for pitch, channel in self._channels.items():
                if source in self._holders[pitch]:
                    if not is_bend:
                        self._pressed_channels.add(channel)
                    bent = _note_bend(message.pitch, channel) if is_bend else None
                    self._send(bent or message.copy(channel=channel))

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


def _note_bend(pitch: int, channel: int) -> mido.Message:
    """A bend of MPE's range in the range of our instruments; wider ones stop at its ends."""
    bend = max(-8192, min(8191, pitch * MPE_BEND_SEMITONES // BEND_SEMITONES))
    return mido.Message("pitchwheel", channel=channel, pitch=bend)


def _is_expressive(control: int) -> bool:
    return control != CHANNEL_VOLUME and control < FIRST_CHANNEL_MODE_CONTROLLER


def _reset_message(message: mido.Message) -> mido.Message:
    """Message that resets a controller, wheel or pressure to its initial value (RP-015)."""
    channel = NoteSource.VISITOR
    if message.type == "pitchwheel":
        return mido.Message("pitchwheel", channel=channel)
    if message.type == "control_change":
        control = message.control
        value = 127 if control == _EXPRESSION_CONTROLLER else 64 * (control in _CENTRED_CONTROLLERS)
        return message.copy(channel=channel, value=value)
    return message.copy(channel=channel, value=0)
