"""Features tell music apart, and nothing where there is nothing to tell."""

from __future__ import annotations

import numpy as np
import pytest
import tune_features

from midi_data.notes import Note, Tune
from midi_data.songs import ah_vous_dirai_je, ode_to_joy


def chord(beat: float, *pitches: int) -> list[Note]:
    return [Note(pitch, beat, 1.0) for pitch in pitches]


def test_fifths_are_parallel_only_if_both_voices_move():
    moved = [*chord(0, 48, 55, 64, 72), *chord(1, 50, 57, 65, 71)]
    held = [*chord(0, 48, 55, 64, 72), *chord(1, 48, 55, 65, 71)]
    assert tune_features.count_parallels(moved, 7) == (1, 1)
    assert tune_features.count_parallels(moved, 0) == (0, 1)
    assert tune_features.count_parallels(held, 7) == (0, 1)


def test_a_motif_is_the_same_in_another_key():
    patterns = [
        tune_features.patterns(tune_features.melody(tune.notes))
        for tune in (ode_to_joy(), ode_to_joy().transposed(5), ah_vous_dirai_je())
    ]
    assert patterns[0] == patterns[1] != patterns[2]


def test_similarity_reaches_into_what_was_heard():
    bar = [Note(60 + k, float(k), 1.0) for k in range(4)]
    later = [Note(note.pitch, note.onset + 4, 1.0) for note in bar]
    alone, after = (
        tune_features.features(Tune(tuple(later)), heard) for heard in (None, Tune(tuple(bar)))
    )
    assert (alone["similarity.1 bars"], after["similarity.1 bars"]) == (0.0, 1.0)


def test_sets_are_told_apart_only_where_they_differ():
    values = np.random.default_rng(1).standard_normal((200, 5))
    labels, groups = np.arange(200) >= 100, np.arange(200) % 100
    assert tune_features.cross_validated_auc(values, labels, groups) == pytest.approx(0.5, abs=0.1)
    values[labels, 0] += 5.0
    assert tune_features.cross_validated_auc(values, labels, groups) > 0.95


def test_one_distribution_overlaps_with_itself():
    values = np.random.default_rng(1).standard_normal((2, 80))
    near = tune_features.overlap_and_divergence(values[0], values[1])
    far = tune_features.overlap_and_divergence(values[0], values[1] + 10)
    assert near[0] > 0.9 > 0.1 > far[0]
    assert near[1] < far[1]
