from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes


@pytest.fixture
def sizes() -> NetworkSizes:
    return NetworkSizes(inputs=20, outputs=7, embedding=5, units=6, layers=2)


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(1)


@pytest.fixture
def network(sizes, generator) -> Network:
    return Network.initial(sizes, generator)


@pytest.fixture
def features_of(sizes, generator) -> Callable[..., np.ndarray]:
    """Draws active input rows, shape (steps, batch, active)."""

    def draw(steps: int = 6, batch: int = 3, active: int = 2) -> np.ndarray:
        return generator.integers(0, sizes.inputs, (steps, batch, active)).astype(np.int32)

    return draw
