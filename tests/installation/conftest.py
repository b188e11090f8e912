"""A network that was never trained: enough to play with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnn.codecs.note_codec import NoteCodec
from rnn.model.checkpoint import Checkpoint, save_checkpoint
from rnn.model.model_card import ModelCard
from rnn.model.network import Network, NetworkSizes, parameter_shapes


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
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
