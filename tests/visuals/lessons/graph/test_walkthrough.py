from __future__ import annotations

import numpy as np
import pytest

from rnn.teaching.perceptron import Neuron
from visuals.lessons.graph.walkthrough import RATE, SONG, WEIGHTS, GraphWalk
from visuals.lessons.motifs import OCTAVE, pitch_of


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


def test_a_larger_number_sounds_higher():
    pitches = [pitch_of(value) for value in np.linspace(-4, 4, 200)]
    assert pitches == sorted(pitches)
    assert pitch_of(0.0) == 60
    assert {pitch % 12 for pitch in pitches} == {0, 2, 4, 7, 9}
    assert 21 + OCTAVE <= pitch_of(-4.0) < pitch_of(10.0) <= 96


@pytest.mark.parametrize("place", range(1, len(GraphWalk.steps)))
def test_every_number_that_is_new_is_heard_and_its_node_lights(place):
    walk = walk_to(GraphWalk.steps[place].name)
    song = walk.take_song()
    assert [note for _, note in walk.told] == list(song.notes)
    for name, note in walk.told[:-1]:
        assert walk.heard(note.onset + 0.01) == name
    name, last = walk.told[-1]
    node = walk.graph.nodes[name]
    assert name
    number, moved = (node.gradient, OCTAVE) if walk.goes_back else (node.value, 0)
    assert last.pitch == pitch_of(number) - moved
    assert walk.heard(last.end + 0.01) == ""


def test_the_error_is_heard_to_fall():
    before, after = walk_to("again").told[-2:]
    assert before[1].pitch > after[1].pitch


def test_begun_again_it_is_silent():
    walk = walk_to("sum")
    walk.restart()
    assert walk.take_song() is None
    assert walk.told == ()
