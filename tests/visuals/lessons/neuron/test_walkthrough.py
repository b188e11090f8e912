from __future__ import annotations

import pytest

from rnn.teaching.perceptron import Neuron
from visuals.lessons.actions import Action
from visuals.lessons.neuron.walkthrough import FIRST_WEIGHTS, LIMIT, RATE, TURN, NeuronWalk


def walk_to(name: str) -> NeuronWalk:
    walk = NeuronWalk()
    while walk.now.name != name:
        assert walk.advance()
    return walk


def test_an_arrow_turns_the_chosen_weight():
    walk = walk_to("hands")
    for action in (Action.DOWN, Action.RIGHT, Action.RIGHT):
        walk.turn(action)
    assert walk.neuron.weights[1] == pytest.approx(FIRST_WEIGHTS[1] + 2 * TURN)
    assert walk.neuron.weights[0] == FIRST_WEIGHTS[0]


def test_weights_turn_only_so_far():
    walk = walk_to("hands")
    for _ in range(200):
        walk.turn(Action.LEFT)
    assert walk.neuron.weights[0] == -LIMIT


def test_the_best_error_by_hand_is_kept():
    walk = walk_to("hands")
    errors = []
    for action in (Action.LEFT,) * 9 + (Action.RIGHT,) * 5:
        walk.turn(action)
        errors.append(walk.error)
    assert walk.by_hand == min(errors) < errors[-1]


def test_learning_begins_where_the_visitor_did():
    walk = walk_to("hands")
    walk.turn(Action.LEFT)
    walk.advance()
    assert tuple(walk.neuron.weights) == FIRST_WEIGHTS


def test_the_nudge_shown_is_the_neurons_own():
    walk = walk_to("miss")
    neuron = Neuron(FIRST_WEIGHTS)
    walk.advance()
    assert walk.nudge == neuron.nudge(walk.songs[walk.song], RATE)
    assert tuple(walk.neuron.weights) == tuple(neuron.weights)


def test_a_visitor_can_beat_half_the_first_error_by_hand():
    walk = walk_to("hands")
    first = walk.error
    for _ in range(25):
        walk.turn(Action.LEFT)
    walk.turn(Action.DOWN)
    for _ in range(25):
        walk.turn(Action.RIGHT)
    assert walk.by_hand < first / 2


def test_it_learns_every_song():
    walk = walk_to("learn")
    while not walk.is_learned:
        walk.tick()
    assert walk.neuron.mistakes(walk.songs) == 0
    assert walk.errors[-1] == walk.error < 0.25


def test_whoever_does_not_wait_finds_it_learned_at_the_end():
    assert walk_to("end").is_learned


def test_starting_over_forgets_all():
    walk = walk_to("end")
    walk.restart()
    fresh = NeuronWalk()
    assert (walk.error, walk.errors, walk.by_hand) == (fresh.error, [], None)
