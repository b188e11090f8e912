from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from rnn.evolution.generation import Generation, GenerationError
from rnn.evolution.generation_store import GenerationStore, check_kinship, hash_weights
from rnn.model.checkpoint import load_checkpoint, save_checkpoint


@pytest.fixture
def store(tmp_path, origin) -> GenerationStore:
    save_checkpoint(tmp_path / "irish.safetensors", origin)
    return GenerationStore(tmp_path / "generations", "irish", tmp_path / "irish.safetensors")


@pytest.fixture
def other(a_model, origin):
    return a_model(origin.codec, seed=2)


NEW = Generation(0, 0, "irish")
ASIDE = replace(NEW, accepted=False, reasons=("copies",))


def test_at_the_beginning_generation_0_plays(store):
    assert store.current_number == 0
    assert [each.number for each in store.generations()] == [0]
    assert store.load(0) is not None and not store.folder.exists()


def test_an_accepted_generation_plays_and_another_is_set_aside(store, other):
    assert store.add(NEW, other).number == 1
    assert store.add(ASIDE, other).number == 2
    assert store.current_number == 1
    assert [each.reasons for each in store.generations()] == [(), (), ("copies",)]
    loaded = store.load(1)
    assert hash_weights(loaded.network.parameters) == store.record(1).weights_hash


def test_going_back_is_kept_and_told_by_the_time_of_its_file(store, other):
    store.add(NEW, other)
    store.add(NEW, other)
    before = store.current_changed_at
    store.choose(1)
    again = GenerationStore(store.folder, "irish", store.path(0))
    assert again.current_number == 1
    assert store.current_changed_at >= before > 0
    store.choose(0)
    assert store.current_number == 0


def test_a_generation_that_is_not_there_cannot_be_chosen(store):
    with pytest.raises(GenerationError, match="no record"):
        store.choose(4)


@pytest.mark.parametrize("choice", ["{", "[" * 9000, '{"number": 9}'])
def test_a_damaged_choice_is_the_newest_accepted(store, other, choice):
    store.add(NEW, other)
    store.add(NEW, other)
    (store.folder / "current.json").write_text(choice)
    assert store.current_number == 2


def test_in_place_of_a_harmed_choice_the_newest_before_it_plays(store, other):
    for generation in (NEW, ASIDE, NEW, NEW):
        store.add(generation, other)
    store.choose(3)  # the staff goes back from 4
    assert (store.candidates(), store.current_number) == ([3, 1, 0], 3)
    store.path(3).write_bytes(b"what")
    skipped = []
    number, checkpoint = store.load_current(skipped.append)
    assert store.current_number == number == 1
    assert hash_weights(checkpoint.network.parameters) == store.record(1).weights_hash
    assert ["generation 3" in str(error) for error in skipped] == [True]


def test_where_all_are_harmed_generation_0_plays(store, other):
    for number in (1, 2):
        store.add(NEW, other)
        store.path(number).unlink()
    assert store.current_number == store.load_current()[0] == 0
    store.path(0).unlink()
    assert store.current_number == 0
    with pytest.raises(GenerationError, match="generation 0"):
        store.load_current()


def test_a_file_removed_while_it_is_read_is_refused(store, other, monkeypatch):
    store.add(NEW, other)

    def load_and_remove(path):
        loaded = load_checkpoint(path)
        store.path(1).unlink(missing_ok=True)
        return loaded

    monkeypatch.setattr("rnn.evolution.generation_store.load_checkpoint", load_and_remove)
    with pytest.raises(GenerationError, match="generation 1: .*No such file"):
        store.load(1)


def damage_weights(store, other):
    path = store.path(1)
    path.write_bytes(path.read_bytes()[:-100])


def change_weights(store, other):
    weights = {n: a + np.float32(0.1) for n, a in other.network.parameters.items()}
    network = type(other.network)(other.network.sizes, weights)
    save_checkpoint(store.path(1), replace(other, network=network))


def damage_preference(store, other):
    preference = np.full_like(other.preference, 3)
    save_checkpoint(store.path(1), replace(other, preference=preference))


def damage_record(store, other):
    (store.folder / "0001.json").write_text('{"format": 1}')


def remove_record(store, other):
    (store.folder / "0001.json").unlink()


def remove_weights(store, other):
    store.path(1).unlink()


def take_foreign_record(store, other):
    path = store.folder / "0001.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"style": "fife"}))


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (damage_weights, "not a readable"),
        (change_weights, "not those of its record"),
        (damage_preference, "its file is damaged"),
        (damage_record, "damaged record"),
        (remove_record, "no record"),
        (remove_weights, "no such file"),
        (take_foreign_record, "generation 1 of fife"),
    ],
)
def test_a_harmed_generation_is_refused_with_its_reason(store, other, harm, reason):
    store.add(NEW, other)
    harm(store, other)
    with pytest.raises(GenerationError, match=reason):
        store.load(1)
    assert reason in store.refused()["0001"]
    with pytest.raises(GenerationError):
        store.choose(1)


def test_a_newer_file_copied_in_by_hand_is_refused_and_its_number_not_used(store, other):
    store.folder.mkdir()
    save_checkpoint(store.folder / "0007.safetensors", other)
    assert "no record" in store.refused()["0007"]
    assert store.current_number == 0
    assert store.add(NEW, other).number == 8


@pytest.mark.parametrize("full_at", ["0001.json", "current.json"])
def test_a_full_disk_leaves_nothing(store, other, monkeypatch, full_at):
    def write(path, text):
        if path.name == full_at:
            raise OSError("No space left on device")
        path.write_text(text)

    monkeypatch.setattr("rnn.evolution.generation_store.write_text_atomically", write)
    with pytest.raises(OSError, match="No space"):
        store.add(NEW, other)
    assert list(store.folder.iterdir()) == []


def test_a_network_of_another_size_is_no_kin(origin, a_model):
    with pytest.raises(GenerationError, match="units 8"):
        check_kinship(a_model(origin.codec, units=8), origin)
