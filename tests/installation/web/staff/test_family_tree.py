from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest

from installation.visits.database import VisitDatabase
from installation.visits.vote import Vote, VoteKind
from installation.web.staff.family_tree import FamilyTree
from rnn.evolution.generation import Generation, GenerationError
from rnn.evolution.generation_store import GenerationStore
from rnn.model.checkpoint import load_checkpoint

NOON = datetime(2031, 5, 6, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path, model) -> GenerationStore:
    opened = GenerationStore(tmp_path / "generations", model.stem, model)
    scores = {"diversity": 1.0}
    opened.add(Generation(0, 0, model.stem, scores=scores), load_checkpoint(model))
    aside = Generation(0, 1, model.stem, scores=scores, accepted=False, reasons=("forgets",))
    opened.add(aside, load_checkpoint(model))
    return opened


def test_the_tree_tells_who_plays_who_descends_from_whom_and_why_some_do_not_play(store, tmp_path):
    told = FamilyTree(lambda: store, tmp_path).describe()
    assert (told["style"], told["current"], told["refused"]) == (store.style, 1, {})
    assert [(each["number"], each["parent"]) for each in told["generations"]] == [
        (0, 0),
        (1, 0),
        (2, 1),
    ]
    assert told["generations"][2]["reasons"] == ("forgets",)


def test_going_back_lets_another_generation_play(store, tmp_path):
    assert FamilyTree(lambda: store, tmp_path).go_back(store.style, 0)["current"] == 0
    assert store.current_number == 0
    with pytest.raises(GenerationError, match="generation 9"):
        FamilyTree(lambda: store, tmp_path).go_back(store.style, 9)


def test_the_tree_is_that_of_the_style_that_plays(store, tmp_path, model):
    stores = [GenerationStore(tmp_path / "other", "other", model), store]
    tree = FamilyTree(lambda: stores[-1], tmp_path)
    store.path(7).write_bytes(b"what")
    assert tree.describe()["refused"]
    stores.pop()
    told = tree.describe()
    assert (told["style"], told["current"], told["refused"]) == ("other", 0, {})
    with pytest.raises(GenerationError, match="other plays now"):
        tree.go_back(store.style, 2)
    assert store.current_number == 1


def test_a_file_that_comes_later_is_found_and_refused(store, tmp_path):
    tree = FamilyTree(lambda: store, tmp_path)
    tree.describe()
    store.path(7).write_bytes(b"what")
    assert "no record" in tree.describe()["refused"]["0007"]


def test_a_damaged_choice_is_not_told_as_the_one_that_plays(store, tmp_path):
    tree = FamilyTree(lambda: store, tmp_path)
    assert tree.describe()["current"] == 1
    store.path(1).unlink()
    assert tree.describe()["current"] == store.current_number == 0


def test_without_any_generation_there_is_the_origin(tmp_path, model):
    empty = GenerationStore(tmp_path / "none", model.stem, model)
    told = FamilyTree(lambda: empty, tmp_path).describe()
    assert [each["number"] for each in told["generations"]] == [0]


def test_guesses_are_scored_by_generation_with_their_interval(store, tmp_path):
    with contextlib.closing(VisitDatabase(tmp_path, NOON)) as database:
        for number, choice in enumerate(("network", "network", "person")):
            kind, at = VoteKind.PERSON_OR_NETWORK, NOON.isoformat()
            vote = Vote("round", str(number), at, kind, choice, "network", store.style, 1)
            assert database.add_vote(vote)
    (guessed,) = FamilyTree(lambda: store, tmp_path).describe()["guesses"].items()
    assert guessed[0] == "1"
    assert (guessed[1]["right"], guessed[1]["guesses"]) == (2, 3)
    assert 0.2 < guessed[1]["low"] < 2 / 3 < guessed[1]["high"] < 0.95
