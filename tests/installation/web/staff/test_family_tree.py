from __future__ import annotations

import pytest

from installation.web.staff.family_tree import FamilyTree
from rnn.evolution.generation import Generation, GenerationError
from rnn.evolution.generation_store import GenerationStore
from rnn.model.checkpoint import load_checkpoint


@pytest.fixture
def store(tmp_path, model) -> GenerationStore:
    opened = GenerationStore(tmp_path / "generations", model.stem, model)
    scores = {"diversity": 1.0}
    opened.add(Generation(0, 0, model.stem, scores=scores), load_checkpoint(model))
    aside = Generation(0, 1, model.stem, scores=scores, accepted=False, reasons=("forgets",))
    opened.add(aside, load_checkpoint(model))
    return opened


def test_the_tree_tells_who_plays_who_descends_from_whom_and_why_some_do_not_play(store):
    told = FamilyTree(store).describe()
    assert (told["style"], told["current"], told["refused"]) == (store.style, 1, {})
    assert [(each["number"], each["parent"]) for each in told["generations"]] == [
        (0, 0),
        (1, 0),
        (2, 1),
    ]
    assert told["generations"][2]["reasons"] == ("forgets",)


def test_going_back_lets_another_generation_play(store):
    assert FamilyTree(store).go_back(0)["current"] == 0
    assert store.current_number == 0
    with pytest.raises(GenerationError, match="generation 9"):
        FamilyTree(store).go_back(9)


def test_a_file_that_comes_later_is_found_and_refused(store):
    tree = FamilyTree(store)
    tree.describe()
    store.path(7).write_bytes(b"what")
    assert "no record" in tree.describe()["refused"]["0007"]


def test_without_any_generation_there_is_the_origin(tmp_path, model):
    told = FamilyTree(GenerationStore(tmp_path / "none", model.stem, model)).describe()
    assert [each["number"] for each in told["generations"]] == [0]
