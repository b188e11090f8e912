from __future__ import annotations

import numpy as np
import pytest

from messages.cues import KEY_COUNT, BlendChange, BlendContributions, NoteAttribution


def test_a_blend_needs_a_weight_for_each_name():
    with pytest.raises(ValueError, match="2 networks have 1 weights"):
        BlendChange(0, ("a", "b"), (1.0,))


def test_blend_contributions_need_a_row_for_each_network():
    ones = np.ones(2)
    with pytest.raises(ValueError, match="probabilities of 2 networks"):
        BlendContributions(0, ones, ones, np.ones((3, KEY_COUNT)), np.ones((2, 4)))
    with pytest.raises(ValueError, match="2 networks have hidden states of shape"):
        BlendContributions(0, ones, ones, np.ones((2, KEY_COUNT)), np.ones((3, 4)))


def test_an_attribution_names_only_earlier_notes():
    with pytest.raises(ValueError, match="notes before it"):
        NoteAttribution(3, np.array([3]), np.ones(1, np.float32))
    with pytest.raises(ValueError, match="1 serials have 2 contributions"):
        NoteAttribution(3, np.array([1]), np.ones(2, np.float32))


def test_without_a_crowd_a_blend_is_as_it_was_set():
    blend = BlendChange(0, ("a", "b"), (0.5, 0.5), 1.2)
    assert (blend.set_weights, blend.set_temperature) == ((0.5, 0.5), 1.2)
