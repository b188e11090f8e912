"""A drummer for tests of what plays with one: untrained, it likes a kick on each sixteenth."""

from __future__ import annotations

import numpy as np

from midi_data.drums import DrumPart
from rnn.codecs.drum_codec import DrumCodec
from rnn.codecs.drum_reader import (
    FIRST_MICRO_TOKEN,
    FIRST_PART_TOKEN,
    FIRST_SHIFT_TOKEN,
    ON_GRID_STEP,
)
from rnn.generation.drummer import DrumImproviser
from rnn.model.checkpoint import Checkpoint
from rnn.model.model_card import ModelCard
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes


def dummy_drums_model() -> Checkpoint:
    """The model of the dummy drummer."""
    codec = DrumCodec()
    sizes = NetworkSizes(codec.inputs, codec.outputs, 8, 16, 1)
    network = Network.initial(sizes, np.random.default_rng(0))
    likely = [FIRST_SHIFT_TOKEN, FIRST_PART_TOKEN + DrumPart.KICK]
    network.parameters["readout.bias"][[*likely, FIRST_MICRO_TOKEN + ON_GRID_STEP]] = 5.0
    return Checkpoint(network, codec, ModelCard(), np.zeros((1, 12, 16), np.float32))


def dummy_drummer() -> DrumImproviser:
    """A drummer that nobody else plays with."""
    return DrumImproviser(dummy_drums_model())
