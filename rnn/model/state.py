"""State: what a network remembers between steps, and where its live steps happen.

Shapes: B sequences, D inputs of a layer, H units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import DTypeLike

from rnn.model.aligned_memory import aligned_empty
from rnn.model.gemm import Array


@dataclass(frozen=True, slots=True)
class LayerStepBuffers:
    """Where a layer's live steps happen: views of a state, cut once, and scratch."""

    below: Array | None  # (B, D), to be copied beside h; None where `joint` is a view of both
    joint: Array  # (B, D + H), input and hidden state beside each other
    h: Array  # (B, H)
    c: Array  # (B, H)
    gates: Array  # (B, 4H)
    sigmoids: Array  # (B, 3H), those of the gates that are
    gate_views: tuple[Array, ...]  # i, f, o, g: (B, H) each
    scratch: Array  # (B, H)

    @classmethod
    def from_views(
        cls, below: Array | None, joint: Array, h: Array, c: Array, gates: Array
    ) -> LayerStepBuffers:
        """Cut the views; the arrays are those of the fields of the same names."""
        units = h.shape[1]
        cut = tuple(gates[:, k * units : (k + 1) * units] for k in range(4))
        return cls(below, joint, h, c, gates, gates[:, : 3 * units], cut, np.empty_like(h))


@dataclass(slots=True)
class NetworkState:
    """What a network remembers between steps; its arrays are changed in place, never replaced.

    Parameters
    ----------
    h, c : ndarray, shape (layers, B, H)
        Hidden state and cell.
    gates : ndarray, shape (layers, B, 4H)
        Gates of the last live step: input, forget, output, candidate.
    """

    h: Array
    c: Array
    gates: Array
    _step_buffers: list[LayerStepBuffers] | None = field(default=None, repr=False, compare=False)

    @classmethod
    def zeros(
        cls, layers: int, batch: int, units: int, dtype: DTypeLike = np.float32
    ) -> NetworkState:
        """A state in which nothing is remembered.

        Parameters
        ----------
        layers, batch, units : int
            The last two are B and H.
        """
        widths = units, units, 4 * units
        state = cls(*(aligned_empty((layers, batch, width), dtype) for width in widths))
        for array in (state.h, state.c, state.gates):
            array[...] = 0.0
        return state

    @property
    def step_buffers(self) -> list[LayerStepBuffers]:
        """Each layer's, for live steps."""
        if self._step_buffers is None:
            self._step_buffers = [self._make_step_buffers(layer) for layer in range(len(self.h))]
        return self._step_buffers

    def _make_step_buffers(self, layer: int) -> LayerStepBuffers:
        h, below, joint = self.h[layer], None, self.h[layer]
        if layer and self.h.shape[1] == 1:  # one lane: the two lie end to end, nothing to copy
            joint = self.h[layer - 1 : layer + 1].reshape(1, -1)  # (1, 2H)
        elif layer:
            below = self.h[layer - 1]
            joint = np.empty((len(h), 2 * h.shape[1]), h.dtype)  # (B, 2H)
        return LayerStepBuffers.from_views(below, joint, h, self.c[layer], self.gates[layer])

    def copy(self) -> NetworkState:
        """An independent copy."""
        return NetworkState(self.h.copy(), self.c.copy(), self.gates.copy())

    def select_sequence(self, index: int) -> NetworkState:
        """A copy of one sequence's state, B = 1."""
        return self.select_sequences([index])

    def select_sequences(self, indices: Sequence[int]) -> NetworkState:
        """A copy of some sequences' states, in that order; one may be asked for more than once."""
        kept = (array.take(indices, axis=1) for array in (self.h, self.c, self.gates))
        return NetworkState(*kept)
