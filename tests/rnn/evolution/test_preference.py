from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from midi_data.notes import Note
from rnn.evolution.evolution_data import LearnedDuet
from rnn.evolution.preference import (
    MIN_RATED_NOTES,
    Preference,
    describe_answer,
    weigh_answers,
    write_answers,
)


@pytest.fixture
def voted(a_duet) -> list[LearnedDuet]:
    """Answers at random; those that lie high are liked by most."""
    generator, duets = np.random.default_rng(3), []
    for _ in range(120):
        duet, middle = a_duet(), int(generator.integers(50, 80))
        pitches = middle + generator.integers(-6, 7, 8)
        onsets = 4 + np.cumsum(generator.choice([0.5, 1.0], 8))
        answer = tuple(Note(int(p), float(on), 0.5) for p, on in zip(pitches, onsets, strict=True))
        is_liked = (middle > 65) != (generator.random() < 0.15)
        duets.append(replace(duet, answer=answer, weight=1.0 if is_liked else -0.5))
    return duets


def moved(duet: LearnedDuet, semitones: int) -> LearnedDuet:
    notes = (replace(note, pitch=note.pitch + semitones) for note in duet.answer)
    return replace(duet, answer=tuple(notes))


def test_what_most_liked_is_learned_from_votes_that_disagree(voted, a_duet):
    preference = Preference.learn(voted)
    assert preference.rate(moved(a_duet(), 10)) > preference.rate(moved(a_duet(), -10)) + 1


def test_traits_are_numbers_even_of_a_single_pitch_struck_at_once(a_duet):
    chord = (Note(60, 4.0, 1.0),) * MIN_RATED_NOTES
    assert np.isfinite(describe_answer(replace(a_duet(), answer=chord))).all()


def test_answers_are_as_long_as_the_piece_plays_them(origin, a_duet):
    written = write_answers(origin, [a_duet()], 6, np.random.default_rng(1))
    assert written
    for duet in written:
        assert len(duet.answer) >= MIN_RATED_NOTES
        assert max(note.onset for note in duet.answer) < 8  # the phrase has a bar, and so have they


def test_answers_that_would_be_liked_weigh_more(origin, voted):
    weighed = weigh_answers(origin, voted, 60, seed=1)
    for duets in (weighed.played, weighed.written):
        assert np.mean([duet.weight for duet in duets]) == pytest.approx(1)
        heights = [np.mean([note.pitch for note in duet.answer]) for duet in duets]
        assert np.corrcoef(heights, [duet.weight for duet in duets])[0, 1] > 0.3
    assert weighed == weigh_answers(origin, voted, 60, seed=1)


def test_of_what_was_played_the_audience_decides_not_the_single_vote(origin, voted):
    weighed = weigh_answers(origin, voted, 60, seed=1)
    turned = [replace(voted[0], weight=-voted[0].weight), *voted[1:]]
    again = weigh_answers(origin, turned, 60, seed=1)
    assert [duet.answer for duet in weighed.played] == [duet.answer for duet in voted]
    assert again.played[0].weight == pytest.approx(weighed.played[0].weight, rel=0.5)


def test_votes_that_all_agree_tell_nothing(origin, a_duet):
    assert weigh_answers(origin, [a_duet()] * 30, 20, seed=1) is None
