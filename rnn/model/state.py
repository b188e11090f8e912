"""The state of a network between steps, and the buffers of its live steps.

Shapes: B sequences, D inputs of a layer, H units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import DTypeLike

from rnn.model.arrays import Array, aligned_empty


@dataclass(frozen=True, slots=True)
class LayerStepBuffers:
    """Views of a state in which a layer computes its live steps, made once, and scratch memory."""

    below: Array | None  # (B, D), to be copied beside h; None where `joint` is a view of both
    joint: Array  # (B, D + H), input and hidden state side by side
    h: Array  # (B, H)
    c: Array  # (B, H)
    gates: Array  # (B, 4H)
    sigmoids: Array  # (B, 3H), a view of the sigmoid gates
    gate_views: tuple[Array, ...]  # i, f, o, g: (B, H) each
    scratch: Array  # (B, H)

    @classmethod
    def from_views(
        cls, below: Array | None, joint: Array, h: Array, c: Array, gates: Array
    ) -> LayerStepBuffers:
        """Buffers with the views of `gates` made."""
        sigmoids, gate_views = gates[:, : 3 * h.shape[1]], tuple(np.hsplit(gates, 4))
        return cls(below, joint, h, c, gates, sigmoids, gate_views, np.empty_like(h))


@dataclass(slots=True)
class NetworkState:
    """State of a network between steps; its arrays are changed in place, never replaced.

    Parameters
    ----------
    h, c : ndarray of float32, shape (layers, B, H)
        Hidden states and cells.
    gates : ndarray of float32, shape (layers, B, 4H)
        Gate activations of the last live step: input, forget, output, candidate.
    _step_buffers : list of LayerStepBuffers, optional
        Memory of the live step, made when first needed.
    """

    h: Array
    c: Array
    gates: Array
    _step_buffers: list[LayerStepBuffers] | None = field(default=None, repr=False, compare=False)

    @classmethod
    def zeros(
        cls, layers: int, batch: int, units: int, dtype: DTypeLike = np.float32
    ) -> NetworkState:
        """A state of zeros of `layers` layers, B sequences (`batch`) and H `units`."""
        widths = units, units, 4 * units
        state = cls(*(aligned_empty((layers, batch, width), dtype) for width in widths))
        for array in (state.h, state.c, state.gates):
            array[...] = 0.0
        return state

    @property
    def step_buffers(self) -> list[LayerStepBuffers]:
        """Buffers of live steps, one a layer."""
        if self._step_buffers is None:
            self._step_buffers = [self._make_step_buffers(layer) for layer in range(len(self.h))]
        return self._step_buffers

    def _make_step_buffers(self, layer: int) -> LayerStepBuffers:
        h, below, joint = self.h[layer], None, self.h[layer]
        if layer and self.h.shape[1] == 1:  # one sequence: both are adjacent, nothing to copy
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
        """A copy of the states of the sequences `indices`, in that order, repeats allowed."""
        kept = (array.take(indices, axis=1) for array in (self.h, self.c, self.gates))
        return NetworkState(*kept)
