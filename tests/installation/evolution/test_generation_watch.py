from __future__ import annotations

import logging
from threading import Event

import pytest

from installation.evolution.generation_watch import GenerationWatch
from rnn.evolution.generation import Generation
from rnn.evolution.generation_store import GenerationStore
from rnn.model.checkpoint import CheckpointError, load_checkpoint
from tests.hang_guard import HANG_GUARD_S


@pytest.fixture
def store(tmp_path, model) -> GenerationStore:
    return GenerationStore(tmp_path / "generations", "irish", model)


@pytest.fixture
def taken() -> list[int]:
    return []


@pytest.fixture
def watch(store, taken) -> GenerationWatch:
    return GenerationWatch(store, lambda number, checkpoint: taken.append(number))


def add(store) -> None:
    store.add(Generation(0, 0, "irish"), load_checkpoint(store.path(0)))


def test_generation_0_is_not_taken_over(watch, taken):
    watch.check()
    assert taken == []


def test_each_choice_is_taken_over_once(store, watch, taken):
    add(store)
    for _ in range(3):
        watch.check()
    store.choose(0)
    watch.check()
    assert taken == [1, 0]


def test_a_harmed_generation_is_said_once_and_the_other_plays_on(store, watch, taken, caplog):
    add(store)
    store.path(1).write_bytes(b"what")
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            watch.check()
    assert taken == [] and watch.number == 0
    assert len(caplog.records) == 1 and "generation 0 goes on" in caplog.text


def test_an_older_one_plays_instead_of_a_harmed_choice(store, watch, taken, caplog):
    add(store)
    add(store)
    store.path(2).unlink()
    with caplog.at_level(logging.WARNING):
        watch.check()
    assert taken == [1] and watch.number == store.current_number == 1
    assert len(caplog.records) == 1 and "generation 1 plays instead: generation 2" in caplog.text


def test_a_generation_that_the_piece_cannot_take_is_said_and_the_watch_goes_on(store, caplog):
    def refuse(number, checkpoint):
        raise CheckpointError("a partner is gone")

    watch = GenerationWatch(store, refuse)
    add(store)
    with caplog.at_level(logging.WARNING):
        watch.check()
    assert watch.number == 0 and "goes on playing: a partner is gone" in caplog.text


def test_it_watches_on_a_thread_of_its_own(store):
    add(store)
    seen = Event()
    watch = GenerationWatch(store, lambda number, checkpoint: seen.set())
    watch.start()
    assert seen.wait(HANG_GUARD_S)
    watch.close()
