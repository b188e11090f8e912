from __future__ import annotations

from rnn import styles
from rnn.model.checkpoint import load_checkpoint
from visuals.lessons.network_option import NetworkOption


def test_the_numbers_are_those_of_the_model():
    path = styles.style_path("fife")
    checkpoint = load_checkpoint(path)
    option = NetworkOption.from_checkpoint("fife", path, checkpoint)
    parameters, sizes = checkpoint.network.parameters, checkpoint.network.sizes
    assert option.weights == sum(array.size for array in parameters.values())
    assert (option.layers, option.units) == (sizes.layers, sizes.units)
    assert option.notes == checkpoint.card.notes["train"]
    assert option.preferred_pitch_class.shape == (option.layers, option.units)
    assert set(option.preferred_pitch_class.ravel().tolist()) <= set(range(12))
