"""Adam with clipped gradients, and a running average of the weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnn.lstm import Array


def clip(gradients: dict[str, Array], norm: float) -> float:
    """Scale gradients down, in place, to a joint norm (Pascanu 2013); returns what it was."""
    total = float(np.sqrt(sum(float(np.vdot(g, g)) for g in gradients.values())))
    if total > norm:
        for gradient in gradients.values():
            gradient *= np.float32(norm / total)
    return total


class Adam:
    """Adam (Kingma & Ba 2015), in place.

    Parameters
    ----------
    parameters : dict of str to ndarray
        The arrays to change.
    """

    FAST, SLOW, TINY = 0.9, 0.99, 1e-8

    def __init__(self, parameters: dict[str, Array]) -> None:
        self._parameters = parameters
        self.step = 0
        self.mean = {name: np.zeros_like(array) for name, array in parameters.items()}
        self.square = {name: np.zeros_like(array) for name, array in parameters.items()}

    def update(self, gradients: dict[str, Array], rate: float) -> None:
        """Take one step of size `rate`; the gradients are used up."""
        self.step += 1
        unbiased = np.sqrt(1 - self.SLOW**self.step) / (1 - self.FAST**self.step)
        for name, gradient in gradients.items():
            mean, square = self.mean[name], self.square[name]
            mean *= self.FAST
            mean += (1 - self.FAST) * gradient
            square *= self.SLOW
            np.square(gradient, out=gradient)
            gradient *= 1 - self.SLOW
            square += gradient
            np.sqrt(square, out=gradient)
            gradient += self.TINY
            np.divide(mean, gradient, out=gradient)
            gradient *= np.float32(rate * unbiased)
            self._parameters[name] -= gradient


@dataclass(slots=True)
class Average:
    """An exponential moving average of weights (Polyak & Juditsky 1992)."""

    parameters: dict[str, Array]
    decay: float = 0.998
    count: int = 0

    def update(self, parameters: dict[str, Array]) -> None:
        """Draw the average toward the weights as they are now."""
        self.count += 1
        share = np.float32(
            max(1 - self.decay, 10.0 / (9.0 + self.count))
        )  # follows closely at first
        for name, array in self.parameters.items():
            array += share * (parameters[name] - array)
