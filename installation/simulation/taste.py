"""Taste: simulated visitors who play phrases, and like answers by a hidden utility of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import Meter, Note, Tune
from rnn.evolution.evolution_data import LearnedDuet

TRAITS = ("density", "long notes", "leaps", "repeats", "register", "range")
"""What a visitor may like or dislike in an answer."""
LEAP_SEMITONES, LONG_BEATS = 5, 1.0
INDIVIDUALITY = 0.6  # spread of the visitors' tastes about the audience's, of its length 1
DECISIVENESS = 2.0  # nats for a standard deviation of utility: the rest of a vote is chance
SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 7, 9))
METERS = (Meter(4, 4), Meter(3, 4), Meter(6, 8))


def measure_traits(duet: LearnedDuet) -> NDArray[np.float64]:
    """The traits of an answer, in their own units; shape (traits,)."""
    answer = duet.answer
    pitches = np.array([note.pitch for note in answer], np.float64)
    onsets = np.array([note.onset for note in answer])
    steps, gaps = np.abs(np.diff(pitches)), np.diff(onsets)
    heard = np.mean([note.pitch for note in duet.phrase.notes])
    span = max(1.0, onsets[-1] - onsets[0])
    return np.array(
        [
            (len(answer) - 1) / span,
            np.mean(gaps >= LONG_BEATS) if len(gaps) else 0.0,
            np.mean(steps >= LEAP_SEMITONES) if len(steps) else 0.0,
            np.mean(steps == 0) if len(steps) else 0.0,
            pitches.mean() - heard,
            np.ptp(pitches),
        ]
    )


@dataclass(frozen=True, slots=True, eq=False)
class TraitScale:
    """Mean and spread of the traits of generation 0's answers, in which others are measured."""

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]

    @classmethod
    def of(cls, duets: Sequence[LearnedDuet]) -> TraitScale:
        """The scale of some answers."""
        traits = np.stack([measure_traits(duet) for duet in duets])
        return cls(traits.mean(axis=0), np.maximum(traits.std(axis=0), 1e-6))

    def normalise(self, duet: LearnedDuet) -> NDArray[np.float64]:
        """The traits of an answer, in standard deviations; shape (traits,)."""
        return np.clip((measure_traits(duet) - self.mean) / self.deviation, -3.0, 3.0)


@dataclass(frozen=True, slots=True, eq=False)
class TasteVisitor:
    """A visitor with a hidden taste: a direction in the space of the traits."""

    taste: NDArray[np.float64]
    generator: np.random.Generator

    def likes(self, traits: NDArray[np.float64]) -> bool:
        """Whether the visitor likes an answer of these normalised traits; partly chance."""
        nats = DECISIVENESS * float(self.taste @ traits)
        return bool(self.generator.random() < 1 / (1 + np.exp(-nats)))

    def play_phrase(self) -> Tune:
        """A phrase: a walk on a scale in plain rhythms, from a bar line on."""
        generator = self.generator
        scale, meter = SCALES[generator.integers(len(SCALES))], METERS[generator.integers(3)]
        tonic, degree = int(generator.integers(55, 70)), int(generator.integers(0, 8))
        notes, onset = [], 0.0
        for _ in range(int(generator.integers(5, 14))):
            degree = int(np.clip(degree + generator.integers(-2, 3), -3, 10))
            pitch = tonic + scale[degree % len(scale)] + 12 * (degree // len(scale))
            length = float(generator.choice([0.5, 0.5, 1.0, 1.0, 2.0]))
            notes.append(Note(pitch, onset, length, 80))
            onset += length
        return Tune(tuple(notes), meter)


def audience_taste(seed: int) -> NDArray[np.float64]:
    """What the visitors of an exhibit have in common, shape (traits,), of length 1."""
    direction = np.random.default_rng([seed, 77]).standard_normal(len(TRAITS))
    return direction / np.linalg.norm(direction)


def draw_visitor(seed: int, day: int, number: int) -> TasteVisitor:
    """A visitor whose taste is the audience's, and something of their own.

    Parameters
    ----------
    seed, day, number : int

    Returns
    -------
    TasteVisitor
    """
    generator = np.random.default_rng([seed, day, number])
    own = generator.standard_normal(len(TRAITS)) / np.sqrt(len(TRAITS))
    return TasteVisitor(audience_taste(seed) + INDIVIDUALITY * own, generator)
