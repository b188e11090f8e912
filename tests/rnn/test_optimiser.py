from __future__ import annotations

import numpy as np
import pytest

from rnn.optimiser import Adam, clip


def test_gradients_are_clipped_to_a_joint_norm():
    gradients = {"a": np.full(4, 3.0, np.float32), "b": np.full(9, 4.0, np.float32)}
    assert clip(gradients, 1.0) == pytest.approx(np.sqrt(36 + 144))
    assert sum(float((g**2).sum()) for g in gradients.values()) == pytest.approx(1.0, rel=1e-5)


def test_adam_goes_down():
    parameters = {"x": np.array([5.0], np.float32)}
    adam = Adam(parameters)
    for _ in range(300):
        adam.update({"x": 2 * parameters["x"]}, 0.05)
    assert abs(parameters["x"][0]) < 0.1
