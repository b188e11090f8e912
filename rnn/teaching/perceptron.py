"""One neuron that guesses whether a listener likes a song, from three facts about the song.

A neuron multiplies F facts by F weights and squashes the sum to a guess (Rosenblatt 1958, here with
the logistic function). It learns by the delta rule (Widrow & Hoff 1960), which is gradient descent
on the cross entropy. That error is convex in the weights, so its minimum is global.

References
----------
Rosenblatt, F. (1958). The perceptron: a probabilistic model for information storage and
organization in the brain. Psychological Review 65, 386-408.
Widrow, B. & Hoff, M. E. (1960). Adaptive switching circuits. IRE WESCON Record 4, 96-104.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

FACT_NAMES = ("modern", "sad", "piano")  # names of the three facts of a song, in order
COIN_TOSS_BITS = 1.0  # cross entropy of guessing by a coin, bits a song
SONG_COUNT, SONG_SEED = 28, 6  # number of the separable songs, and seed of their facts
LISTENER_WEIGHTS = (-1.0, 0.75, 0.4)  # weights of the listener for the facts of separable songs
MIN_SONG_MARGIN = 0.12  # least distance of a song's weighted sum from 0; nearer ones are redrawn


@dataclass(frozen=True, slots=True)
class LabelledSong:
    """A song's facts and the listener's verdict.

    Parameters
    ----------
    facts : tuple of float
        One number for each of `FACT_NAMES`.
    liked : int
        1 if the listener likes the song, else 0; any other number raises ValueError.
    """

    facts: tuple[float, ...]
    liked: int

    def __post_init__(self) -> None:
        if self.liked not in (0, 1):
            raise ValueError(f"liked must be 0 or 1, not {self.liked}")


XOR_SONGS = (
    LabelledSong((0, 0, 1), 0),
    LabelledSong((0, 1, 1), 1),
    LabelledSong((1, 0, 1), 1),
    LabelledSong((1, 1, 1), 0),
)
"""Four songs that no plane separates: liked if modern or sad but not both; all have a piano."""


def separable_songs() -> tuple[LabelledSong, ...]:
    """Draw songs that a plane separates by the listener's verdict, always the same ones.

    Returns
    -------
    tuple of LabelledSong
        Facts in 0..1; the third is 0 or 1.
    """
    generator = np.random.default_rng(SONG_SEED)
    songs: list[LabelledSong] = []
    while len(songs) < SONG_COUNT:
        modern, sad = generator.uniform(0.0, 1.0, 2).round(1)
        piano = float(generator.choice((0.0, 1.0)))
        total = float(np.dot(LISTENER_WEIGHTS, (modern, sad, piano)))
        if abs(total) > MIN_SONG_MARGIN:
            songs.append(LabelledSong((float(modern), float(sad), piano), int(total > 0)))
    return tuple(songs)


class SongClassifier(ABC):
    """Guesses whether a listener likes a song, by the sign of a sum."""

    @abstractmethod
    def totals(self, facts: Floats) -> Floats:
        """Sums in the output neuron, shape (...), for facts (..., F)."""

    def error(self, songs: Sequence[LabelledSong]) -> float:
        """Mean cross entropy over songs, bits a song: 0 for sure and right, 1 for a coin."""
        facts, liked = songs_to_arrays(songs)
        totals = self.totals(facts)
        nats = np.logaddexp(0.0, totals) - liked * totals
        return float(nats.mean() / np.log(2.0))

    def count_mistakes(self, songs: Sequence[LabelledSong]) -> int:
        """Count the songs with a guess on the wrong side of 0.5."""
        facts, liked = songs_to_arrays(songs)
        return int(((self.totals(facts) > 0) != (liked > 0.5)).sum())

    def is_correct(self, song: LabelledSong) -> bool:
        """Whether the guess for a song lies on the right side of 0.5."""
        return self.count_mistakes([song]) == 0


@dataclass(frozen=True, slots=True)
class NeuronOutput:
    """The forward pass of a neuron for one song.

    Parameters
    ----------
    products : tuple of float
        Each fact times its weight.
    total, output : float
        Sum of the products, and the guess: its logistic function, 0..1.
    """

    products: tuple[float, ...]
    total: float
    output: float


@dataclass(frozen=True, slots=True)
class DeltaRuleUpdate:
    """One update of a neuron's weights.

    Parameters
    ----------
    residual : float
        Answer minus guess before the update, -1..1.
    weight_changes : tuple of float
    """

    residual: float
    weight_changes: tuple[float, ...]


class Neuron(SongClassifier):
    """A single neuron without a bias (Rosenblatt 1958; Widrow & Hoff 1960).

    Parameters
    ----------
    weights : array_like of float, shape (F,)
        Initial weights; copied.
    """

    def __init__(self, weights: ArrayLike) -> None:
        self.weights: Floats = np.array(weights, np.float64)

    def totals(self, facts: Floats) -> Floats:
        return facts @ self.weights

    def predict(self, facts: Sequence[float]) -> NeuronOutput:
        """Compute the guess for a song's facts, a sequence of F numbers."""
        products = self.weights * np.asarray(facts, np.float64)
        total = float(products.sum())
        return NeuronOutput(tuple(map(float, products)), total, float(logistic(total)))

    def learn_song(self, song: LabelledSong, rate: float) -> DeltaRuleUpdate:
        """Move each weight by the learning rate times the residual times its fact."""
        residual = song.liked - self.predict(song.facts).output
        changes = rate * residual * np.asarray(song.facts, np.float64)
        self.weights += changes
        return DeltaRuleUpdate(residual, tuple(map(float, changes)))


def logistic(total: ArrayLike) -> Floats:
    """Compute the logistic function 1 / (1 + exp(-total)), by tanh to avoid overflow.

    Parameters
    ----------
    total : array_like of float

    Returns
    -------
    ndarray of float64
        Values in 0..1, of the same shape.
    """
    return 0.5 + 0.5 * np.tanh(0.5 * np.asarray(total, np.float64))


def songs_to_arrays(songs: Sequence[LabelledSong]) -> tuple[Floats, Floats]:
    """Facts, shape (S, F), and verdicts, shape (S,), of songs."""
    facts = np.array([song.facts for song in songs], np.float64)
    return facts, np.array([song.liked for song in songs], np.float64)
