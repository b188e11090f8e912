"""Touch: fingers on units of a running network, to silence, hold or amplify them.

A touch changes what a unit says (its hidden state) the moment it is computed, before the layer
above, the readout or the next step can hear it. Its cell goes on as it would.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from rnn.model.lstm import Array


class InterventionKind(Enum):
    """What a touch does."""

    SILENCE = "silence"
    HOLD = "hold"
    AMPLIFY = "amplify"


@dataclass(frozen=True, slots=True)
class UnitIntervention:
    """A finger on one unit.

    Parameters
    ----------
    layer, unit : int
    kind : Kind
        SILENCE makes it say 0; HOLD makes it say `factor`, whatever it hears; AMPLIFY multiplies
        what it says by `factor`.
    factor : float
        For HOLD in -1..1, as any hidden state; for AMPLIFY in 0..16; for SILENCE of no account.

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
        lowest, highest = (-1.0, 1.0) if self.kind is InterventionKind.HOLD else (0.0, 16.0)
        if not lowest <= self.factor <= highest:
            raise ValueError(
                f"factor of {self.kind.value} must be in {lowest:g}..{highest:g}, not {self.factor}"
            )

    @property
    def gain(self) -> float:
        """How what the unit says follows what it would say."""
        return self.factor if self.kind is InterventionKind.AMPLIFY else 0.0

    @property
    def offset(self) -> float:
        """What it says of its own."""
        return self.factor if self.kind is InterventionKind.HOLD else 0.0


class InterventionSet:
    """The touches on one network, as `Network.step` wants them.

    Parameters
    ----------
    touches : sequence of Touch
        Of two on one unit the later counts.
    layers, units : int

    Raises
    ------
    ValueError
        If there is no such unit.
    """

    def __init__(self, touches: Sequence[UnitIntervention], layers: int, units: int) -> None:
        for touch in touches:
            if touch.layer >= layers or touch.unit >= units:
                raise ValueError(
                    f"no unit {touch.unit} in layer {touch.layer}: "
                    f"there are {layers} layers of {units}"
                )
        self.interventions = tuple({(touch.layer, touch.unit): touch for touch in touches}.values())
        self._by_layer = [
            [
                (touch.unit, touch.gain, touch.offset)
                for touch in self.interventions
                if touch.layer == k
            ]
            for k in range(layers)
        ]

    def __call__(self, layer: int, hidden: Array) -> None:
        """Change what units of a layer say, in place; `hidden` has shape (B, H)."""
        for unit, slope, level in self._by_layer[layer]:
            said = hidden[:, unit]  # a view
            said *= slope
            said += level

    def __bool__(self) -> bool:
        return bool(self.interventions)

    def unit_gains(self, layers: int, units: int) -> Array:
        """How each unit follows what it would say, shape (layers, H); 1 where untouched."""
        slopes = np.ones((layers, units), np.float32)
        for touch in self.interventions:
            slopes[touch.layer, touch.unit] = touch.gain
        return slopes


def kl_divergence_bits(log_with: Array, log_without: Array) -> float:
    """Kullback-Leibler divergence of two distributions over the same tokens, bits.

    Parameters
    ----------
    log_with, log_without : ndarray, shape (V,)
        Natural logarithms of shares; -inf where both are 0.

    Notes
    -----
    What it costs, in bits a token, to believe `without` of a network that does `with`.
    """
    there = np.isfinite(log_with)
    apart = log_with[there].astype(np.float64) - log_without[there]
    return max(0.0, float(np.sum(np.exp(log_with[there]) * apart) / np.log(2)))
