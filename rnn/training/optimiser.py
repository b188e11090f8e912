"""Adam with clipped gradients, and a running average of the weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rnn.model.lstm import Array

BLOCK_SIZE = 1 << 14
"""Numbers worked on at a time: few enough that all passes over them stay in the cache."""


def array_blocks(*arrays: Array) -> Iterator[tuple[Array, ...]]:
    """Views of the same stretch of each of some arrays of one size, unbroken in memory."""
    flat = [array.reshape(-1) for array in arrays]
    for at in range(0, flat[0].size, BLOCK_SIZE):
        yield tuple(array[at : at + BLOCK_SIZE] for array in flat)


def clip_gradients(gradients: dict[str, Array], norm: float) -> float:
    """Scale gradients down, in place, to a joint norm (Pascanu 2013); returns what it was.

    One that is no finite number is returned, and nothing scaled.
    """
    total = float(np.sqrt(sum(float(np.vdot(g, g)) for g in gradients.values())))
    if norm < total < np.inf:
        for gradient in gradients.values():
            gradient *= np.float32(norm / total)
    return total


class Adam:
    """Adam (Kingma & Ba 2015), in place.

    Parameters
    ----------
    parameters : dict of str to ndarray
        The arrays to change.

    Raises
    ------
    ValueError
        If an array is not in one piece of memory.
    """

    BETA1, BETA2, EPSILON = 0.9, 0.99, 1e-8

    def __init__(self, parameters: dict[str, Array]) -> None:
        for name, array in parameters.items():
            if not array.flags.c_contiguous:
                raise ValueError(f"{name} is not in one piece")
        self._parameters = parameters
        self._work = np.empty(BLOCK_SIZE, np.float32)
        self.step = 0
        self.mean = {name: np.zeros_like(array) for name, array in parameters.items()}
        self.square = {name: np.zeros_like(array) for name, array in parameters.items()}

    def update(self, gradients: dict[str, Array], rate: float) -> None:
        """Take one step of size `rate`; the gradients are used up."""
        self.step += 1
        rate *= float(np.sqrt(1 - self.BETA2**self.step) / (1 - self.BETA1**self.step))  # unbiased
        for name, gradient in gradients.items():
            arrays = self._parameters[name], gradient, self.mean[name], self.square[name]
            for block in array_blocks(*arrays):
                self._update(*block, rate)

    def _update(
        self, array: Array, gradient: Array, mean: Array, square: Array, rate: float
    ) -> None:
        work = self._work[: array.size]
        np.multiply(gradient, 1 - self.BETA1, out=work)
        mean *= self.BETA1
        mean += work
        np.square(gradient, out=gradient)
        gradient *= 1 - self.BETA2
        square *= self.BETA2
        square += gradient
        np.sqrt(square, out=work)
        work += self.EPSILON
        np.divide(mean, work, out=work)
        work *= rate
        array -= work


@dataclass(slots=True)
class WeightAverage:
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
            for average, now in array_blocks(array, parameters[name]):
                average += share * (now - average)
