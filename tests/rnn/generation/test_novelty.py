from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from midi_data.notes import Note, Tune
from rnn.generation.novelty import ANSWER_NOTES, OPENING_NOTES, RunIndex, measure_copied_runs
from tests.dummy_composer import DummyComposer


def tune_of(pitches, length=0.5) -> Tune:
    return Tune(tuple(Note(int(pitch), k * length, length) for k, pitch in enumerate(pitches)))


def slow_longest(tunes, notes) -> int:
    """The longest run by looking everywhere."""

    def steps(row):
        return [(b.pitch - a.pitch, b.onset - a.onset) for a, b in zip(row, row[1:], strict=False)]

    asked, best = steps(notes), 0
    for text in (steps(tune.notes) for tune in tunes):
        for i in range(len(asked)):
            for j in range(len(text)):
                k = 0
                while i + k < len(asked) and j + k < len(text) and asked[i + k] == text[j + k]:
                    k += 1
                best = max(best, k)
    return best + 1


PITCHES = st.lists(st.integers(60, 63), min_size=2, max_size=20)


@settings(max_examples=40, deadline=None)
@given(st.lists(PITCHES, min_size=1, max_size=4), PITCHES)
def test_the_longest_run_is_the_longest(corpus, asked):
    tunes = [tune_of(pitches) for pitches in corpus]
    notes = tune_of(asked).notes
    assert RunIndex(tunes).longest_run(notes) == slow_longest(tunes, notes)


def test_a_copy_in_another_key_is_a_copy():
    pitches = np.random.default_rng(0).integers(50, 80, 40)
    index = RunIndex([tune_of(pitches)])
    assert index.longest_run(tune_of(pitches[5:25] + 4).notes) == 20


def test_the_same_pitches_in_another_rhythm_are_none():
    pitches = np.random.default_rng(0).integers(50, 80, 40)
    assert RunIndex([tune_of(pitches)]).longest_run(tune_of(pitches, 1.0).notes) == 1


def test_a_run_does_not_go_on_from_one_tune_into_the_next():
    pitches = np.random.default_rng(0).integers(50, 80, 40)
    index = RunIndex([tune_of(pitches[:20]), tune_of(pitches[20:])])
    assert index.longest_run(tune_of(pitches).notes) == 20


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_notes_are_no_run(count):
    assert RunIndex([]).longest_run(tune_of([60] * count).notes) == count


def test_answers_are_compared_with_what_humans_wrote():
    generator = np.random.default_rng(1)
    walks = [60 + np.cumsum(generator.integers(-2, 3, 80)) % 24 for _ in range(3)]
    tunes = [tune_of(walk) for walk in walks]
    runs = measure_copied_runs(DummyComposer(), tunes, tunes, generator, answers=5)
    assert runs.humans == (ANSWER_NOTES,) * 3  # held out from nothing: each is found whole
    assert len(runs.answers) == 5 and max(runs.answers) < 20
    assert runs.summary()["humans"]["longest"] == ANSWER_NOTES


def test_tunes_too_short_to_answer_are_refused():
    with pytest.raises(ValueError, match=f"{OPENING_NOTES + ANSWER_NOTES} notes"):
        measure_copied_runs(DummyComposer(), [], [tune_of([60] * 9)], np.random.default_rng(0))
