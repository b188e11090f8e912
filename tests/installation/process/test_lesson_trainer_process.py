"""Real processes, short-lived; nothing here depends on how fast they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from installation.process.lesson_trainer_process import MOST_LIVES, ProcessWorkshop
from midi_data import songs
from rnn.teaching.tune_learner import Snapshot
from visuals.lessons.trainer import InlineWorkshop

PATIENCE = 40.0


@pytest.fixture
def workshop() -> Iterator[ProcessWorkshop]:
    workshop = ProcessWorkshop()
    yield workshop
    workshop.stop()


def watch(workshop: ProcessWorkshop, until: Callable[[Snapshot], bool]) -> list[Snapshot]:
    """Poll until a snapshot is as it should be."""
    seen: list[Snapshot] = []
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
    twin = InlineWorkshop(updates=1.0)
    twin.start(songs.ode_to_joy(), 3)
    alike = [*twin.poll(), *twin.poll()][-1]
    assert alike.updates == 2
    assert np.allclose(alike.errors, seen[-1].errors, rtol=1e-4)
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
    worker = workshop._worker
    workshop.stop()
    assert worker.ended.wait(PATIENCE)
    assert worker._process.poll() is not None
    assert workshop.poll() == []


def test_killed_it_begins_the_tune_again(workshop):
    workshop.start(songs.ode_to_joy(), 3)
    watch(workshop, lambda snapshot: snapshot.updates >= 1)
    workshop._worker.kill()
    assert workshop._worker.ended.wait(PATIENCE)
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
        "installation.process.lesson_trainer_process._Worker",
        lambda *task: started.append(Dead(*task)) or started[-1],
    )
    workshop.start(songs.ode_to_joy(), 3)
    for _ in range(10):
        assert workshop.poll() == []
    assert len(started) == MOST_LIVES


def test_it_ends_with_whoever_started_it(workshop):
    workshop.start(songs.ode_to_joy(), 3)
    watch(workshop, lambda snapshot: snapshot.updates == 0)
    process = workshop._worker._process
    process.stdin.close()  # as when the stage is killed
    assert process.wait(PATIENCE) == 0


def test_with_no_tune_nothing_happens(workshop):
    workshop.add_layer()
    assert workshop.poll() == []
    workshop.stop()
