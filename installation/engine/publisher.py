"""The announcer: tells stage and recorder what the performer does, each in its own terms."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from installation.engine.interfaces import CueSink, Recorder
from installation.engine.key_input import KeyPressed
from installation.engine.phrase_generator import ComposedNote
from installation.engine.timed_note import TimedNote
from messages.cues import (
    BlendChange,
    BlendContributions,
    CueWithdrawal,
    ModelChange,
    NoteAttribution,
    NoteCue,
    NoteRelease,
    NoteSource,
    Turn,
    TurnChange,
    VisitEndWarning,
    WrittenText,
)
from midi_data.notes import fold_pitch
from rnn.generation.composer import ComposerStep, NetworkContribution

MAX_ATTRIBUTED_NOTES = 64
"""Notes back that an explanation may go."""


@dataclass(frozen=True, slots=True)
class _HeldNote:
    serial: int
    pressed: KeyPressed


class Publisher:
    """Numbers the cues and remembers which of the visitor's keys are still down.

    Parameters
    ----------
    recorder : Recorder
    cues : CueSink

    Attributes
    ----------
    serial : int
        Of the next cue.
    """

    def __init__(self, recorder: Recorder, cues: CueSink) -> None:
        self.recorder = recorder
        self.next_serial = 0
        self._cues = cues
        self._held_notes: dict[int, _HeldNote] = {}
        self._recent_cues: deque[tuple[int, int, NoteSource]] = deque(maxlen=MAX_ATTRIBUTED_NOTES)

    def publish_turn(self, turn: Turn, at: int, beat: int) -> None:
        """The turn is another's from `at` on (ns); a beat lasts `beat` ns."""
        self._cues.send_message(TurnChange(at, turn, beat))

    def publish_visit_end(self, at: int, until: int) -> None:
        """The visit ends at `until` unless somebody plays; somebody did, if that is 0. In ns."""
        self._cues.send_message(VisitEndWarning(at, until))

    def publish_blend(
        self, at: int, names: Sequence[str], weights: Sequence[float], temperature: float
    ) -> None:
        """From `at` on (ns) the styles of these names are mixed by these weights."""
        self._cues.send_message(
            BlendChange(at, tuple(names), tuple(map(float, weights)), temperature)
        )

    def publish_model(self, path: str) -> None:
        """Another model plays from now on; an empty path is the one it began with."""
        self._cues.send_message(ModelChange(path))

    def publish_press(self, pressed: KeyPressed, step: ComposerStep) -> None:
        """The visitor pressed a key, and the network heard it."""
        self._held_notes[pressed.pitch] = _HeldNote(self.next_serial, pressed)
        self._publish_cue(
            pressed.pitch, pressed.velocity, pressed.at, 0, source=NoteSource.VISITOR, step=step
        )

    def publish_release(self, pitch: int, at: int) -> None:
        """A visitor's note stopped at `at`, ns; one that was not announced is ignored."""
        held = self._held_notes.pop(pitch, None)
        if held is None:
            return
        self._cues.send_message(NoteRelease(held.serial, at))
        start = held.pressed.at
        note = TimedNote(
            pitch, held.pressed.velocity, start, max(at, start + 1), source=NoteSource.VISITOR
        )
        self.recorder.record_note(note)

    def publish_composed_note(self, composed: ComposedNote) -> None:
        """The network will play a note."""
        note = composed.note
        self.recorder.record_note(note)
        self._publish_cue(
            note.pitch,
            note.velocity,
            note.due,
            note.end - note.due,
            source=note.source,
            step=composed.step,
        )

    def publish_attribution(self, shares: NDArray[np.float32]) -> None:
        """Why the network wrote its last note: what the notes before it did, oldest first, nats."""
        serials = [serial for serial, _, _ in self._recent_cues][:-1][-len(shares) :]
        if serials and len(shares):
            told = shares[-len(serials) :].astype(np.float32)
            self._cues.send_message(
                NoteAttribution(self.next_serial - 1, np.array(serials, np.int64), told)
            )

    def publish_withdrawal(self, serial: int, at: int) -> None:
        """The network's notes from `serial` on that are due after `at` (ns) will not sound."""
        kept = [
            (number, due, source)
            for number, due, source in self._recent_cues
            if source is NoteSource.VISITOR or number < serial or due <= at
        ]
        self._recent_cues = deque(kept, maxlen=MAX_ATTRIBUTED_NOTES)
        self.recorder.withdraw_pending(at)
        self._cues.send_message(CueWithdrawal(serial, at))

    def _publish_cue(
        self,
        pitch: int,
        velocity: int,
        due: int,
        duration: int,
        *,
        source: NoteSource,
        step: ComposerStep,
    ) -> None:
        cue = NoteCue(
            serial=self.next_serial,
            due=due,
            duration=duration,
            pitch=fold_pitch(pitch),
            velocity=velocity,
            source=source,
            surprise=step.surprise,
            activations=step.activations,
            next_key_probabilities=step.next_key_probabilities,
        )
        self._recent_cues.append((self.next_serial, due, source))
        self.next_serial += 1
        self._cues.send_message(cue)
        if step.text:
            self._cues.send_message(WrittenText(cue.serial, step.text))
        if step.contributions:
            self._cues.send_message(_to_contributions(cue.serial, step.contributions))


def _to_contributions(serial: int, parts: Sequence[NetworkContribution]) -> BlendContributions:
    return BlendContributions(
        serial,
        np.array([part.weight for part in parts], np.float32),
        np.array([part.note_probability for part in parts], np.float32),
        np.stack([part.next_key_probabilities for part in parts]),
        np.stack([part.hidden for part in parts]),
    )
