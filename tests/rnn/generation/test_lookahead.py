from __future__ import annotations

import numpy as np
import pytest

from rnn.codecs.character_codec import CharacterCodec
from rnn.codecs.character_reader import CHARACTER_TOKENS
from rnn.codecs.codec import KeyTree
from rnn.generation import lookahead
from rnn.generation.key_ensemble import KeyEnsemble
from rnn.generation.lookahead import key_log_probabilities

ONE = np.ones(1)


@pytest.fixture
def ensembles(a_model, a_tune, either_codec):
    """Two networks that heard a tune, the second in a key of its own."""
    found = []
    for seed in (1, 2):
        ensemble = KeyEnsemble(a_model(either_codec, seed))
        ensemble.begin_tune(a_tune(60).meter)
        for token in either_codec.encode(a_tune(60))[
            len(either_codec.meter_tokens(a_tune(60).meter)) : -1
        ]:
            ensemble.push(int(token))
        found.append(ensemble)
    return found


def spelled_out(ensembles, weights, key, first=()) -> float:
    """Probability of a key, its tokens pushed one after another."""
    alone = [ensemble.fork_likeliest_key() for ensemble in ensembles]
    probability = 1.0

    def given() -> np.ndarray:
        return sum(w * np.exp(one.log_probabilities) for w, one in zip(weights, alone, strict=True))

    for token in (*first, *alone[0].codec.key_tree.spellings[key]):
        probability *= given()[token]
        for ensemble in alone:
            ensemble.push(token)
    reader = alone[0].reader
    return probability * given()[reader.pitch_preserving_mask()].sum()


@pytest.mark.parametrize("weights", [(1.0,), (0.3, 0.7)])
def test_a_keys_probability_is_that_of_its_spelling(ensembles, weights, monkeypatch):
    monkeypatch.setattr(lookahead, "MIN_BRANCH_PROBABILITY", 0.0)
    some = ensembles[: len(weights)]
    found = np.exp(
        key_log_probabilities([ensemble.lookahead() for ensemble in some], np.array(weights))
    )
    for key in range(0, 88, 5):
        assert found[key] == pytest.approx(spelled_out(some, weights, key), rel=1e-3, abs=1e-7)


def test_a_key_after_a_bar_line_is_the_next_key_too(a_model, a_tune, monkeypatch):
    monkeypatch.setattr(lookahead, "MIN_BRANCH_PROBABILITY", 0.0)
    codec = CharacterCodec()
    ensemble = KeyEnsemble(a_model(codec))
    ensemble.begin_tune(a_tune(60).meter)
    for character in "C2 ":
        ensemble.push(CHARACTER_TOKENS[character])
    found = np.exp(key_log_probabilities([ensemble.lookahead()], ONE, allow_skippable=True))
    for key in (20, 45, 60):
        both = sum(
            spelled_out([ensemble], ONE, key, first) for first in ((), (CHARACTER_TOKENS["|"],))
        )
        assert found[key] == pytest.approx(both, rel=1e-3)


def test_unlikely_branches_keep_their_probability(ensembles):
    exact = [ensemble.lookahead() for ensemble in ensembles[:1]]
    near = np.exp(key_log_probabilities(exact, ONE))
    other = np.exp(exact[0].log_probabilities[0])
    tokens = list(ensembles[0].codec.key_tree.children[0])
    assert near.sum() == pytest.approx(other[tokens].sum(), rel=1e-4)
    assert (near > 0).all()


def test_looking_ahead_changes_nothing(ensembles):
    ensemble = ensembles[0]
    before = ensemble.log_probabilities.copy()
    key_log_probabilities([ensemble.lookahead()], ONE, allow_skippable=True)
    np.testing.assert_array_equal(ensemble.log_probabilities, before)
    token = int(before.argmax())
    other = ensemble.fork_likeliest_key()
    ensemble.push(token)
    other.push(token)
    np.testing.assert_allclose(ensemble.log_probabilities, other.log_probabilities, atol=1e-5)


@pytest.mark.parametrize("spellings", [[(1,), (1,)], [()]])
def test_keys_spelled_alike_are_refused(spellings):
    with pytest.raises(ValueError, match="no spelling of its own"):
        KeyTree(spellings)
