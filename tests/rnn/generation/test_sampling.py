from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn.generation.sampling import sample_token, token_probabilities


def drawn(logits, count=4000, **how):
    generator = np.random.default_rng(0)
    tokens = [sample_token(np.array(logits, np.float32), generator, **how) for _ in range(count)]
    return np.bincount(tokens, minlength=len(logits)) / count


def test_tokens_come_as_often_as_they_are_likely():
    np.testing.assert_allclose(drawn(np.log([0.5, 0.3, 0.2])), [0.5, 0.3, 0.2], atol=0.03)


def test_impossible_tokens_are_never_drawn():
    assert drawn([0.0, -np.inf, 0.0])[1] == 0


def test_a_low_temperature_takes_the_likeliest():
    assert drawn([1.0, 0.9, 0.0], temperature=0.01)[0] == 1.0


def test_a_nucleus_leaves_the_tail_out():
    shares_drawn = drawn(np.log([0.6, 0.25, 0.1, 0.05]), top_p=0.8)
    assert shares_drawn[2:].sum() == 0
    assert shares_drawn[0] == pytest.approx(0.6 / 0.85, abs=0.03)


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=30), st.floats(0.1, 1.0), st.integers(0))
def test_a_drawn_token_is_always_possible(logits, top_p, seed):
    token = sample_token(np.array(logits, np.float32), np.random.default_rng(seed), 1.0, top_p)
    assert 0 <= token < len(logits)


def test_nothing_to_draw_is_an_error():
    with pytest.raises(ValueError, match="no token may be drawn"):
        sample_token(np.full(3, -np.inf, np.float32), np.random.default_rng(0))


def test_probabilities_sum_to_one():
    assert token_probabilities(np.array([3.0, 900.0, -2.0], np.float32)).sum() == pytest.approx(1)
