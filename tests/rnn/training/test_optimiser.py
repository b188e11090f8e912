from __future__ import annotations

import numpy as np
import pytest

from rnn.training.optimiser import BLOCK_SIZE, Adam, WeightAverage, clip_gradients


def test_gradients_are_clipped_to_a_joint_norm():
    gradients = {"a": np.full(4, 3.0, np.float32), "b": np.full(9, 4.0, np.float32)}
    assert clip_gradients(gradients, 1.0) == pytest.approx(np.sqrt(36 + 144))
    assert sum(float((g**2).sum()) for g in gradients.values()) == pytest.approx(1.0, rel=1e-5)


def test_gradients_without_a_finite_norm_are_not_scaled():
    gradients = {"a": np.array([np.inf, 3.0], np.float32)}
    assert clip_gradients(gradients, 1.0) == np.inf
    assert gradients["a"][1] == 3.0


def test_adam_reduces_a_square():
    parameters = {"x": np.array([5.0], np.float32)}
    adam = Adam(parameters)
    for _ in range(300):
        adam.update({"x": 2 * parameters["x"]}, 0.05)
    assert abs(parameters["x"][0]) < 0.1


def test_blocks_do_not_affect_the_update():
    generator = np.random.default_rng(2)
    start = generator.normal(size=2 * BLOCK_SIZE + 7).astype(np.float32)
    whole, halves = {"x": start.copy()}, {"a": start[:99].copy(), "b": start[99:].copy()}
    adams = Adam(whole), Adam(halves)
    for _ in range(3):
        gradient = generator.normal(size=start.size).astype(np.float32)
        adams[0].update({"x": gradient.copy()}, 0.01)
        adams[1].update({"a": gradient[:99].copy(), "b": gradient[99:].copy()}, 0.01)
    np.testing.assert_array_equal(whole["x"], np.concatenate([halves["a"], halves["b"]]))


def test_an_average_moves_toward_the_weights():
    average = WeightAverage({"x": np.zeros(BLOCK_SIZE + 3, np.float32)}, count=99)
    average.update({"x": np.ones(BLOCK_SIZE + 3, np.float32)})
    np.testing.assert_allclose(average.parameters["x"], 10 / 109, rtol=1e-5)


def test_adam_follows_its_equations():
    parameters, adam_rate = {"x": np.array([1.0], np.float32)}, 0.1
    adam = Adam(parameters)
    mean = square = 0.0
    x = 1.0
    for step, gradient in enumerate([0.5, -2.0, 3.0], 1):
        adam.update({"x": np.array([gradient], np.float32)}, adam_rate)
        mean = Adam.BETA1 * mean + (1 - Adam.BETA1) * gradient
        square = Adam.BETA2 * square + (1 - Adam.BETA2) * gradient**2
        unbiased = mean / (1 - Adam.BETA1**step), square / (1 - Adam.BETA2**step)
        x -= adam_rate * unbiased[0] / (np.sqrt(unbiased[1]) + Adam.EPSILON)
    assert parameters["x"][0] == pytest.approx(x, rel=1e-5)


def test_an_array_that_is_not_contiguous_is_refused():
    with pytest.raises(ValueError, match="x is not contiguous"):
        Adam({"x": np.zeros((4, 4), np.float32).T[1:]})
