from __future__ import annotations

import numpy as np
import pytest

from rnn.teaching.tiny_lstm import CELL_COUNT
from tests.walkthroughs import walk_to
from visuals.input.lesson_actions import LessonAction
from visuals.lessons.memory.walkthrough import (
    EXPLAINED_NOTE_INDEX,
    PLAYER_TICKS_PER_BEAT,
    TICKS_PER_PASS,
    TRAINING_PASSES,
    MemoryWalkthrough,
)


@pytest.fixture(scope="module")
def learned() -> MemoryWalkthrough:
    return walk_to(MemoryWalkthrough(), "cell")


def test_it_learns_while_watched_within_the_steps_time():
    walk = walk_to(MemoryWalkthrough(), "learn")
    for _ in range(round(walk.current_step.seconds * 30)):
        walk.tick()
    assert len(walk.errors) == TRAINING_PASSES <= walk.current_step.seconds * 30 / TICKS_PER_PASS
    assert walk.learner.count_correct(walk.with_memory) == len(walk.with_memory)


def test_what_is_shown_is_what_the_network_recites(learned):
    again = learned.learner.trace_steps()
    assert [m.predicted_index for m in learned.with_memory] == [m.predicted_index for m in again]


def test_cutting_the_memory_costs_the_tune(learned):
    right = learned.learner.count_correct
    assert right(learned.with_memory) == len(learned.with_memory)
    assert right(learned.without_memory) < 0.7 * len(learned.without_memory)


def test_notes_last_as_long_as_they_are():
    walk = walk_to(MemoryWalkthrough(), "run")
    ticks = []
    for place in range(8):
        count = 0
        while walk.note_index == place:
            walk.tick()
            count += 1
        ticks.append(count)
    beats = [note.duration for note in walk.notes[:8]]
    assert ticks == [round(beat * PLAYER_TICKS_PER_BEAT) for beat in beats]


def test_arrows_choose_another_cell():
    walk = walk_to(MemoryWalkthrough(), "run")
    first = walk.cell_index
    for _ in range(CELL_COUNT):
        walk.handle_arrow(LessonAction.UP)
    assert walk.cell_index == first
    walk.handle_arrow(LessonAction.DOWN)
    assert walk.cell_index == (first - 1) % CELL_COUNT


def test_starting_over_forgets_the_tune():
    walk = walk_to(MemoryWalkthrough(), "run")
    walk.restart()
    assert walk.errors == []
    assert walk.learner.count_correct(walk.with_memory) < len(walk.with_memory) // 2


def heard(walk, ticks: int) -> list[tuple[int, ...]]:
    """Pitches of each song asked for, from the step's beginning."""
    songs = []
    for _ in range(ticks):
        song = walk.pop_requested_notes()
        if song is not None:
            songs.append(tuple(note.pitch for note in song.notes))
        walk.tick()
    return songs


@pytest.mark.parametrize(("name", "memory_kept"), [("run", True), ("cut", False)])
def test_what_the_network_guesses_is_what_is_heard(name, memory_kept):
    walk = walk_to(MemoryWalkthrough(), name)
    played = heard(walk, 20 * PLAYER_TICKS_PER_BEAT)
    predicted = [(walk.predicted_pitch(place, memory_kept),) for place in range(len(played))]
    assert len(played) > 15
    assert played == predicted
    right = [s[0] == n.pitch for s, n in zip(played, walk.notes, strict=False)]
    assert all(right) is memory_kept


def test_the_tune_itself_is_heard_first():
    walk = MemoryWalkthrough()
    played = heard(walk, 12 * PLAYER_TICKS_PER_BEAT)
    assert [pitch for (pitch,) in played] == [note.pitch for note in walk.notes[: len(played)]]


def test_the_end_sets_one_beside_the_other():
    walk = walk_to(MemoryWalkthrough(), "end")
    notes = walk.pop_requested_notes().notes
    half = len(notes) // 2
    assert [n.pitch for n in notes[:half]] == [n.pitch for n in walk.notes[:half]]
    assert [n.pitch for n in notes[half:]] != [n.pitch for n in notes[:half]]


def test_memory_is_cut_as_long_as_the_visitor_holds_and_grows_again():
    walk = walk_to(MemoryWalkthrough(), "hold")
    for held in (True, False):
        if held:
            walk.handle_arrow(LessonAction.DOWN)
        else:
            walk.release()
        for _ in range(6 * PLAYER_TICKS_PER_BEAT):
            walk.tick()
    cut = sorted(walk.cut_notes)
    assert cut == list(range(len(cut)))
    assert 0 < len(cut) < walk.note_index
    emptied = walk.learner.trace_steps(cut=walk.cut_notes)
    assert (
        walk.predicted_pitch(len(cut) + 3)
        == (walk.learner.pitches[emptied[len(cut) + 2].predicted_index])
    )
    assert not np.any(emptied[len(cut) - 1].cell_before)
    assert np.any(emptied[len(cut)].cell_before)


def test_the_end_has_its_memory_back():
    walk = walk_to(MemoryWalkthrough(), "hold")
    walk.handle_arrow(LessonAction.DOWN)
    walk.advance()
    assert walk.learner.count_correct(walk.with_memory) == len(walk.with_memory)


def test_the_note_of_the_explained_cell_was_heard_before_in_the_tune():
    """As the sentence of its step says."""
    pitches = [note.pitch for note in MemoryWalkthrough().notes]
    assert pitches[EXPLAINED_NOTE_INDEX] in pitches[:EXPLAINED_NOTE_INDEX]
