from __future__ import annotations

import pytest

from midi_data import songs
from rnn.teaching.probed_network import ProbedNetwork
from rnn.teaching.tune_learner import TuneLearner


@pytest.fixture(scope="module")
def probed_network() -> ProbedNetwork:
    """Two layers of nine units, and the atlas of one tune."""
    learner = TuneLearner(songs.ode_to_joy(), units=9, layers=2)
    found = ProbedNetwork.from_checkpoint(learner.checkpoint())
    assert found is not None
    return found
