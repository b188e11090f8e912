from __future__ import annotations

import pytest

from visuals.lessons.actions import Action
from visuals.lessons.memory.walkthrough import CELLS, PASSES, TICKS_A_BEAT, TICKS_A_PASS, MemoryWalk


def walk_to(name: str) -> MemoryWalk:
    walk = MemoryWalk()
    while walk.now.name != name:
        assert walk.advance()
    return walk


@pytest.fixture(scope="module")
def learned() -> MemoryWalk:
    return walk_to("cell")


def test_it_learns_while_watched_within_the_steps_time():
    walk = walk_to("learn")
    for _ in range(round(walk.now.seconds * 30)):
        walk.tick()
    assert len(walk.errors) == PASSES <= walk.now.seconds * 30 / TICKS_A_PASS
    assert walk.learner.right(walk.with_memory) == len(walk.with_memory)


def test_what_is_shown_is_what_the_network_recites(learned):
    again = learned.learner.recite()
    assert [m.guess for m in learned.with_memory] == [m.guess for m in again]


def test_cutting_the_memory_costs_the_tune(learned):
    right = learned.learner.right
    assert right(learned.with_memory) == len(learned.with_memory)
    assert right(learned.without) < 0.7 * len(learned.without)


def test_notes_last_as_long_as_they_are():
    walk = walk_to("run")
    ticks = []
    for place in range(8):
        count = 0
        while walk.place_heard == place:
            walk.tick()
            count += 1
        ticks.append(count)
    beats = [note.duration for note in walk.notes[:8]]
    assert ticks == [round(beat * TICKS_A_BEAT) for beat in beats]


def test_arrows_choose_another_cell():
    walk = walk_to("run")
    first = walk.cell
    for _ in range(CELLS):
        walk.turn(Action.UP)
    assert walk.cell == first
    walk.turn(Action.DOWN)
    assert walk.cell == (first - 1) % CELLS


def test_starting_over_forgets_the_tune():
    walk = walk_to("run")
    walk.restart()
    assert walk.errors == []
    assert walk.learner.right(walk.with_memory) < len(walk.with_memory) // 2
