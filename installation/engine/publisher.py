"""The publisher: tells all subscribers what the performer does."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from installation.band.band import BandNote
from installation.engine.key_input import KeyPressed
from installation.engine.phrases.phrase_generator import ComposedNote
from messages.clock import Clock
from messages.cues import (
    BandCue,
    BlendContributions,
    CueWithdrawal,
    KeyStruck,
    NoteAttribution,
    NoteCue,
    NoteRelease,
    NoteSource,
    StageMessage,
    WrittenText,
)
from messages.timed_note import OpenNotes, TimedNote
from messages.withdrawal import is_cue_withdrawn, is_withdrawn
from midi_data.notes import fold_pitch
from rnn.generation.composer import ComposerStep, NetworkContribution

MAX_ATTRIBUTED_NOTES = 64  # number of earlier notes that an attribution may name


class Milestone(Enum):
    """A moment of a performance that matters for recordings."""

    VISIT_BEGAN = auto()  # A visitor pressed the first key
    PHRASE_ENDED = auto()
    """A phrase or a tune ended, or some seconds passed: a good moment to write files."""
    NOTES_CUT = auto()  # all notes of the network were ended early
    VISIT_ENDED = auto()  # the visitor is gone
    PERFORMANCE_ENDED = auto()  # nothing follows


class Subscriber:
    """Receives what a performer does; a subclass overrides the methods that concern it.

    No method may block: all are called from the performer's thread. Times are ns of the
    performer's clock.
    """

    def send_message(self, message: StageMessage) -> None:
        """Receive a message for the stage."""

    def record_note(self, note: TimedNote) -> None:
        """Receive a note that has sounded, or that sounds and ends at `note.end`."""

    def handle_milestone(self, milestone: Milestone, at: int) -> None:
        """Learn of a milestone at the time `at`; all notes due before it were received."""


class DummySubscriber(Subscriber):
    """Keeps everything in lists.

    Attributes
    ----------
    messages : list of StageMessage
    notes : list of TimedNote
    milestones : list of Milestone
    """

    def __init__(self) -> None:
        self.messages: list[StageMessage] = []
        self.notes: list[TimedNote] = []
        self.milestones: list[Milestone] = []

    def send_message(self, message: StageMessage) -> None:
        self.messages.append(message)

    def record_note(self, note: TimedNote) -> None:
        self.notes.append(note)

    def handle_milestone(self, milestone: Milestone, at: int) -> None:
        self.milestones.append(milestone)


@dataclass(frozen=True, slots=True)
class TimedStageMessage:
    """A message for the stage.

    Parameters
    ----------
    at : int
        Time at which it was sent, ns.
    message : StageMessage
    """

    at: int
    message: StageMessage


class StageMessageLog(Subscriber):
    """Keeps the last messages for the stage, with the time of each.

    Parameters
    ----------
    clock : Clock
    max_count : int, optional
        Number of messages to keep; by default all.

    Attributes
    ----------
    messages : deque of TimedStageMessage
    """

    def __init__(self, clock: Clock, max_count: int | None = None) -> None:
        self.messages: deque[TimedStageMessage] = deque(maxlen=max_count)
        self._clock = clock

    def send_message(self, message: StageMessage) -> None:
        self.messages.append(TimedStageMessage(self._clock.now(), message))


class Publisher:
    """Numbers the cues, and passes everything on to the subscribers.

    Only `add_handed_over` may be called from another thread than the performer's.
    """

    def __init__(self, subscribers: Sequence[Subscriber]) -> None:
        self.next_serial = 0
        self._subscribers = tuple(subscribers)
        self._open_notes: OpenNotes[int] = OpenNotes()
        self._open_serials: dict[int, int] = {}
        self._recent_cues: deque[NoteCue] = deque(maxlen=MAX_ATTRIBUTED_NOTES)
        self._handed_over: deque[TimedNote] = deque()
        self._unrecorded: list[TimedNote] = []

    def publish(self, message: StageMessage) -> None:
        """Publish a message for the stage."""
        for subscriber in self._subscribers:
            subscriber.send_message(message)

    def publish_key(self, pressed: KeyPressed) -> None:
        """Publish a key press of the visitor, before the network's step for it is known."""
        pitch = fold_pitch(pressed.pitch)
        self.publish(KeyStruck(self.next_serial, pressed.at, pitch, pressed.velocity))

    def publish_press(self, pressed: KeyPressed, step: ComposerStep) -> None:
        """Publish a key press of the visitor and the network's step for it."""
        pitch, velocity, at = pressed.pitch, pressed.velocity, pressed.at
        self._open_notes.start(pitch, pitch, velocity, at)
        self._open_serials[pitch] = self.next_serial
        self._publish_cue(TimedNote(pitch, velocity, at, at + 1, NoteSource.VISITOR), 0, step)

    def publish_release(self, pitch: int, at: int) -> None:
        """Publish the end of a visitor's note; one that was not published is ignored."""
        note = self._open_notes.end(pitch, at)
        if note is not None:
            self.publish(NoteRelease(self._open_serials.pop(pitch), at))
            self._record(note)

    def publish_composed_note(self, composed: ComposedNote) -> None:
        """Publish a note that the network will play."""
        note = composed.note
        self._publish_cue(note, note.end - note.due, composed.step)

    def publish_band_note(self, played: BandNote) -> None:
        """Publish a note that the band will play."""
        note = played.note
        told = note.due, note.end - note.due, note.pitch, note.velocity, note.source
        self.publish(BandCue(*told, played.cells, played.heard_serials))

    def publish_ghost_note(self, note: TimedNote, step: ComposerStep) -> None:
        """Publish a note that a past visitor will play, and the network's step for it."""
        self._publish_cue(note, note.end - note.due, step)

    def publish_attribution(self, contributions: NDArray[np.float32]) -> None:
        """Publish how earlier notes, oldest first, changed the last note's log probability."""
        earlier = [cue.serial for cue in self._recent_cues][:-1]
        count = min(len(earlier), len(contributions))
        if count:
            serials = np.array(earlier[-count:], np.int64)
            named = contributions[-count:].astype(np.float32)
            self.publish(NoteAttribution(self.next_serial - 1, serials, named))

    def publish_withdrawal(self, serial: int, at: int) -> None:
        """Publish that the network's cues from `serial` on, due after the time `at`, are withdrawn.

        The scheduler must have withdrawn their notes before.
        """
        withdrawal = CueWithdrawal(serial, at)
        kept = (cue for cue in self._recent_cues if not is_cue_withdrawn(cue, withdrawal))
        self._recent_cues = deque(kept, maxlen=MAX_ATTRIBUTED_NOTES)
        self._take_handed_over()
        self._unrecorded = [note for note in self._unrecorded if not is_withdrawn(note.due, at)]
        self.publish(withdrawal)

    def add_handed_over(self, note: TimedNote) -> None:
        """Add a note that the scheduler has handed to the ports; it may still be withdrawn."""
        self._handed_over.append(note)

    def publish_milestone(self, milestone: Milestone, at: int) -> None:
        """Publish a milestone at the time `at`, after the notes that were due before it."""
        self._take_handed_over()
        for note in self._unrecorded:
            if note.due < at:
                self._record(note)
        self._unrecorded = [note for note in self._unrecorded if note.due >= at]
        for subscriber in self._subscribers:
            subscriber.handle_milestone(milestone, at)

    def _take_handed_over(self) -> None:
        while self._handed_over:
            self._unrecorded.append(self._handed_over.popleft())

    def _record(self, note: TimedNote) -> None:
        for subscriber in self._subscribers:
            subscriber.record_note(note)

    def _publish_cue(self, note: TimedNote, duration: int, step: ComposerStep) -> None:
        cue = NoteCue(
            serial=self.next_serial,
            due=note.due,
            duration=duration,
            pitch=fold_pitch(note.pitch),
            velocity=note.velocity,
            source=note.source,
            surprise=step.surprise,
            activations=step.activations,
            next_key_probabilities=step.next_key_probabilities,
        )
        self._recent_cues.append(cue)
        self.next_serial += 1
        self.publish(cue)
        if step.text:
            self.publish(WrittenText(cue.serial, step.text))
        if step.contributions:
            self.publish(_to_message(cue.serial, step.contributions))


def _to_message(serial: int, parts: Sequence[NetworkContribution]) -> BlendContributions:
    return BlendContributions(
        serial,
        np.array([part.weight for part in parts], np.float32),
        np.array([part.note_probability for part in parts], np.float32),
        np.stack([part.next_key_probabilities for part in parts]),
        np.stack([part.hidden for part in parts]),
    )
