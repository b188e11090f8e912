from __future__ import annotations

import pytest

from rnn.toys import Neuron
from visuals.lessons.graph_walk import RATE, SONG, WEIGHTS, GraphWalk


def walk_to(name: str) -> GraphWalk:
    walk = GraphWalk()
    while walk.now.name != name:
        assert walk.advance()
    return walk


def test_values_shown_are_the_neurons():
    walk, guess = walk_to("back"), Neuron(WEIGHTS).guess(SONG.facts)
    shown = tuple(walk.graph.nodes[f"product{k}"].value for k in range(3))
    assert shown == guess.products
    assert walk.graph.nodes["guess"].value == guess.output


def test_every_number_is_shown_once_it_is_known():
    walk = GraphWalk()
    for name in walk.graph.nodes:
        assert walk.place(walk.knows_value(name)) <= walk.place("error")
        back = walk.knows_gradient(name)
        assert back is None or walk.place("back") <= walk.place(back) <= walk.place("back_weights")


def test_gradients_shown_are_slopes_of_the_error():
    walk = walk_to("back_weights")
    for k in range(3):
        moved = list(WEIGHTS)
        moved[k] += 1e-6
        slope = (Neuron(moved).error([SONG]) - Neuron(WEIGHTS).error([SONG])) / 1e-6
        assert walk.graph.nodes[f"weight{k}"].gradient == pytest.approx(slope, abs=1e-4)


def test_weights_move_against_their_gradients_and_the_error_falls():
    walk = walk_to("back_weights")
    expected = [
        weight - RATE * walk.graph.nodes[f"weight{k}"].gradient for k, weight in enumerate(WEIGHTS)
    ]
    walk.advance()
    assert list(walk.neuron.weights) == pytest.approx(expected)
    walk.advance()
    assert walk.graph.nodes["error"].value == pytest.approx(walk.neuron.error([SONG]))
    assert walk.graph.nodes["error"].value < walk.before


def test_gradients_and_slopes_agree_after_the_second_time_forward():
    nodes = walk_to("again").graph.nodes
    assert nodes["guess"].gradient == nodes["error"].slopes[0]
