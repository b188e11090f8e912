"""The measures of drumming: how far classes of guesses are from people's, and takes in groups."""

from __future__ import annotations

import numpy as np
import pytest
from drumming import divergence, groove_groups, nearest_classes


def test_the_same_classes_diverge_by_nothing_and_a_narrower_guess_by_more_than_a_wide_one():
    people = np.random.default_rng(1).integers(0, 8, 4000)
    wide, narrow = np.random.default_rng(2).integers(0, 8, 4000), np.full(4000, 4)
    assert divergence(people, people, 8) == 0.0
    assert divergence(people, wide, 8) < 0.01 < 1.0 < divergence(people, narrow, 8)


def test_the_divergence_is_in_bits():
    people, others = np.repeat([0, 1], 500_000), np.repeat([0, 1], [250_000, 750_000])
    expected = 0.5 * np.log2(0.5 / 0.25) + 0.5 * np.log2(0.5 / 0.75)
    assert divergence(people, others, 2) == pytest.approx(expected, abs=1e-4)


def test_a_guess_out_of_range_counts_as_the_last_class():
    assert nearest_classes(np.array([-0.7, 0.4, 2.6, 9.0]), 4).tolist() == [0, 0, 3, 3]


def test_takes_of_one_numbered_groove_are_a_group():
    names = ["1_funk-groove1_138_beat", "9_soul_105_beat", "4_funk-groove1_138", "2_soul_105_beat"]
    assert groove_groups(names).tolist() == [0, 1, 0, 2]


def test_the_same_number_in_another_genre_is_another_groove():
    assert groove_groups(["funk-groove1", "soul-groove1", "funk-groove10"]).tolist() == [0, 1, 2]
