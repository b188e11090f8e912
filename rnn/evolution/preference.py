"""Preference: what the audience as a whole likes in answers, learned from all its votes.

One vote tells little, hundreds of them tell a direction. A generation learns from many answers of
its parent, each weighed by how well the audience would like it: the tilt towards a reward that
keeps nearest to the parent (reward-weighted regression, Peters & Schaal 2007).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from midi_data.notes import Tune
from rnn.evolution.evolution_data import LearnedDuet
from rnn.evolution.tune_sampler import continue_phrases, melody_steps
from rnn.model.checkpoint import Checkpoint

LEAP_SEMITONES, LONG_BEATS = 5, 1.0
MIN_RATED_NOTES = 3  # notes of an answer below which nothing can be said of it
MAX_DEVIATIONS = 2.5  # of a trait, or a rating, from the mean that count
TILT = 0.9  # nats by which an answer is to become likelier for a standard deviation of its rating
MIN_RATING_NATS = 0.05  # spread of the ratings below which the votes tell nothing
RIDGE = 6.0  # pull of the slopes to 0, in votes
NEWTON_STEPS = 12
MIN_ANSWER_BEATS, MAX_ANSWER_BEATS = 4.0, 16.0  # of an answer as the piece plays it

Vector = NDArray[np.float64]


def describe_answer(duet: LearnedDuet) -> Vector:
    """Traits of an answer of at least `MIN_RATED_NOTES` notes, in their own units."""
    steps = melody_steps(duet.answer)
    intervals, gaps = (np.array(part, float) for part in zip(*steps, strict=True))
    pitches = np.array([note.pitch for note in duet.answer], float)
    heard = [note.pitch for note in duet.phrase.notes]
    heard_steps = set(melody_steps(duet.phrase.notes))
    sizes = np.abs(intervals)
    return np.array(
        [
            1 / max(1e-3, gaps.mean()),
            np.log2(np.maximum(gaps, 1e-3)).std(),
            np.mean(gaps >= LONG_BEATS),
            sizes.mean(),
            np.mean(sizes == 0),
            np.mean((sizes > 0) & (sizes <= 2)),
            np.mean(sizes >= LEAP_SEMITONES),
            intervals.mean(),
            np.mean(np.sign(intervals[1:]) != np.sign(intervals[:-1])),
            pitches.mean() - np.mean(heard),
            pitches[-1] - pitches.mean(),
            np.ptp(pitches),
            np.mean([note.onset % 1 > 0 for note in duet.answer]),
            len(set(steps)) / len(steps),
            np.mean([step in heard_steps for step in steps]),
        ]
    )


@dataclass(frozen=True, slots=True, eq=False)
class Preference:
    """Log-odds that an answer is liked, linear in its traits.

    Parameters
    ----------
    mean, deviation : ndarray of float64
        Of the traits of the answers that were voted on.
    slopes : ndarray of float64
        Nats for a standard deviation of each trait.
    """

    mean: Vector
    deviation: Vector
    slopes: Vector

    @classmethod
    def learn(cls, duets: Sequence[LearnedDuet]) -> Preference:
        """Learn from answers that were liked (weight above 0) or not: ridge logistic regression."""
        rated = [duet for duet in duets if len(duet.answer) >= MIN_RATED_NOTES]
        traits = np.array([describe_answer(duet) for duet in rated])
        mean, deviation = traits.mean(axis=0), np.maximum(traits.std(axis=0), 1e-6)
        own = cls(mean, deviation, np.zeros(len(mean)))
        inputs = np.column_stack([np.ones(len(rated)), [own.normalise(duet) for duet in rated]])
        liked = np.array([duet.weight > 0 for duet in rated], float)
        penalty = RIDGE * np.eye(inputs.shape[1])
        penalty[0, 0] = 1e-3
        slopes = np.zeros(inputs.shape[1])
        for _ in range(NEWTON_STEPS):
            chance = 1 / (1 + np.exp(-inputs @ slopes))
            gradient = inputs.T @ (liked - chance) - penalty @ slopes
            curvature = (inputs.T * (chance * (1 - chance))) @ inputs + penalty
            slopes += np.linalg.solve(curvature, gradient)
        return replace(own, slopes=slopes[1:])

    def normalise(self, duet: LearnedDuet) -> Vector:
        """The traits of an answer, in standard deviations."""
        deviations = (describe_answer(duet) - self.mean) / self.deviation
        return np.clip(deviations, -MAX_DEVIATIONS, MAX_DEVIATIONS)

    def rate(self, duet: LearnedDuet) -> float:
        """Log-odds, but for a constant, that an answer of at least `MIN_RATED_NOTES` is liked."""
        return float(self.normalise(duet) @ self.slopes)


@dataclass(frozen=True, slots=True)
class WeighedAnswers:
    """Answers by how well the audience would like them; the mean weight of each group is 1.

    Parameters
    ----------
    played : tuple of LearnedDuet
        Those that visitors heard and voted on.
    written : tuple of LearnedDuet
        New ones of the parent to the same phrases.
    """

    played: tuple[LearnedDuet, ...]
    written: tuple[LearnedDuet, ...]


def weigh_answers(
    parent: Checkpoint, voted: Sequence[LearnedDuet], count: int, seed: int
) -> WeighedAnswers | None:
    """Weigh the answers that were voted on, and new ones, by how well the audience would like them.

    Parameters
    ----------
    parent : Checkpoint
    voted : sequence of LearnedDuet
        Duets that were liked (weight above 0) or not.
    count : int
        New answers.
    seed : int

    Returns
    -------
    WeighedAnswers or None
        None where the votes tell nothing.
    """
    preference = Preference.learn(voted)
    played = [duet for duet in voted if len(duet.answer) >= MIN_RATED_NOTES]
    written = write_answers(parent, voted, count, np.random.default_rng([seed, 3]))
    ratings = np.array([preference.rate(duet) for duet in written])
    if not len(ratings) or not ratings.std() > MIN_RATING_NATS:
        return None
    played_ratings = np.array([preference.rate(duet) for duet in played])
    spread = float(ratings.std())
    return WeighedAnswers(_weigh(played, played_ratings, spread), _weigh(written, ratings, spread))


def _weigh(duets: Sequence[LearnedDuet], ratings: Vector, spread: float) -> tuple[LearnedDuet, ...]:
    """Duets whose weights grow with their ratings, by `TILT` for each `spread`."""
    deviations = (ratings - ratings.mean()) / spread
    weights = np.exp(TILT * np.clip(deviations, -MAX_DEVIATIONS, MAX_DEVIATIONS))
    weights /= weights.mean()
    return tuple(
        replace(duet, weight=float(weight)) for duet, weight in zip(duets, weights, strict=True)
    )


def write_answers(
    parent: Checkpoint, duets: Sequence[LearnedDuet], count: int, generator: np.random.Generator
) -> list[LearnedDuet]:
    """New answers of a network to the phrases of duets, each as long as the piece would play it.

    Parameters
    ----------
    parent : Checkpoint
    duets : sequence of LearnedDuet
        With one at least.
    count : int
    generator : numpy.random.Generator

    Returns
    -------
    list of LearnedDuet
        Those of at least `MIN_RATED_NOTES` notes; of weight 1.
    """
    phrases = [duets[k % len(duets)].phrase for k in range(count)]
    ends = [phrase.end + _answer_beats(phrase) for phrase in phrases]
    answers = continue_phrases(parent, phrases, generator, ends)
    written = []
    for phrase, end, answer in zip(phrases, ends, answers, strict=True):
        kept = tuple(note for note in answer if note.onset < end)
        if len(kept) >= MIN_RATED_NOTES:
            written.append(LearnedDuet(phrase, kept))
    return written


def _answer_beats(phrase: Tune) -> float:
    bar = phrase.meter.bar_beats
    return min(MAX_ANSWER_BEATS, max(MIN_ANSWER_BEATS, math.ceil(phrase.end / bar) * bar))
