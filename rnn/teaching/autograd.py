"""A computational graph of single numbers with back-propagation (Rumelhart et al. 1986).

Each node keeps its value and the local derivative by each of its inputs. In the backward pass the
gradient of a node is a sum over the nodes it feeds: their gradient times the local derivative. That
is the chain rule, edge by edge.

References
----------
Rumelhart, D. E., Hinton, G. E. & Williams, R. J. (1986). Learning representations by
back-propagating errors. Nature 323, 533-536.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rnn.teaching.perceptron import LabelledSong, Neuron, logistic

_LOG2 = math.log(2.0)
Operation = Callable[[Sequence[float]], tuple[float, tuple[float, ...]]]
"""Function from the inputs' values to the value and the local derivative by each input."""


@dataclass(slots=True)
class AutogradNode:
    """One number of a graph.

    Parameters
    ----------
    name : str
    inputs : tuple of str
        Names of the input nodes; empty for a given number.
    operation : callable, optional
        See `Operation`; None for a given number.
    value, gradient : float
        Value, and derivative of the graph's last node by this one.
    local_derivatives : tuple of float
        Derivative of the value by each input.
    """

    name: str
    inputs: tuple[str, ...] = ()
    operation: Operation | None = None
    value: float = 0.0
    local_derivatives: tuple[float, ...] = ()
    gradient: float = 0.0


class AutogradGraph:
    """A graph of numbers (Rumelhart et al. 1986); each node is added after its inputs."""

    def __init__(self) -> None:
        self.nodes: dict[str, AutogradNode] = {}  # in topological order

    def add_input(self, name: str, value: float) -> None:
        """Add a given number; raises ValueError if the name is taken."""
        self._add_node(AutogradNode(name, value=value))

    def add_operation(self, name: str, operation: Operation, *inputs: str) -> None:
        """Add a number computed from other nodes; raises ValueError if one is missing."""
        for one in inputs:
            if one not in self.nodes:
                raise ValueError(f"{name} needs {one!r}, which is not in the graph")
        self._add_node(AutogradNode(name, inputs, operation))
        self._evaluate(self.nodes[name])

    def forward(self) -> float:
        """Compute every value again; returns the value of the last node."""
        for node in self.nodes.values():
            self._evaluate(node)
        return node.value

    def backward(self) -> None:
        """Compute the gradient of the last node by every node."""
        for node in self.nodes.values():
            node.gradient = 0.0
        node.gradient = 1.0
        for node in reversed(self.nodes.values()):
            for name, derivative in zip(node.inputs, node.local_derivatives, strict=True):
                self.nodes[name].gradient += node.gradient * derivative

    def _add_node(self, node: AutogradNode) -> None:
        if node.name in self.nodes:
            raise ValueError(f"there is a node {node.name!r} already")
        self.nodes[node.name] = node

    def _evaluate(self, node: AutogradNode) -> None:
        if node.operation is not None:
            values = [self.nodes[name].value for name in node.inputs]
            node.value, node.local_derivatives = node.operation(values)


def multiply_operation(values: Sequence[float]) -> tuple[float, tuple[float, ...]]:
    """Product of two numbers."""
    first, second = values
    return first * second, (second, first)


def sum_operation(values: Sequence[float]) -> tuple[float, tuple[float, ...]]:
    """Sum of any count of numbers."""
    return math.fsum(values), (1.0,) * len(values)


def logistic_operation(values: Sequence[float]) -> tuple[float, tuple[float, ...]]:
    """Logistic function of one number."""
    output = float(logistic(values[0]))
    return output, (output * (1.0 - output),)


def cross_entropy_operation(values: Sequence[float]) -> tuple[float, tuple[float, ...]]:
    """Cross entropy, bits, of a guess strictly within 0..1 against an answer of 0 or 1."""
    guess, answer = values
    likelihood = guess if answer > 0.5 else 1.0 - guess
    sign = 1.0 if answer > 0.5 else -1.0
    by_answer = (math.log(1.0 - guess) - math.log(guess)) / _LOG2
    return -math.log(likelihood) / _LOG2, (-sign / (likelihood * _LOG2), by_answer)


def neuron_graph(neuron: Neuron, song: LabelledSong) -> AutogradGraph:
    """Build the graph of a neuron's error for one song.

    Parameters
    ----------
    neuron : Neuron
    song : LabelledSong

    Returns
    -------
    AutogradGraph
        Nodes fact0.., weight0.., answer, product0.., sum, guess and error, in that order.
    """
    graph = AutogradGraph()
    count = len(neuron.weights)
    for k in range(count):
        graph.add_input(f"fact{k}", float(song.facts[k]))
        graph.add_input(f"weight{k}", float(neuron.weights[k]))
    graph.add_input("answer", float(song.liked))
    for k in range(count):
        graph.add_operation(f"product{k}", multiply_operation, f"fact{k}", f"weight{k}")
    graph.add_operation("sum", sum_operation, *(f"product{k}" for k in range(count)))
    graph.add_operation("guess", logistic_operation, "sum")
    graph.add_operation("error", cross_entropy_operation, "guess", "answer")
    return graph
