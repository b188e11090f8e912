from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn.teaching.autograd import (
    AutogradGraph,
    AutogradNode,
    multiply_operation,
    neuron_graph,
    sum_operation,
)
from rnn.teaching.perceptron import LabelledSong, Neuron

STEP = 1e-6
numbers = st.floats(-1.2, 1.2)  # larger sums saturate the logistic function
weights = st.tuples(numbers, numbers, numbers)
songs = st.builds(LabelledSong, weights, st.sampled_from((0, 1)))


@settings(deadline=None)
@given(weights, songs)
def test_forward_equals_the_neuron(w, song):
    neuron = Neuron(w)
    graph, guess = neuron_graph(neuron, song), neuron.predict(song.facts)
    assert graph.nodes["guess"].value == pytest.approx(guess.output, rel=1e-9)
    assert graph.nodes["error"].value == pytest.approx(neuron.error([song]), abs=1e-9)


@settings(deadline=None)
@given(weights, songs)
def test_gradients_equal_finite_differences(w, song):
    graph = neuron_graph(Neuron(w), song)
    graph.backward()
    for node in list(graph.nodes.values()):
        if node.operation is None and node.name != "answer":
            value, errors = node.value, []
            for step in (STEP, -STEP):
                node.value = value + step
                errors.append(graph.forward())
            node.value = value
            graph.forward()
            assert node.gradient == pytest.approx((errors[0] - errors[1]) / (2 * STEP), abs=1e-5)


@settings(deadline=None)
@given(weights, songs)
def test_local_derivatives_equal_finite_differences(w, song):
    graph = neuron_graph(Neuron(w), song)
    for node in graph.nodes.values():
        values = [graph.nodes[name].value for name in node.inputs]
        for index, derivative in enumerate(node.local_derivatives):
            if node.inputs[index] == "answer":
                continue  # defined at 0 and 1 only
            outputs = []
            for step in (STEP, -STEP):
                moved = list(values)
                moved[index] += step
                outputs.append(node.operation(moved)[0])
            assert derivative == pytest.approx(
                (outputs[0] - outputs[1]) / (2 * STEP), rel=1e-5, abs=1e-5
            )


def test_a_number_used_twice_sums_both_gradients():
    graph = AutogradGraph()
    graph.add_input("x", 3.0)
    graph.add_operation("square", multiply_operation, "x", "x")
    graph.add_operation("y", sum_operation, "square", "x")
    graph.backward()
    assert graph.nodes["x"].gradient == 7.0


def test_a_missing_input_is_refused_by_name():
    with pytest.raises(ValueError, match="y needs 'x'"):
        AutogradGraph().add_operation("y", sum_operation, "x")


def test_a_second_node_of_a_name_is_refused():
    graph = AutogradGraph()
    graph.add_input("x", 1.0)
    with pytest.raises(ValueError, match="'x' already"):
        graph.add_input("x", 2.0)
    assert graph.nodes["x"] == AutogradNode("x", value=1.0)
