"""Toys of two layers: some hidden neurons between the facts and the guess.

Hidden neurons squash with tanh, the last with the logistic function; every one may lean, which is
its bias. Trained on all songs at once by back-propagation (Rumelhart, Hinton & Williams 1986) and
Adam. Two hidden neurons settle at a wrong answer from more than half of all beginnings, so a
network that no longer gets better is shaken: one hidden neuron begins anew. Shapes: S songs,
F facts, H hidden neurons. Weights are float32, what is made of them float64.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnn.model.lstm import Array
from rnn.teaching.perceptron import (
    Floats,
    LabelledSong,
    cross_entropy_bits,
    logistic,
    songs_to_arrays,
)
from rnn.training.optimiser import Adam

LEARNING_RATE = 0.06
"""Step of Adam, small enough for an eye to follow."""
INITIAL_WEIGHT_STD = 1.0
"""First weights are drawn from a normal distribution this wide."""
STALL_CHECK_STEPS = 40
"""Steps between two looks at whether it still gets better."""
STALL_ERROR_RATIO = 0.97
"""An error that stays above this share of the one before is standing still."""


class TinyMlp:
    """A network of one hidden layer.

    Parameters
    ----------
    hidden : int
        H, at least 1.
    facts : int
        F.
    seed : int
        Of the first weights.

    Attributes
    ----------
    parameters : dict of str to ndarray
        ``inner`` (F, H), ``inner_lean`` (H,), ``outer`` (H,), ``outer_lean`` (1,).
    steps : int
        Taken so far.
    restarts : int
        How often a hidden neuron began anew.
    """

    def __init__(self, hidden: int, facts: int = 3, seed: int = 0) -> None:
        if hidden < 1:
            raise ValueError(f"a hidden layer has at least 1 neuron, not {hidden}")
        self._generator = generator = np.random.default_rng(seed)
        self.parameters: dict[str, Array] = {
            "inner": generator.normal(0, INITIAL_WEIGHT_STD, (facts, hidden)).astype(np.float32),
            "inner_lean": np.zeros(hidden, np.float32),
            "outer": generator.normal(0, INITIAL_WEIGHT_STD, hidden).astype(np.float32),
            "outer_lean": np.zeros(1, np.float32),
        }
        self._adam = Adam(self.parameters)
        self._last_checked_error = np.inf
        self.steps = self.restarts = 0

    @property
    def hidden_count(self) -> int:
        """H."""
        return len(self.parameters["outer"])

    def hidden_activations(self, facts: Floats) -> Floats:
        """Where facts, shape (..., F), come to lie among the hidden neurons, (..., H), -1..1."""
        facts = np.asarray(facts, np.float64)
        return np.tanh(facts @ self.parameters["inner"] + self.parameters["inner_lean"])

    def output_totals(self, folded: Floats) -> Floats:
        """Sums in the last neuron, shape (...), for places among the hidden ones, (..., H)."""
        return folded @ self.parameters["outer"] + self.parameters["outer_lean"][0]

    def predict(self, facts: Floats) -> Floats:
        """Guesses, shape (...), 0..1, from facts, (..., F)."""
        return logistic(self.output_totals(self.hidden_activations(facts)))

    def error(self, songs: Sequence[LabelledSong]) -> float:
        """Cross entropy, bits a song."""
        facts, liked = songs_to_arrays(songs)
        return cross_entropy_bits(self.output_totals(self.hidden_activations(facts)), liked)

    def count_mistakes(self, songs: Sequence[LabelledSong]) -> int:
        """How many songs are guessed on the wrong side of a half."""
        facts, liked = songs_to_arrays(songs)
        return int(
            ((self.output_totals(self.hidden_activations(facts)) > 0) != (liked > 0.5)).sum()
        )

    def gradients(self, songs: Sequence[LabelledSong]) -> dict[str, Floats]:
        """Of the error in bits by each parameter."""
        facts, liked = songs_to_arrays(songs)  # (S, F), (S,)
        folded = self.hidden_activations(facts)  # (S, H)
        back = (logistic(self.output_totals(folded)) - liked) / (len(liked) * np.log(2.0))  # (S,)
        inside = np.outer(back, self.parameters["outer"]) * (1.0 - folded**2)  # (S, H)
        return {
            "inner": facts.T @ inside,
            "inner_lean": inside.sum(axis=0),
            "outer": folded.T @ back,
            "outer_lean": back.sum(keepdims=True),
        }

    def learn(self, songs: Sequence[LabelledSong], rate: float = LEARNING_RATE) -> None:
        """One step down the error of all songs; a shake if it has stood still too long."""
        slopes = {name: g.astype(np.float32) for name, g in self.gradients(songs).items()}
        self._adam.update(slopes, rate)
        self.steps += 1
        if self.steps % STALL_CHECK_STEPS == 0:
            error = self.error(songs)
            if self.count_mistakes(songs) and error > STALL_ERROR_RATIO * self._last_checked_error:
                self._restart_neuron()
                error = self.error(songs)
            self._last_checked_error = error

    def _restart_neuron(self) -> None:
        """One hidden neuron, each in its turn, begins anew; the others hold on less firmly."""
        one = self.restarts % self.hidden_count
        self.restarts += 1
        for array in self.parameters.values():
            array *= 0.5
        inner = self.parameters["inner"]
        inner[:, one] = self._generator.normal(0, INITIAL_WEIGHT_STD, len(inner))
        self.parameters["inner_lean"][one] = 0.0
        self.parameters["outer"][one] = self._generator.normal(0, INITIAL_WEIGHT_STD)
        self._adam = Adam(self.parameters)
