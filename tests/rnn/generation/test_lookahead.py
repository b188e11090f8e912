from __future__ import annotations

import numpy as np
import pytest

from rnn.codecs.character_codec import CharacterCodec
from rnn.codecs.character_reader import CHARACTER_TOKENS
from rnn.codecs.key_tree import KeyTree
from rnn.generation import lookahead as fan
from rnn.generation.key_ensemble import KeyEnsemble
from rnn.generation.lookahead import key_log_probabilities

ONE = np.ones(1)


@pytest.fixture
def followers(a_model, a_tune, either_codec):
    """Two networks that heard a tune, the second in a key of its own."""
    found = []
    for seed in (1, 2):
        follower = KeyEnsemble(a_model(either_codec, seed))
        follower.begin_tune(a_tune(60).meter)
        for token in either_codec.encode(a_tune(60))[
            len(either_codec.meter_tokens(a_tune(60).meter)) : -1
        ]:
            follower.push(int(token))
        found.append(follower)
    return found


def spelled_out(followers, weights, key, first=()) -> float:
    """Probability of a key, its tokens pushed one after another."""
    alone = [follower.fork_likeliest_key() for follower in followers]
    probability = 1.0

    def given() -> np.ndarray:
        return sum(w * np.exp(one.log_probabilities) for w, one in zip(weights, alone, strict=True))

    for token in (*first, *alone[0].codec.key_tree.spellings[key]):
        probability *= given()[token]
        for follower in alone:
            follower.push(token)
    reader = alone[0].reader
    return probability * given()[reader.pitch_preserving_mask()].sum()


@pytest.mark.parametrize("weights", [(1.0,), (0.3, 0.7)])
def test_a_key_has_the_share_of_all_that_spells_it(followers, weights, monkeypatch):
    monkeypatch.setattr(fan, "MIN_BRANCH_PROBABILITY", 0.0)
    some = followers[: len(weights)]
    found = np.exp(
        key_log_probabilities([follower.lookahead() for follower in some], np.array(weights))
    )
    for key in range(0, 88, 5):
        assert found[key] == pytest.approx(spelled_out(some, weights, key), rel=1e-3, abs=1e-7)


def test_a_key_after_a_bar_line_is_the_next_key_too(a_model, a_tune, monkeypatch):
    monkeypatch.setattr(fan, "MIN_BRANCH_PROBABILITY", 0.0)
    codec = CharacterCodec()
    follower = KeyEnsemble(a_model(codec))
    follower.begin_tune(a_tune(60).meter)
    for character in "C2 ":
        follower.push(CHARACTER_TOKENS[character])
    found = np.exp(key_log_probabilities([follower.lookahead()], ONE, passing=True))
    for key in (20, 45, 60):
        both = sum(
            spelled_out([follower], ONE, key, first) for first in ((), (CHARACTER_TOKENS["|"],))
        )
        assert found[key] == pytest.approx(both, rel=1e-3)


def test_what_is_faint_is_left_together_but_not_lost(followers):
    exact = [follower.lookahead() for follower in followers[:1]]
    near = np.exp(key_log_probabilities(exact, ONE))
    other = np.exp(exact[0].log_probabilities[0])
    tokens = list(followers[0].codec.key_tree.children[0])
    assert near.sum() == pytest.approx(other[tokens].sum(), rel=1e-4)
    assert (near > 0).all()


def test_looking_ahead_changes_nothing(followers):
    follower = followers[0]
    before = follower.log_probabilities.copy()
    key_log_probabilities([follower.lookahead()], ONE, passing=True)
    np.testing.assert_array_equal(follower.log_probabilities, before)
    token = int(before.argmax())
    other = follower.fork_likeliest_key()
    follower.push(token)
    other.push(token)
    np.testing.assert_allclose(follower.log_probabilities, other.log_probabilities, atol=1e-5)


@pytest.mark.parametrize("spellings", [[(1,), (1,)], [()]])
def test_keys_spelled_alike_are_refused(spellings):
    with pytest.raises(ValueError, match="no spelling of its own"):
        KeyTree(spellings)
