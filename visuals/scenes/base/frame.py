"""Frame: the state of the performance at one moment, as scenes draw it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from messages.clock import SECOND
from messages.crowd import Motif
from messages.training import TrainingStatus
from midi_data.drums import DrumPart
from midi_data.notes import LOWEST_PITCH, fold_pitch
from rnn.model.model_card import ComparedAnswers
from visuals.timeline import TimedCue, Timeline

NOTE_FADE_S = 0.8  # time in which the light of a note fades after the note's end, seconds


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """State of the performance at one moment: all the information a scene draws.

    Parameters
    ----------
    time : int
        Moment that the frame shows, ns of the monotonic clock.
    number : int
        Increases by one with each frame.
    timeline : Timeline
        Past and coming notes.
    activations : ndarray, shape (layers, 6, units)
        `messages.cues.SIGNALS` of every unit, interpolated smoothly between cues.
    next_key_probabilities : ndarray, shape (88,)
        Probability that each key sounds next, interpolated smoothly.
    key_light, visitor_key_light : ndarray, shape (88,)
        Brightness of each key, 0 to 1, from all notes, and from those of the visitor and those that
        take them up.
    detail_level : int
        2 draws everything; at 1 and 0 a scene omits parts, to save time on a slow machine.
    reduced_motion : bool
        Whether decorative motion stops and no light pulses.
    unit_gain : ndarray, shape (layers, units), optional
        Gain from visitors who hold units, 0 to 1; the hidden states include it.
    part_light : ndarray, shape (parts,)
        Brightness of each part of the drummer's kit, 0 to 1, as `midi_data.drums.DrumPart`.
    taken_up : frozenset of int
        Serial numbers of the network's notes that take up the visitor's phrase.
    motifs : tuple of Motif
        Phrases of liked duets.
    compared : ComparedAnswers, optional
        The newest of them, answered by generation 0 and by the one that plays.
    training : TrainingStatus
        Of the next generation.
    """

    time: int
    number: int
    timeline: Timeline
    activations: NDArray[np.float64]
    next_key_probabilities: NDArray[np.float64]
    key_light: NDArray[np.float64]
    visitor_key_light: NDArray[np.float64]
    detail_level: int = 2
    reduced_motion: bool = False
    unit_gain: NDArray[np.float64] | None = None
    taken_up: frozenset[int] = frozenset()
    motifs: tuple[Motif, ...] = ()
    compared: ComparedAnswers | None = None
    training: TrainingStatus = TrainingStatus()
    part_light: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(DrumPart)))

    @property
    def ambient_time_s(self) -> float:
        """Clock of decorative motion, seconds; 0 while motion is reduced."""
        return 0.0 if self.reduced_motion else self.time / 1e9

    def seconds_since(self, moment: int) -> float:
        """Time from a moment (ns) to this frame, seconds; negative before the moment."""
        return (self.time - moment) / SECOND

    def silence_s(self, timed: TimedCue) -> float:
        """Time since the end of a note, seconds; 0 while the note sounds."""
        return max(0.0, self.seconds_since(timed.end_at(self.time)))

    def light_of_key(self, pitch: int) -> float:
        """Brightness (0 to 1) of the key of a MIDI pitch, which is folded onto the piano."""
        return float(self.key_light[fold_pitch(pitch) - LOWEST_PITCH])

    def light_of_note(self, timed: TimedCue) -> float:
        """Brightness (0 to 1) of a note that has begun; fades out after the note's end."""
        fade = max(0.0, 1.0 - self.silence_s(timed) / NOTE_FADE_S)
        return self.light_of_key(timed.cue.pitch) * fade

    def output_gain(self, units: NDArray[np.int64]) -> NDArray[np.float64]:
        """Gain of some units of the last layer, 0 to 1, in the shape of `units`."""
        return np.ones(len(units)) if self.unit_gain is None else self.unit_gain[-1, units]
