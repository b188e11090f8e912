"""Real processes, short-lived; nothing here depends on how fast they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from installation.process.lesson_trainer_process import MAX_ATTEMPTS_PER_TUNE, ProcessLessonTrainer
from midi_data import songs
from rnn.teaching.tune_learner import TuneLearnerSnapshot
from visuals.lessons.trainer import InlineLessonTrainer

PATIENCE = 40.0


@pytest.fixture
def workshop() -> Iterator[ProcessLessonTrainer]:
    workshop = ProcessLessonTrainer()
    yield workshop
    workshop.stop()


def watch(
    workshop: ProcessLessonTrainer, until: Callable[[TuneLearnerSnapshot], bool]
) -> list[TuneLearnerSnapshot]:
    """Poll until a snapshot is as it should be."""
    seen: list[TuneLearnerSnapshot] = []
    deadline = time.monotonic() + PATIENCE
    while not (seen and until(seen[-1])):
        assert time.monotonic() < deadline, f"{len(seen)} snapshots in time"
        seen += workshop.poll()
        time.sleep(0.02)
    return seen


def test_it_learns_what_its_twin_learns(workshop):
    workshop.start(songs.ode_to_joy(), 3)
    seen = watch(workshop, lambda snapshot: snapshot.updates == 2)
    assert [snapshot.updates for snapshot in seen] == [0, 1, 2]
    twin = InlineLessonTrainer(updates=1.0)
    twin.start(songs.ode_to_joy(), 3)
    alike = [*twin.poll(), *twin.poll()][-1]
    assert alike.updates == 2
    assert np.allclose(alike.bits_per_note, seen[-1].bits_per_note, rtol=1e-4)
    for name, array in alike.parameters.items():
        assert np.allclose(array, seen[-1].parameters[name], atol=1e-5)


def test_a_layer_can_be_added_while_it_learns(workshop):
    workshop.start(songs.ode_to_joy(), 3)
    watch(workshop, lambda snapshot: snapshot.updates == 0)
    workshop.add_layer()
    seen = watch(workshop, lambda snapshot: snapshot.sizes.layers == 2)
    assert {snapshot.sizes.layers for snapshot in seen} <= {1, 2}


def test_stopped_it_is_gone_and_says_nothing(workshop):
    workshop.start(songs.ode_to_joy(), 3)
    watch(workshop, lambda snapshot: snapshot.updates == 0)
    worker = workshop._trainer
    workshop.stop()
    assert worker.ended.wait(PATIENCE)
    assert worker._process.poll() is not None
    assert workshop.poll() == []


def test_killed_it_begins_the_tune_again(workshop):
    workshop.start(songs.ode_to_joy(), 3)
    watch(workshop, lambda snapshot: snapshot.updates >= 1)
    workshop._trainer.kill()
    assert workshop._trainer.ended.wait(PATIENCE)
    again = watch(workshop, lambda snapshot: snapshot.updates == 0)
    assert again[-1].updates == 0


def test_it_does_not_begin_again_for_ever(workshop, monkeypatch):
    class Dead:
        def __init__(self, tune, seed) -> None:
            self.snapshots = ()
            self.ended = self

        def is_set(self) -> bool:
            return True

        def kill(self) -> None:
            pass

    started: list[Dead] = []
    monkeypatch.setattr(
        "installation.process.lesson_trainer_process._TrainerProcess",
        lambda *task: started.append(Dead(*task)) or started[-1],
    )
    workshop.start(songs.ode_to_joy(), 3)
    for _ in range(10):
        assert workshop.poll() == []
    assert len(started) == MAX_ATTEMPTS_PER_TUNE


def test_it_ends_with_whoever_started_it(workshop):
    workshop.start(songs.ode_to_joy(), 3)
    watch(workshop, lambda snapshot: snapshot.updates == 0)
    process = workshop._trainer._process
    process.stdin.close()  # as when the stage is killed
    assert process.wait(PATIENCE) == 0


def test_with_no_tune_nothing_happens(workshop):
    workshop.add_layer()
    assert workshop.poll() == []
    workshop.stop()
