from __future__ import annotations

import numpy as np
import pytest

from rnn.model.losses import cross_entropy, log_softmax


def test_a_step_without_a_target_has_no_gradient():
    logits = np.zeros((1, 2, 4), np.float32)
    loss, gradient = cross_entropy(logits, np.array([[2, -1]], np.int32))
    assert loss == pytest.approx(np.log(4))
    assert (gradient[0, 1] == 0).all()


def test_masked_tokens_have_no_probability():
    logs = log_softmax(np.zeros(4, np.float32), np.array([True, False, True, False]))
    np.testing.assert_allclose(np.exp(logs), [0.5, 0, 0.5, 0])
