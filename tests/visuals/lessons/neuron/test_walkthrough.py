from __future__ import annotations

import pytest

from rnn.teaching.perceptron import Neuron
from tests.walkthroughs import walk_to
from visuals.input.lesson_actions import LessonAction
from visuals.lessons.neuron.walkthrough import (
    INITIAL_WEIGHTS,
    LEARNING_RATE,
    MAX_WEIGHT,
    WEIGHT_STEP,
    NeuronWalkthrough,
)


def test_an_arrow_turns_the_chosen_weight():
    walk = walk_to(NeuronWalkthrough(), "hands")
    for action in (LessonAction.DOWN, LessonAction.RIGHT, LessonAction.RIGHT):
        walk.handle_arrow(action)
    assert walk.neuron.weights[1] == pytest.approx(INITIAL_WEIGHTS[1] + 2 * WEIGHT_STEP)
    assert walk.neuron.weights[0] == INITIAL_WEIGHTS[0]


def test_weights_turn_only_so_far():
    walk = walk_to(NeuronWalkthrough(), "hands")
    for _ in range(200):
        walk.handle_arrow(LessonAction.LEFT)
    assert walk.neuron.weights[0] == -MAX_WEIGHT


def test_the_best_error_by_hand_is_kept():
    walk = walk_to(NeuronWalkthrough(), "hands")
    errors = []
    for action in (LessonAction.LEFT,) * 9 + (LessonAction.RIGHT,) * 5:
        walk.handle_arrow(action)
        errors.append(walk.error)
    assert walk.best_manual_error == min(errors) < errors[-1]


def test_learning_begins_where_the_visitor_did():
    walk = walk_to(NeuronWalkthrough(), "hands")
    walk.handle_arrow(LessonAction.LEFT)
    walk.advance()
    assert tuple(walk.neuron.weights) == INITIAL_WEIGHTS


def test_the_nudge_shown_is_the_neurons_own():
    walk = walk_to(NeuronWalkthrough(), "miss")
    neuron = Neuron(INITIAL_WEIGHTS)
    walk.advance()
    assert walk.last_update == neuron.learn_song(walk.songs[walk.song_index], LEARNING_RATE)
    assert tuple(walk.neuron.weights) == tuple(neuron.weights)


def test_a_visitor_can_beat_half_the_first_error_by_hand():
    walk = walk_to(NeuronWalkthrough(), "hands")
    first = walk.error
    for _ in range(25):
        walk.handle_arrow(LessonAction.LEFT)
    walk.handle_arrow(LessonAction.DOWN)
    for _ in range(25):
        walk.handle_arrow(LessonAction.RIGHT)
    assert walk.best_manual_error < first / 2


def test_it_learns_every_song():
    walk = walk_to(NeuronWalkthrough(), "learn")
    while not walk.is_trained:
        walk.tick()
    assert walk.neuron.count_mistakes(walk.songs) == 0
    assert walk.errors[-1] == walk.error < 0.25


def test_whoever_does_not_wait_finds_it_learned_at_the_end():
    assert walk_to(NeuronWalkthrough(), "end").is_trained


def test_starting_over_forgets_all():
    walk = walk_to(NeuronWalkthrough(), "end")
    walk.restart()
    fresh = NeuronWalkthrough()
    assert (walk.error, walk.errors, walk.best_manual_error) == (fresh.error, [], None)


def heard(walk, ticks: int) -> list[tuple[int, ...]]:
    """Pitches of each song asked for, from the step's beginning."""
    songs = []
    for _ in range(ticks):
        song = walk.pop_requested_notes()
        if song is not None:
            songs.append(tuple(note.pitch for note in song.notes))
        walk.tick()
    return songs


def test_learning_is_heard_to_come_right():
    walk = walk_to(NeuronWalkthrough(), "learn")
    songs = heard(walk, 30 * 12)
    assert len(songs) >= 10
    assert all(high - low == 12 for low, high in songs[-5:])
