"""Tests with real processes; each waits for a state."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from installation.process.lesson_trainer_process import MAX_ATTEMPTS_PER_TUNE, ProcessLessonTrainer
from midi_data import songs
from rnn.teaching.tune_learner import TuneLearnerSnapshot
from tests.hang_guard import HANG_GUARD_S, wait_until
from visuals.lessons.base.trainer import InlineLessonTrainer


@pytest.fixture
def trainer() -> Iterator[ProcessLessonTrainer]:
    trainer = ProcessLessonTrainer()
    yield trainer
    trainer.stop()


def watch(
    trainer: ProcessLessonTrainer, until: Callable[[TuneLearnerSnapshot], bool]
) -> list[TuneLearnerSnapshot]:
    """Poll until a snapshot meets a condition."""
    seen: list[TuneLearnerSnapshot] = []

    def is_seen() -> bool:
        seen.extend(trainer.poll())
        return bool(seen) and until(seen[-1])

    wait_until(is_seen, "a snapshot that meets the condition")
    return seen


def test_it_learns_as_the_inline_trainer_does(trainer):
    trainer.start(songs.ode_to_joy(), 3)
    seen = watch(trainer, lambda snapshot: snapshot.updates == 2)
    assert [snapshot.updates for snapshot in seen] == [0, 1, 2]
    inline = InlineLessonTrainer(updates=1.0)
    inline.start(songs.ode_to_joy(), 3)
    last = [*inline.poll(), *inline.poll()][-1]
    assert last.updates == 2
    assert np.allclose(last.bits_per_note, seen[-1].bits_per_note, rtol=1e-4)
    for name, array in last.parameters.items():
        assert np.allclose(array, seen[-1].parameters[name], atol=1e-5)


def test_a_layer_can_be_added_while_it_learns(trainer):
    trainer.start(songs.ode_to_joy(), 3)
    watch(trainer, lambda snapshot: snapshot.updates == 0)
    trainer.add_layer()
    seen = watch(trainer, lambda snapshot: snapshot.sizes.layers == 2)
    assert {snapshot.sizes.layers for snapshot in seen} <= {1, 2}


def test_a_stopped_trainer_ends_and_sends_nothing(trainer):
    trainer.start(songs.ode_to_joy(), 3)
    watch(trainer, lambda snapshot: snapshot.updates == 0)
    process = trainer.trainer
    trainer.stop()
    assert process.ended.wait(HANG_GUARD_S)
    assert process.process.poll() is not None
    assert trainer.poll() == []


def test_a_killed_trainer_begins_the_tune_again(trainer):
    trainer.start(songs.ode_to_joy(), 3)
    watch(trainer, lambda snapshot: snapshot.updates >= 1)
    trainer.trainer.kill()
    assert trainer.trainer.ended.wait(HANG_GUARD_S)
    again = watch(trainer, lambda snapshot: snapshot.updates == 0)
    assert again[-1].updates == 0


def test_the_attempts_for_a_tune_are_limited(trainer, monkeypatch):
    class DeadProcess:
        def __init__(self, tune, seed) -> None:
            self.snapshots = ()
            self.ended = self

        def is_set(self) -> bool:
            return True

        def kill(self) -> None:
            pass

    started: list[DeadProcess] = []
    monkeypatch.setattr(
        "installation.process.lesson_trainer_process.TrainerProcess",
        lambda *task: started.append(DeadProcess(*task)) or started[-1],
    )
    trainer.start(songs.ode_to_joy(), 3)
    for _ in range(10):
        assert trainer.poll() == []
    assert len(started) == MAX_ATTEMPTS_PER_TUNE


def test_a_trainer_ends_with_its_standard_input(trainer):
    trainer.start(songs.ode_to_joy(), 3)
    watch(trainer, lambda snapshot: snapshot.updates == 0)
    process = trainer.trainer.process
    process.stdin.close()  # as at the death of the stage
    assert process.wait(HANG_GUARD_S) == 0


def test_without_a_tune_there_is_no_process(trainer):
    trainer.add_layer()
    assert trainer.poll() == []
    trainer.stop()
