"""Settings of a training."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """Settings of a training.

    Parameters
    ----------
    seed : int
    minutes : float
        Training time; the learning rate falls until then.
    steps : int
        Number of updates instead, if not 0. Exact repetition needs it.
    units, layers, embedding : int
        Sizes of the network.
    lanes, length : int
        Sequences side by side, and steps of truncated back-propagation.
    rate : float
        Highest learning rate.
    dropout : float
        Share of each layer's inputs set to 0.
    norm : float
        Maximum joint norm of the gradients.
    sums_layers : bool
        Whether the readout reads all layers.
    """

    seed: int = 1
    minutes: float = 20.0
    steps: int = 0
    units: int = 256
    layers: int = 2
    embedding: int = 128
    lanes: int = 16
    length: int = 64
    rate: float = 4e-3
    dropout: float = 0.1
    norm: float = 1.0
    sums_layers: bool = True
