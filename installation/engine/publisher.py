"""The announcer: tells stage and recorder what the performer does, each in its own terms."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from installation.engine.interfaces import CueSink, Recorder
from installation.engine.key_input import Pressed
from installation.engine.phrase_generator import Composed
from installation.engine.timed_note import TimedNote
from messages.cues import (
    Blending,
    Cue,
    Reasons,
    Release,
    Shares,
    Source,
    StyleChange,
    Turn,
    TurnChange,
    Waning,
    Withdrawal,
    Written,
)
from midi_data.notes import fold_pitch
from rnn.generation.composer import Part, Step

MOST_REASONS = 64
"""Notes back that an explanation may go."""


@dataclass(frozen=True, slots=True)
class _Held:
    serial: int
    pressed: Pressed


class Announcer:
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
        self.serial = 0
        self._cues = cues
        self._held: dict[int, _Held] = {}
        self._sounded: deque[tuple[int, int, Source]] = deque(maxlen=MOST_REASONS)

    def turn(self, turn: Turn, at: int, beat: int) -> None:
        """The turn is another's from `at` on (ns); a beat lasts `beat` ns."""
        self._cues.put(TurnChange(at, turn, beat))

    def wane(self, at: int, until: int) -> None:
        """The visit ends at `until` unless somebody plays; somebody did, if that is 0. In ns."""
        self._cues.put(Waning(at, until))

    def blend(
        self, at: int, names: Sequence[str], weights: Sequence[float], temperature: float
    ) -> None:
        """From `at` on (ns) the styles of these names are mixed by these weights."""
        self._cues.put(Blending(at, tuple(names), tuple(map(float, weights)), temperature))

    def style(self, path: str) -> None:
        """Another model plays from now on; an empty path is the one it began with."""
        self._cues.put(StyleChange(path))

    def press(self, pressed: Pressed, step: Step) -> None:
        """The visitor pressed a key, and the network heard it."""
        self._held[pressed.pitch] = _Held(self.serial, pressed)
        self._cue(pressed.pitch, pressed.velocity, pressed.at, 0, source=Source.VISITOR, step=step)

    def release(self, pitch: int, at: int) -> None:
        """A visitor's note stopped at `at`, ns; one that was not announced is ignored."""
        held = self._held.pop(pitch, None)
        if held is None:
            return
        self._cues.put(Release(held.serial, at))
        start = held.pressed.at
        note = TimedNote(
            pitch, held.pressed.velocity, start, max(at, start + 1), source=Source.VISITOR
        )
        self.recorder.add(note)

    def compose(self, composed: Composed) -> None:
        """The network will play a note."""
        note = composed.note
        self.recorder.add(note)
        self._cue(
            note.pitch,
            note.velocity,
            note.due,
            note.end - note.due,
            source=note.source,
            step=composed.step,
        )

    def explain(self, shares: NDArray[np.float32]) -> None:
        """Why the network wrote its last note: what the notes before it did, oldest first, nats."""
        serials = [serial for serial, _, _ in self._sounded][:-1][-len(shares) :]
        if serials and len(shares):
            told = shares[-len(serials) :].astype(np.float32)
            self._cues.put(Reasons(self.serial - 1, np.array(serials, np.int64), told))

    def withdraw(self, serial: int, at: int) -> None:
        """The network's notes from `serial` on that are due after `at` (ns) will not sound."""
        kept = [
            (number, due, source)
            for number, due, source in self._sounded
            if source is Source.VISITOR or number < serial or due <= at
        ]
        self._sounded = deque(kept, maxlen=MOST_REASONS)
        self.recorder.withdraw(at)
        self._cues.put(Withdrawal(serial, at))

    def _cue(
        self, pitch: int, velocity: int, due: int, duration: int, *, source: Source, step: Step
    ) -> None:
        cue = Cue(
            serial=self.serial,
            due=due,
            duration=duration,
            pitch=fold_pitch(pitch),
            velocity=velocity,
            source=source,
            surprise=step.surprise,
            activations=step.activations,
            ahead=step.ahead,
        )
        self._sounded.append((self.serial, due, source))
        self.serial += 1
        self._cues.put(cue)
        if step.text:
            self._cues.put(Written(cue.serial, step.text))
        if step.parts:
            self._cues.put(_shares(cue.serial, step.parts))


def _shares(serial: int, parts: Sequence[Part]) -> Shares:
    return Shares(
        serial,
        np.array([part.weight for part in parts], np.float32),
        np.array([part.given for part in parts], np.float32),
        np.stack([part.ahead for part in parts]),
        np.stack([part.hidden for part in parts]),
    )
