from __future__ import annotations

import json

import pytest

from installation.visits.vote import Vote, VoteKind
from installation.web.audience.rounds import (
    GuessingRound,
    RoundsError,
    load_rounds,
    note_rows,
    save_rounds,
    score_guesses,
)
from midi_data.notes import Note

ROUND = GuessingRound("a", "network", "irish", 2, 120.0, ((0.0, 1.0, 60),), ((1.0, 0.5, 62),))


def guess(choice: str, truth: str) -> Vote:
    return Vote("a", "v", "2031", VoteKind.PERSON_OR_NETWORK, choice, truth)


def test_rounds_are_read_as_they_were_written(tmp_path):
    save_rounds(tmp_path / "rounds.json", [ROUND])
    (found,) = load_rounds(tmp_path / "rounds.json")
    assert json.dumps(found.describe()) == json.dumps(ROUND.describe())
    assert (found.name, found.truth) == ("a", "network")


def test_a_phone_is_not_told_the_truth():
    assert "network" not in json.dumps(ROUND.describe())


def test_without_a_file_there_are_no_rounds(tmp_path):
    assert load_rounds(tmp_path / "none.json") == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"truth": "nobody"},
        {"tempo": 0},
        {"opening": [], "continuation": []},
        {"opening": [[0, 1, 128]]},
        {"opening": [[0, float("nan"), 60]]},
        {"opening": [[0, 1]]},
        {"more": 1},
    ],
)
def test_a_file_of_something_else_is_said(tmp_path, changes):
    path = tmp_path / "rounds.json"
    save_rounds(path, [ROUND])
    row = json.loads(path.read_text())[0]
    path.write_text(json.dumps([row | changes]))
    with pytest.raises(RoundsError, match="rounds.json: holds no rounds"):
        load_rounds(path)


def test_the_score_has_its_interval():
    votes = [guess("network", "network")] * 57 + [guess("person", "network")] * 43
    votes.append(Vote("b", "v", "2031", VoteKind.LIKED, "yes"))
    score = score_guesses(votes)
    assert (score.right, score.guesses) == (57, 100)
    assert (round(score.low, 3), round(score.high, 3)) == (0.472, 0.663)


def test_without_a_guess_nothing_is_known():
    score = score_guesses([])
    assert (score.guesses, score.low, score.high) == (0, 0.0, 1.0)


def test_notes_begin_where_the_round_does():
    assert note_rows([Note(60, 4.0, 1.0, 80)], -4.0) == ((0.0, 1.0, 60),)
