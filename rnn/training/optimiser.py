"""The optimiser: Adam, gradient clipping, and a running average of the weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rnn.model.arrays import Array

BLOCK_SIZE = 1 << 14
"""Numbers updated at a time, few enough to stay in the cache for all passes over them."""


def array_blocks(*arrays: Array) -> Iterator[tuple[Array, ...]]:
    """Yield views of corresponding blocks of contiguous arrays of one size."""
    flat = [array.reshape(-1) for array in arrays]
    for start in range(0, flat[0].size, BLOCK_SIZE):
        yield tuple(array[start : start + BLOCK_SIZE] for array in flat)


def clip_gradients(gradients: dict[str, Array], norm: float) -> float:
    """Scale gradients down in place to a joint norm.

    Parameters
    ----------
    gradients : dict of str to ndarray of float32
    norm : float
        Maximum norm.

    Returns
    -------
    float
        The norm before. If it is not finite, nothing is scaled.

    References
    ----------
    Pascanu, Mikolov & Bengio 2013.
    """
    total = float(np.sqrt(sum(float(np.vdot(g, g)) for g in gradients.values())))
    if norm < total < np.inf:
        for gradient in gradients.values():
            gradient *= np.float32(norm / total)
    return total


class Adam:
    """Adam, in place.

    Parameters
    ----------
    parameters : dict of str to ndarray of float32
        Arrays to update.

    Raises
    ------
    ValueError
        If an array is not contiguous.

    References
    ----------
    Kingma & Ba 2015.
    """

    BETA1, BETA2, EPSILON = 0.9, 0.99, 1e-8

    def __init__(self, parameters: dict[str, Array]) -> None:
        for name, array in parameters.items():
            if not array.flags.c_contiguous:
                raise ValueError(f"{name} is not contiguous")
        self._parameters = parameters
        self._work = np.empty(BLOCK_SIZE, np.float32)
        self.step = 0  # updates made
        self.mean, self.square = (  # running means of the gradients and of their squares
            {name: np.zeros_like(array) for name, array in parameters.items()} for _ in range(2)
        )

    def update(self, gradients: dict[str, Array], rate: float) -> None:
        """Update the parameters with a learning rate; the gradients are overwritten."""
        self.step += 1
        rate *= float(np.sqrt(1 - self.BETA2**self.step) / (1 - self.BETA1**self.step))  # unbiased
        for name, gradient in gradients.items():
            arrays = self._parameters[name], gradient, self.mean[name], self.square[name]
            for array, slope, mean, square in array_blocks(*arrays):
                work = self._work[: array.size]
                np.multiply(slope, 1 - self.BETA1, out=work)
                mean *= self.BETA1
                mean += work
                np.square(slope, out=slope)
                slope *= 1 - self.BETA2
                square *= self.BETA2
                square += slope
                np.sqrt(square, out=work)
                work += self.EPSILON
                np.divide(mean, work, out=work)
                work *= rate
                array -= work


@dataclass(slots=True)
class WeightAverage:
    """Exponential moving average of weights (Polyak & Juditsky 1992)."""

    parameters: dict[str, Array]
    decay: float = 0.998
    count: int = 0

    def update(self, parameters: dict[str, Array]) -> None:
        """Move the average toward the current weights."""
        self.count += 1
        share = np.float32(max(1 - self.decay, 10.0 / (9.0 + self.count)))  # large at first
        for name, array in self.parameters.items():
            for average, now in array_blocks(array, parameters[name]):
                average += share * (now - average)
