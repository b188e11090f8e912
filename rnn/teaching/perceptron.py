"""Toys: songs of three facts and the smallest network there is, one neuron that guesses.

A neuron of F weights hears F facts, adds their products and squashes the sum (Rosenblatt 1958, with
the logistic function). It learns by the delta rule (Widrow & Hoff 1960), which is gradient descent
on the cross entropy. That error is convex in the weights: what it cannot get below, no weights can.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

FACT_NAMES = ("modern", "sad", "piano")
"""What a song is known by."""
COIN_TOSS_BITS = 1.0
"""Error of tossing a coin, bits a song."""


@dataclass(frozen=True, slots=True)
class LabelledSong:
    """A song and whether one listener likes it.

    Parameters
    ----------
    facts : tuple of float
        One for each of `FACT_NAMES`.
    liked : int
        1 or 0.
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
"""Four songs no plane can part: liked if modern or sad, but not both; all have a piano."""


def separable_songs(
    count: int = 28,
    taste: tuple[float, ...] = (-1.0, 0.75, 0.4),
    margin: float = 0.16,
    seed: int = 3,
) -> tuple[LabelledSong, ...]:
    """Songs of a listener who weighs the facts: a neuron can learn to guess them all.

    Parameters
    ----------
    taste : tuple of float
        The listener's own weights.
    margin : float
        Songs nearer to the border of the taste than this are left out.

    Returns
    -------
    tuple of Song
        Facts in -1..1; the last is -1 or 1.
    """
    generator = np.random.default_rng(seed)
    songs: list[LabelledSong] = []
    while len(songs) < count:
        modern, sad = generator.uniform(-0.95, 0.95, 2).round(1)
        piano = float(generator.choice((-1.0, 1.0)))
        lean = float(np.dot(taste, (modern, sad, piano)))
        if abs(lean) > margin:
            songs.append(LabelledSong((float(modern), float(sad), piano), int(lean > 0)))
    return tuple(songs)


@dataclass(frozen=True, slots=True)
class NeuronOutput:
    """What a neuron did about one song.

    Parameters
    ----------
    products : tuple of float
        Each fact times its weight.
    total : float
        Their sum.
    output : float
        The sum squashed to 0..1.
    """

    products: tuple[float, ...]
    total: float
    output: float


@dataclass(frozen=True, slots=True)
class DeltaRuleUpdate:
    """What a neuron learned from one song.

    Parameters
    ----------
    miss : float
        The answer minus the guess.
    changes : tuple of float
        Of each weight.
    """

    residual: float
    weight_changes: tuple[float, ...]


class Neuron:
    """One neuron.

    Parameters
    ----------
    weights : array_like, shape (F,)
        Copied.

    Attributes
    ----------
    weights : ndarray of float, shape (F,)
    """

    def __init__(self, weights: ArrayLike) -> None:
        self.weights: Floats = np.array(weights, np.float64)

    def predict(self, facts: Sequence[float]) -> NeuronOutput:
        """Hear a song's facts."""
        products = self.weights * np.asarray(facts, np.float64)
        total = float(products.sum())
        return NeuronOutput(tuple(map(float, products)), total, float(logistic(total)))

    def error(self, songs: Sequence[LabelledSong]) -> float:
        """Cross entropy, bits a song: 0 if every guess is sure and right, 1 for a tossed coin."""
        facts, liked = songs_to_arrays(songs)
        return cross_entropy_bits(facts @ self.weights, liked)

    def count_mistakes(self, songs: Sequence[LabelledSong]) -> int:
        """How many songs are guessed on the wrong side of a half."""
        facts, liked = songs_to_arrays(songs)
        return int(((facts @ self.weights > 0) != (liked > 0.5)).sum())

    def learn_song(self, song: LabelledSong, rate: float) -> DeltaRuleUpdate:
        """Learn from one song: each weight moves by `rate` times the miss times its fact."""
        miss = song.liked - self.predict(song.facts).output
        changes = rate * miss * np.asarray(song.facts, np.float64)
        self.weights += changes
        return DeltaRuleUpdate(miss, tuple(map(float, changes)))


def logistic(total: ArrayLike) -> Floats:
    """The logistic function, 1 / (1 + exp(-total)), by tanh so that nothing overflows."""
    return 0.5 + 0.5 * np.tanh(0.5 * np.asarray(total, np.float64))


def cross_entropy_bits(totals: Floats, liked: Floats) -> float:
    """Mean cross entropy in bits of guesses squash(totals), shape (S,), against 0s and 1s."""
    nats = np.logaddexp(0.0, totals) - liked * totals
    return float(nats.mean() / np.log(2.0))


def songs_to_arrays(songs: Sequence[LabelledSong]) -> tuple[Floats, Floats]:
    """Facts, shape (S, F), and likes, shape (S,)."""
    facts = np.array([song.facts for song in songs], np.float64)
    return facts, np.array([song.liked for song in songs], np.float64)
