from __future__ import annotations

import numpy as np
import pytest

from rnn.teaching.perceptron import Neuron
from tests.walkthroughs import walk_to
from visuals.lessons.base.motifs import OCTAVE, pitch_for_number
from visuals.lessons.graph.walkthrough import (
    EXAMPLE_SONG,
    INITIAL_WEIGHTS,
    LEARNING_RATE,
    GraphWalkthrough,
)


def test_values_shown_are_the_neurons():
    walk, guess = (
        walk_to(GraphWalkthrough(), "back"),
        Neuron(INITIAL_WEIGHTS).predict(EXAMPLE_SONG.facts),
    )
    shown = tuple(walk.graph.nodes[f"product{k}"].value for k in range(3))
    assert shown == guess.products
    assert walk.graph.nodes["guess"].value == guess.output


def test_every_number_is_shown_once_it_is_known():
    walk = GraphWalkthrough()
    for name in walk.graph.nodes:
        assert walk.index_of_step(walk.value_step(name)) <= walk.index_of_step("error")
        back = walk.gradient_step(name)
        assert back is None or walk.index_of_step("back") <= walk.index_of_step(
            back
        ) <= walk.index_of_step("back_weights")


def test_gradients_shown_are_slopes_of_the_error():
    walk = walk_to(GraphWalkthrough(), "back_weights")
    for k in range(3):
        moved = list(INITIAL_WEIGHTS)
        moved[k] += 1e-6
        slope = (
            Neuron(moved).error([EXAMPLE_SONG]) - Neuron(INITIAL_WEIGHTS).error([EXAMPLE_SONG])
        ) / 1e-6
        assert walk.graph.nodes[f"weight{k}"].gradient == pytest.approx(slope, abs=1e-4)


def test_weights_move_against_their_gradients_and_the_error_falls():
    walk = walk_to(GraphWalkthrough(), "slope")
    expected = [
        weight - LEARNING_RATE * walk.graph.nodes[f"weight{k}"].gradient
        for k, weight in enumerate(INITIAL_WEIGHTS)
    ]
    walk.advance()
    assert list(walk.neuron.weights) == pytest.approx(expected)
    walk.advance()
    assert walk.graph.nodes["error"].value == pytest.approx(walk.neuron.error([EXAMPLE_SONG]))
    assert walk.graph.nodes["error"].value < walk.error_before


def test_gradients_and_slopes_agree_after_the_second_time_forward():
    nodes = walk_to(GraphWalkthrough(), "again").graph.nodes
    assert nodes["guess"].gradient == nodes["error"].local_derivatives[0]


def test_a_larger_number_sounds_higher():
    pitches = [pitch_for_number(value) for value in np.linspace(-4, 4, 200)]
    assert pitches == sorted(pitches)
    assert pitch_for_number(0.0) == 60
    assert {pitch % 12 for pitch in pitches} == {0, 2, 4, 7, 9}
    assert 21 + OCTAVE <= pitch_for_number(-4.0) < pitch_for_number(10.0) <= 96


@pytest.mark.parametrize("place", range(1, len(GraphWalkthrough.steps)))
def test_every_number_that_is_new_is_heard_and_its_node_lights(place):
    walk = walk_to(GraphWalkthrough(), GraphWalkthrough.steps[place].name)
    song = walk.pop_requested_notes()
    assert [note for _, note in walk.node_tones] == list(song.notes)
    for name, note in walk.node_tones[:-1]:
        assert walk.sounding_node(note.onset + 0.01) == name
    name, last = walk.node_tones[-1]
    node = walk.graph.nodes[name]
    assert name
    number, moved = (node.gradient, OCTAVE) if walk.is_backward else (node.value, 0)
    assert last.pitch == pitch_for_number(number) - moved
    assert walk.sounding_node(last.end + 0.01) == ""


@pytest.mark.parametrize("step", ["slope", "move"])
def test_a_weight_sounds_while_it_is_on_its_slope(step):
    walk = walk_to(GraphWalkthrough(), step)
    assert len(walk.node_tones) == 3
    for index, (name, note) in enumerate(walk.node_tones):
        assert name == f"weight{index}"
        assert walk.shown_weight(note.onset + 0.01) == index
        assert walk.shown_weight(note.end) == index


def test_the_last_weight_stays_on_its_slope_once_all_have_moved():
    assert walk_to(GraphWalkthrough(), "move").shown_weight(60.0) == 2
    assert walk_to(GraphWalkthrough(), "again").shown_weight(0.0) == 2


def test_the_error_is_heard_to_fall():
    before, after = walk_to(GraphWalkthrough(), "again").node_tones[-2:]
    assert before[1].pitch > after[1].pitch


def test_begun_again_it_is_silent():
    walk = walk_to(GraphWalkthrough(), "sum")
    walk.restart()
    assert walk.pop_requested_notes() is None
    assert walk.node_tones == ()


def test_a_weights_slope_is_the_error_with_those_before_it_moved():
    walk = walk_to(GraphWalkthrough(), "slope")
    assert walk.error_of(1, INITIAL_WEIGHTS[1]) == pytest.approx(walk.error_before)
    walk.advance()
    moved = [walk.neuron.weights[0], *INITIAL_WEIGHTS[1:]]
    assert walk.error_of(1, INITIAL_WEIGHTS[1]) == pytest.approx(
        Neuron(moved).error([EXAMPLE_SONG])
    )
    assert walk.error_of(2, walk.neuron.weights[2]) == pytest.approx(
        walk.neuron.error([EXAMPLE_SONG])
    )
