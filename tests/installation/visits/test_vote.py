from __future__ import annotations

from datetime import date

import pytest

from installation.visits.vote import Vote, VoteKind, VoterHasher

TODAY = date(2031, 5, 6)


@pytest.mark.parametrize(
    ("kind", "choice", "truth", "is_positive"),
    [
        (VoteKind.LIKED, "yes", "", True),
        (VoteKind.LIKED, "no", "", False),
        (VoteKind.PERSON_OR_NETWORK, "network", "network", True),
        (VoteKind.PERSON_OR_NETWORK, "person", "network", False),
    ],
)
def test_a_vote_is_positive_if_liked_or_guessed(kind, choice, truth, is_positive):
    assert Vote("duet", "voter", "now", kind, choice, truth).is_positive is is_positive


@pytest.mark.parametrize(
    ("kind", "choice", "truth"),
    [
        (VoteKind.LIKED, "person", ""),
        (VoteKind.LIKED, "yes", "network"),
        (VoteKind.PERSON_OR_NETWORK, "yes", "person"),
        (VoteKind.PERSON_OR_NETWORK, "person", ""),
    ],
)
def test_other_choices_are_refused(kind, choice, truth):
    with pytest.raises(ValueError, match="accepted"):
        Vote("duet", "voter", "now", kind, choice, truth)


def test_a_token_has_one_hash_a_day():
    hasher = VoterHasher()
    first = hasher.hash_token("phone", TODAY)
    assert hasher.hash_token("phone", TODAY) == first != hasher.hash_token("other", TODAY)
    assert hasher.hash_token("phone", date(2031, 5, 7)) != first


def test_a_hash_cannot_be_made_again_without_its_secret():
    hashes = {VoterHasher().hash_token("phone", TODAY) for _ in range(2)}
    assert len(hashes) == 2 and "phone" not in "".join(hashes)
