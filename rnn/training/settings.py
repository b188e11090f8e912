"""Settings of a training."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """Settings of a training.

    Parameters
    ----------
    seed : int
    minutes : float
        Training time; the learning rate falls until then. Above 0, unless `steps` count.
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

    Raises
    ------
    ValueError
        If a value is out of its range.
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

    def __post_init__(self) -> None:
        require_at_least(self, 0, "seed", "steps")
        require_at_least(self, 1, "units", "layers", "embedding", "lanes", "length")
        require_positive(self, "rate", "norm", *(() if self.steps else ("minutes",)))
        require_share(self, "dropout")


def require_at_least(settings: object, least: int, *names: str) -> None:
    """Check that settings have a least value.

    Parameters
    ----------
    settings : object
        Has an attribute of each name.
    least : int
    names : str
        Of the settings that are checked.

    Raises
    ------
    ValueError
        If one is below it or not finite.
    """
    for name in names:
        if not least <= getattr(settings, name) < math.inf:
            raise ValueError(f"{name} must be {least} or more, not {getattr(settings, name)}")


def require_positive(settings: object, *names: str) -> None:
    """Check that settings are above 0.

    Parameters
    ----------
    settings : object
        Has an attribute of each name.
    names : str
        Of the settings that are checked.

    Raises
    ------
    ValueError
        If one is not, or not finite.
    """
    for name in names:
        if not 0 < getattr(settings, name) < math.inf:
            raise ValueError(f"{name} must be above 0, not {getattr(settings, name)}")


def require_share(settings: object, *names: str) -> None:
    """Check that settings are shares below 1.

    Parameters
    ----------
    settings : object
        Has an attribute of each name.
    names : str
        Of the settings that are checked.

    Raises
    ------
    ValueError
        If one is below 0, or 1 or more.
    """
    for name in names:
        if not 0 <= getattr(settings, name) < 1:
            raise ValueError(f"{name} must be in [0, 1), not {getattr(settings, name)}")
