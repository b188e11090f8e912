from __future__ import annotations

import numpy as np
import pytest

from rnn.teaching.perceptron import COIN
from visuals.lessons.actions import Action
from visuals.lessons.hidden_layer.perspective_cube import Space
from visuals.lessons.hidden_layer.walkthrough import MOST_HIDDEN, FoldWalk


def walk_to(name: str) -> FoldWalk:
    walk = FoldWalk()
    while walk.now.name != name:
        assert walk.advance()
    return walk


def test_the_one_neuron_searches_and_never_gets_below_a_coin():
    walk = walk_to("search")
    for _ in range(600):
        walk.tick()
    assert len(set(walk.errors)) > 500
    assert COIN <= walk.lowest == min(walk.errors)
    assert walk.neuron.mistakes(walk.songs) >= 1


def test_two_hidden_neurons_part_the_songs_while_watched():
    walk = walk_to("fold")
    for _ in range(round(walk.now.seconds * 30)):
        walk.tick()
    assert walk.layers.mistakes(walk.songs) == 0
    assert walk.folding[-1] == walk.layers.error(walk.songs)


def test_whoever_does_not_wait_sees_them_parted():
    assert walk_to("parted").layers.mistakes([*FoldWalk().songs]) == 0


def test_arrows_add_and_take_away_hidden_neurons_within_limits():
    walk = walk_to("hands")
    counts = []
    for action in 3 * [Action.DOWN] + 4 * [Action.UP]:
        walk.turn(action)
        counts.append(walk.layers.hidden)
    assert counts == [1, 1, 1, 2, 3, MOST_HIDDEN, MOST_HIDDEN]


def test_another_beginning_is_another_network():
    walk = walk_to("hands")
    before = walk.layers.parameters["inner"].copy()
    walk.turn(Action.RIGHT)
    assert not np.allclose(walk.layers.parameters["inner"], before)


def test_the_end_shows_songs_parted_whatever_was_tried():
    walk = walk_to("hands")
    walk.turn(Action.DOWN)
    walk.advance()
    assert walk.layers.mistakes(walk.songs) == 0


def test_a_plane_is_cut_out_of_the_cube():
    space = Space((100.0, 100.0), 50.0, 0.0, 1.0)
    middle = space.at((0.5, 0.5, 0.5))
    corners = space.plane((1.0, 1.0, 0.0), -1.0)
    assert corners.shape == (4, 2)
    assert corners.mean(axis=0) == pytest.approx(middle, abs=6)


def test_a_plane_beside_the_cube_has_no_corners():
    assert len(Space((0, 0), 50.0, 0.0, 1.0).plane((1.0, 0.0, 0.0), 1.0)) == 0
