"""Interventions on units of a running network: silence, hold or amplify.

An intervention changes a unit's hidden state the moment it is computed, before the layer above,
the readout or the next step read it. The unit's cell is not changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from rnn.model.arrays import Array


class InterventionKind(Enum):
    """The effect of an intervention."""

    SILENCE = "silence"
    HOLD = "hold"
    AMPLIFY = "amplify"


@dataclass(frozen=True, slots=True)
class UnitIntervention:
    """A change of one unit's hidden state.

    Parameters
    ----------
    layer, unit : int
    kind : InterventionKind
        SILENCE makes the hidden state 0, HOLD makes it `factor`, AMPLIFY multiplies it by `factor`.
    factor : float
        -1..1 for HOLD, 0..16 for AMPLIFY; unused for SILENCE.

    Raises
    ------
    ValueError
        If a number is out of its range.
    """

    layer: int
    unit: int
    kind: InterventionKind = InterventionKind.SILENCE
    factor: float = 1.0

    def __post_init__(self) -> None:
        if self.layer < 0 or self.unit < 0:
            raise ValueError(f"no unit {self.unit} in a layer {self.layer}")
        if self.kind is InterventionKind.SILENCE:
            return
        lowest, highest = (-1.0, 1.0) if self.kind is InterventionKind.HOLD else (0.0, 16.0)
        if not lowest <= self.factor <= highest:
            raise ValueError(
                f"factor of {self.kind.value} must be in {lowest:g}..{highest:g}, not {self.factor}"
            )

    @property
    def gain(self) -> float:
        """Derivative of the changed hidden state by the original one."""
        return self.factor if self.kind is InterventionKind.AMPLIFY else 0.0

    @property
    def offset(self) -> float:
        """The changed hidden state where the original one is 0."""
        return self.factor if self.kind is InterventionKind.HOLD else 0.0


class InterventionSet:
    """The interventions on one network, callable as the hook of `Network.step`.

    Of two on one unit the later counts; ValueError if there is no such unit.
    """

    def __init__(self, interventions: Sequence[UnitIntervention], layers: int, units: int) -> None:
        for each in interventions:
            if each.layer >= layers or each.unit >= units:
                raise ValueError(
                    f"no unit {each.unit} in layer {each.layer}: "
                    f"there are {layers} layers of {units}"
                )
        self._shape = layers, units
        by_unit = {(each.layer, each.unit): each for each in interventions}
        self.interventions = tuple(by_unit.values())
        self._by_layer = [
            [(each.unit, each.gain, each.offset) for each in self.interventions if each.layer == k]
            for k in range(layers)
        ]

    def __call__(self, layer: int, hidden: Array) -> None:
        """Change the hidden state of a layer, shape (B, H), in place."""
        for unit, gain, offset in self._by_layer[layer]:
            column = hidden[:, unit]  # a view
            column *= gain
            column += offset

    def __bool__(self) -> bool:
        return bool(self.interventions)

    def unit_gains(self) -> Array:
        """The gain of each unit, shape (layers, H); 1 without an intervention."""
        gains = np.ones(self._shape, np.float32)
        for each in self.interventions:
            gains[each.layer, each.unit] = each.gain
        return gains


def kl_divergence_bits(log_p: Array, log_q: Array) -> float:
    """Kullback-Leibler divergence of p from q, bits, given as natural logarithms, (V,).

    Both may be 0 (-inf) at the same tokens only.
    """
    possible = np.isfinite(log_p)
    ratio = log_p[possible].astype(np.float64) - log_q[possible]
    return max(0.0, float(np.sum(np.exp(log_p[possible]) * ratio) / np.log(2)))
