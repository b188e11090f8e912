"""Duet hearing: a network that hears a duet before it is played again, a few notes a frame."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from messages.clock import SECOND
from messages.crowd import DuetReplay
from messages.cues import KEY_COUNT, SIGNALS, NoteCue
from messages.gestures import MAX_ONSET_DELAY_NS, MAX_TONE_DURATION_NS, MAX_TONES
from rnn.generation.composer import ComposerStep

NOTES_PER_FRAME = 1  # each takes some milliseconds


class DuetHearing:
    """Collects what the network makes of each note of a duet.

    Parameters
    ----------
    replay : DuetReplay
        What is too late or too much for one request of sound is left out.
    steps : iterator of ComposerStep
        One for each note.
    """

    def __init__(self, replay: DuetReplay, steps: Iterator[ComposerStep]) -> None:
        notes = [note for note in replay.notes if note.onset < MAX_ONSET_DELAY_NS - SECOND]
        self._notes, self._steps = notes[:MAX_TONES], steps
        self._heard: list[ComposerStep] = []

    def advance(self) -> bool:
        """Let the network hear a few more notes; whether it has heard all that it can."""
        for _ in range(NOTES_PER_FRAME):
            step = next(self._steps, None) if len(self._heard) < len(self._notes) else None
            if step is None:
                return True
            self._heard.append(step)
        return False

    def cues(self, begin: int, layers: int, units: int) -> list[NoteCue]:
        """The notes from `begin` (ns) on; no cell of a network of another size lights."""
        silent = ComposerStep(
            None, 0.0, np.zeros((layers, len(SIGNALS), units), np.float32), np.zeros(KEY_COUNT)
        )
        cues = []
        for index, note in enumerate(self._notes):
            step = self._heard[index] if index < len(self._heard) else silent
            if step.activations.shape != silent.activations.shape:
                step = silent
            cue = NoteCue(
                -1 - index,
                begin + note.onset,
                min(note.duration, MAX_TONE_DURATION_NS),
                note.pitch,
                note.velocity,
                note.source,
                step.surprise,
                step.activations,
                step.next_key_probabilities,
            )
            cues.append(cue)
        return cues
