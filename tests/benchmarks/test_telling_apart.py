"""Sets of music are told apart where they differ, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
import telling_apart


def test_sets_are_told_apart_only_where_they_differ():
    values = np.random.default_rng(1).standard_normal((200, 5))
    labels, groups = np.arange(200) >= 100, np.arange(200) % 100
    assert telling_apart.cross_validated_auc(values, labels, groups) == pytest.approx(0.5, abs=0.1)
    values[labels, 0] += 5.0
    assert telling_apart.cross_validated_auc(values, labels, groups) > 0.95


def test_one_distribution_overlaps_with_itself():
    values = np.random.default_rng(1).standard_normal((2, 80))
    near = telling_apart.overlap_and_divergence(values[0], values[1])
    far = telling_apart.overlap_and_divergence(values[0], values[1] + 10)
    assert near[0] > 0.9 > 0.1 > far[0]
    assert near[1] < far[1]
