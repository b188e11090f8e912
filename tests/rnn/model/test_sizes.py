from __future__ import annotations

import pytest

from rnn.model.sizes import NetworkSizes, parameter_shapes


def test_sizes_below_one_are_refused():
    with pytest.raises(ValueError, match="units must be at least 1"):
        NetworkSizes(inputs=3, outputs=3, units=0)


def test_the_first_layer_is_as_wide_as_the_embedding():
    shapes = parameter_shapes(NetworkSizes(9, 7, embedding=5, units=6, layers=2))
    assert shapes["embedding"] == (9, 5)
    assert (shapes["lstm0.input"], shapes["lstm1.input"]) == ((5, 24), (6, 24))
    assert shapes["readout.weight"] == (6, 7)
    assert len(shapes) == 1 + 2 * 3 + 2
