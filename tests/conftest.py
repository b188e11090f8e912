"""Small matrices are quicker on one thread, and two cores are shared by all that is tested."""

import os
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before anything imports numpy

import numpy as np  # after the environment is set
import pytest
from hypothesis import settings

from midi_data import songs
from rnn.codecs.note_codec import NoteCodec
from rnn.model.checkpoint import Checkpoint, save_checkpoint
from rnn.model.model_card import ModelCard
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes, parameter_shapes
from rnn.teaching.probed_network import ProbedNetwork
from rnn.teaching.tune_learner import TuneLearner

settings.register_profile("unhurried", deadline=None)  # a starved machine is no failure
settings.load_profile("unhurried")


def pytest_addoption(parser) -> None:
    parser.addoption("--redraw", action="store_true", help="draw the golden pictures anew")


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model file of a network that was never trained: enough to play with."""
    codec = NoteCodec()
    sizes = NetworkSizes(codec.inputs, codec.outputs, embedding=16, units=24, layers=2)
    generator = np.random.default_rng(0)
    parameters = {
        name: generator.normal(0, 0.2, shape).astype(np.float32)
        for name, shape in parameter_shapes(sizes).items()
    }
    card = ModelCard(style="untrained", title="Untrained", tempo=120.0)
    preference = np.zeros((sizes.layers, 12, sizes.units), np.float32)
    path = tmp_path_factory.mktemp("model") / "untrained.safetensors"
    save_checkpoint(path, Checkpoint(Network(sizes, parameters), codec, card, preference))
    return path


@pytest.fixture(scope="module")
def probed_network() -> ProbedNetwork:
    """Two layers of nine units, and the atlas of one tune."""
    learner = TuneLearner(songs.ode_to_joy(), units=9, layers=2)
    found = ProbedNetwork.from_checkpoint(learner.checkpoint())
    assert found is not None
    return found
