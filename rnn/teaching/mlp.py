"""A multilayer perceptron with one small hidden layer (Rumelhart et al. 1986).

Hidden neurons use tanh, the output neuron the logistic function; all have a bias. The network is
trained on all songs at once by back-propagation and Adam. With two hidden neurons more than half of
all initial weights end in a local minimum, so one hidden neuron restarts when the error stalls.
Shapes: S songs, F facts, H hidden neurons. Weights are float32, activations float64. See
`rnn.teaching.autograd` for the reference.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnn.model.arrays import Array
from rnn.teaching.perceptron import (
    FACT_NAMES,
    Floats,
    LabelledSong,
    SongClassifier,
    logistic,
    songs_to_arrays,
)
from rnn.training.optimiser import Adam

LEARNING_RATE = 0.06  # learning rate of Adam, small enough for an eye to follow
INITIAL_WEIGHT_STD = 1.0  # standard deviation of the initial weights
STALL_CHECK_STEPS = 40  # steps between two checks for a stalled error
STALL_ERROR_RATIO = 0.97
"""Ratio of the error to that of the last check above which the error counts as stalled."""


class TinyMlp(SongClassifier):
    """A network with one hidden layer (Rumelhart et al. 1986).

    Parameters
    ----------
    hidden : int
        Number of hidden neurons H, at least 1.
    seed : int
        Seed of the initial weights and of the restarts.

    Raises
    ------
    ValueError
        If `hidden` is below 1.
    """

    def __init__(self, hidden: int, seed: int = 0) -> None:
        if hidden < 1:
            raise ValueError(f"a hidden layer has at least 1 neuron, not {hidden}")
        self._generator = generator = np.random.default_rng(seed)
        shape = len(FACT_NAMES), hidden
        self.parameters: dict[str, Array] = {  # (F, H), (H,), (H,), (1,)
            "hidden.weight": generator.normal(0, INITIAL_WEIGHT_STD, shape).astype(np.float32),
            "hidden.bias": np.zeros(hidden, np.float32),
            "output.weight": generator.normal(0, INITIAL_WEIGHT_STD, hidden).astype(np.float32),
            "output.bias": np.zeros(1, np.float32),
        }
        self._adam = Adam(self.parameters)
        self._last_checked_error = np.inf
        self.steps = self.restarts = 0  # numbers of updates and of restarted hidden neurons

    @property
    def hidden_count(self) -> int:
        """Number of hidden neurons."""
        return len(self.parameters["output.weight"])

    def hidden_activations(self, facts: Floats) -> Floats:
        """Activations of the hidden neurons, shape (..., H), -1..1, for facts (..., F)."""
        facts = np.asarray(facts, np.float64)
        return np.tanh(facts @ self.parameters["hidden.weight"] + self.parameters["hidden.bias"])

    def output_totals(self, hidden: Floats) -> Floats:
        """Sums in the output neuron, shape (...), for hidden activations (..., H)."""
        return hidden @ self.parameters["output.weight"] + self.parameters["output.bias"][0]

    def totals(self, facts: Floats) -> Floats:
        return self.output_totals(self.hidden_activations(facts))

    def predict(self, facts: Floats) -> Floats:
        """Guesses, shape (...), 0..1, for facts (..., F)."""
        return logistic(self.totals(facts))

    def gradients(self, songs: Sequence[LabelledSong]) -> dict[str, Floats]:
        """Gradient of the error in bits by each parameter, keyed and shaped like `parameters`."""
        facts, liked = songs_to_arrays(songs)  # (S, F), (S,)
        hidden = self.hidden_activations(facts)  # (S, H)
        d_total = (logistic(self.output_totals(hidden)) - liked) / (len(liked) * np.log(2.0))
        d_hidden = np.outer(d_total, self.parameters["output.weight"]) * (1.0 - hidden**2)  # (S, H)
        return {
            "hidden.weight": facts.T @ d_hidden,
            "hidden.bias": d_hidden.sum(axis=0),
            "output.weight": hidden.T @ d_total,
            "output.bias": d_total.sum(keepdims=True),
        }

    def learn(self, songs: Sequence[LabelledSong], rate: float = LEARNING_RATE) -> None:
        """Take one Adam step on all songs; restart a hidden neuron if the error has stalled."""
        gradients = {name: g.astype(np.float32) for name, g in self.gradients(songs).items()}
        self._adam.update(gradients, rate)
        self.steps += 1
        if self.steps % STALL_CHECK_STEPS == 0:
            error = self.error(songs)
            if self.count_mistakes(songs) and error > STALL_ERROR_RATIO * self._last_checked_error:
                self._restart_neuron()
                error = self.error(songs)
            self._last_checked_error = error

    def _restart_neuron(self) -> None:
        """Draw one hidden neuron's weights anew, each in its turn, and halve all other weights."""
        neuron = self.restarts % self.hidden_count
        self.restarts += 1
        for array in self.parameters.values():
            array *= 0.5
        inner = self.parameters["hidden.weight"]
        inner[:, neuron] = self._generator.normal(0, INITIAL_WEIGHT_STD, len(inner))
        self.parameters["hidden.bias"][neuron] = 0.0
        self.parameters["output.weight"][neuron] = self._generator.normal(0, INITIAL_WEIGHT_STD)
        self._adam = Adam(self.parameters)
