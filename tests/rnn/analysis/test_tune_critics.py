from __future__ import annotations

import numpy as np
import pytest

from midi_data.notes import Note, Tune
from rnn.analysis.tune_critics import (
    MIN_MELODY_NOTES,
    beginnings,
    fit_critic,
    fit_logistic,
    fit_solo_critic,
    judged_features,
)


def walk(seed: int, steps: list[int]) -> Tune:
    """A tune of 32 notes that walks by some steps."""
    generator = np.random.default_rng(seed)
    pitches = 66 + np.clip(np.cumsum(generator.choice(steps, 32)), -14, 14)
    return Tune(tuple(Note(int(p), k / 2, 0.5) for k, p in enumerate(pitches)))


def test_a_critic_knows_tunes_it_has_not_learned_from():
    people = [walk(seed, [-2, -1, 1, 2]) for seed in range(60)]
    solos = [walk(seed, [-7, -1, 2, 5]) for seed in range(60)]
    critic = fit_critic(people[:40], solos[:40], is_whole=True)
    people_odds, solo_odds = (
        [critic.log_odds(judged_features(tune, True)) for tune in tunes[40:]]
        for tunes in (people, solos)
    )
    assert np.median(people_odds) > 2.0 and np.median(solo_odds) < -2.0


def test_the_odds_are_as_if_both_kinds_were_as_frequent():
    people = [walk(seed, [-2, -1, 1, 2]) for seed in range(200)]
    critic = fit_critic(people[:150], people[150:180], is_whole=True)
    odds = [critic.log_odds(judged_features(tune, True)) for tune in people[180:]]
    assert abs(np.median(odds)) < 1.0  # the kinds are one: 150 to 30 would add 1.6


def test_beginnings_end_with_the_first_note_after_each_section():
    tune = Tune(tuple(Note(60 + k, 1.5 * k, 1.5) for k in range(12)))  # to beat 18
    assert [len(part.notes) for part in beginnings(tune, 1)] == [4, 7, 9]
    assert [len(part.notes) for part in beginnings(tune, 2)] == [7]


def test_a_solo_critic_of_sections_judges_beginnings_too():
    people = [walk(seed, [-2, -1, 1, 2]) for seed in range(40)]
    solos = [walk(seed, [-7, -1, 2, 5]) for seed in range(40)]
    whole, sections = (fit_solo_critic(people, solos, 6, bars) for bars in (0, 2))
    assert (whole.section_bars, whole.begun) == (0, None)
    assert sections.section_bars == 2 and sections.whole == whole.whole
    assert not any(name.startswith("cadence.ends") for name in sections.begun.terms)


def test_a_short_tune_is_not_judged():
    notes = tuple(Note(60 + k, float(k), 1.0) for k in range(MIN_MELODY_NOTES))
    assert judged_features(Tune(notes[1:]), True) is None
    assert judged_features(Tune(notes), True) is not None


def test_a_critic_needs_tunes_of_both():
    tunes = [walk(seed, [-1, 1]) for seed in range(3)]
    with pytest.raises(ValueError, match="tunes of people and of a network"):
        fit_critic(tunes, [], is_whole=True)


def test_a_regression_finds_the_odds():
    generator = np.random.default_rng(1)
    x = generator.standard_normal((20_000, 2))
    is_one = generator.random(20_000) < 1 / (1 + np.exp(-(0.5 + 2.0 * x[:, 0] - x[:, 1])))
    assert fit_logistic(x, is_one, 1.0) == pytest.approx([0.5, 2.0, -1.0], abs=0.1)


def test_a_ridge_shrinks_what_tells_apart_without_error():
    x = np.array([[-1.0], [1.0]])
    small, large = (abs(fit_logistic(x, x[:, 0] > 0, ridge)[1]) for ridge in (10.0, 0.1))
    assert 0 < small < large < 10
