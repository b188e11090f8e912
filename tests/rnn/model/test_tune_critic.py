from __future__ import annotations

import json

import pytest

from rnn.model.tune_critic import MAX_DEVIATION, SoloCritic, TuneCritic

CRITIC = TuneCritic({"pitch.mean": (60.0, 2.0, 0.5, 0.0), "range.whole": (12.0, 4.0, -1.0, -2.0)})


def test_the_log_odds_are_the_weighted_deviations_and_their_squares():
    assert CRITIC.log_odds({"pitch.mean": 64.0, "range.whole": 16.0}) == pytest.approx(-2.0)
    assert CRITIC.log_odds({"pitch.mean": 64.0, "range.whole": 8.0}) == pytest.approx(0.0)


def test_a_feature_that_the_tune_does_not_have_counts_nothing():
    assert CRITIC.log_odds({"pitch.mean": 64.0, "voices.four": 3.0}) == pytest.approx(1.0)


def test_a_freak_counts_no_more_than_a_bound():
    assert CRITIC.log_odds({"range.whole": 1e9}) == -MAX_DEVIATION - 2 * MAX_DEVIATION**2


def test_the_offset_is_the_log_odds_of_the_mean():
    assert TuneCritic(CRITIC.terms, -1.5).log_odds({"pitch.mean": 60.0}) == -1.5


@pytest.mark.parametrize(
    "critic", [SoloCritic(12, CRITIC), SoloCritic(6, CRITIC, 4, TuneCritic(CRITIC.terms, 0.25))]
)
def test_a_critic_is_kept_as_json(critic):
    assert SoloCritic.from_json(json.loads(json.dumps(critic.to_json()))) == critic


@pytest.mark.parametrize(
    ("candidates", "bars", "begun"), [(0, 0, None), (6, 4, None), (6, 0, CRITIC), (6, -1, CRITIC)]
)
def test_sections_and_critics_must_fit(candidates, bars, begun):
    with pytest.raises(ValueError, match="1 candidate or more|do not fit its critics"):
        SoloCritic(candidates, CRITIC, bars, begun)


@pytest.mark.parametrize(
    "terms",
    [
        {},
        {"a": [1, 0, 1, 1]},
        {"a": [1, 1, 1]},
        {"a": [float("nan"), 1, 1, 1]},
        {"a": [1, -1, 1, 1]},
    ],
)
def test_terms_that_are_none_are_refused(terms):
    with pytest.raises(ValueError, match="a critic needs a feature|a scale above 0"):
        TuneCritic.from_json({"terms": terms, "offset": 0.0})
