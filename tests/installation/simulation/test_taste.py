from __future__ import annotations

import numpy as np
import pytest

from installation.simulation.taste import (
    TRAITS,
    TasteVisitor,
    TraitScale,
    audience_taste,
    draw_visitor,
    measure_traits,
)
from midi_data.notes import Note, Tune
from rnn.evolution.evolution_data import LearnedDuet

PHRASE = Tune((Note(60, 0.0, 1.0), Note(62, 1.0, 1.0)))


def answered(*notes: tuple[int, float]) -> LearnedDuet:
    return LearnedDuet(PHRASE, tuple(Note(pitch, onset, 0.5) for pitch, onset in notes))


def test_traits_of_an_answer():
    traits = measure_traits(answered((61, 2.0), (61, 2.5), (67, 4.0), (66, 4.5)))
    expected = {
        "density": 3 / 2.5,
        "long notes": 1 / 3,
        "leaps": 1 / 3,
        "repeats": 1 / 3,
        "register": 2.75,
        "range": 6,
    }
    assert dict(zip(TRAITS, traits, strict=True)) == pytest.approx(expected)


def test_the_scale_has_mean_0_and_spread_1_over_its_answers():
    duets = [answered((60 + k, 0.0), (60 + 2 * k, 0.5 + k / 4)) for k in range(9)]
    scale = TraitScale.of(duets)
    normalised = np.stack([scale.normalise(duet) for duet in duets])
    np.testing.assert_allclose(normalised.mean(axis=0), 0, atol=1e-6)


def test_what_a_visitor_likes_depends_on_the_taste_and_chance():
    taste = np.array([1.0, 0, 0, 0, 0, 0])
    visitor = TasteVisitor(taste, np.random.default_rng(1))
    likes = [np.mean([visitor.likes(level * taste) for _ in range(400)]) for level in (-1, 0, 1)]
    assert likes[0] < 0.25 < 0.4 < likes[1] < 0.6 < 0.75 < likes[2] < 1


def test_visitors_differ_about_what_the_audience_has_in_common():
    tastes = np.stack([draw_visitor(1, 1, number).taste for number in range(300)])
    np.testing.assert_allclose(tastes.mean(axis=0), audience_taste(1), atol=0.1)
    assert tastes.std(axis=0).min() > 0.1
    assert np.linalg.norm(audience_taste(1)) == pytest.approx(1)


def test_a_visitor_is_the_same_again():
    assert draw_visitor(1, 2, 3).play_phrase() == draw_visitor(1, 2, 3).play_phrase()
    assert draw_visitor(1, 2, 3).play_phrase() != draw_visitor(1, 2, 4).play_phrase()
