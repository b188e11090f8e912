from __future__ import annotations

from installation.web.audience import ballots
from installation.web.audience.ballots import BallotCounter


def test_so_many_voices_of_an_address_are_admitted_to_a_vote():
    counter = BallotCounter()
    assert [counter.admit("a", voice, "duet", 2) for voice in "xyz"] == [True, True, False]
    assert counter.admit("b", "z", "duet", 2)
    assert counter.admit("a", "z", "other duet", 2)


def test_a_voice_that_was_admitted_is_again():
    counter = BallotCounter()
    assert [counter.admit("a", voice, "question", 1) for voice in "xxyx"] == [
        True,
        True,
        False,
        True,
    ]
    assert len(counter) == 1


def test_no_more_voices_are_remembered_than_the_bound(monkeypatch):
    monkeypatch.setattr(ballots, "MAX_VOICES", 10)
    counter = BallotCounter()
    for number in range(100):
        assert counter.admit(f"address {number}", "x", "duet", 1)
        assert len(counter) <= 10
    assert not counter.admit("address 99", "y", "duet", 1)
