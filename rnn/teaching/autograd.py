"""Toys: a computational graph of single numbers, forward and backward (Rumelhart et al. 1986).

Each node knows its value, and for each of its inputs how fast it changes with that input alone, the
local derivative. Going back, the gradient of a node is the sum over the nodes it feeds of their
gradient times that local derivative: the chain rule, edge by edge.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rnn.teaching.perceptron import LabelledSong, Neuron, logistic

_LOG2 = math.log(2.0)
Operation = Callable[[Sequence[float]], tuple[float, tuple[float, ...]]]
"""From the inputs' values to the value and the local derivative by each input."""


@dataclass(slots=True)
class AutogradNode:
    """One number of a graph.

    Parameters
    ----------
    name : str
    inputs : tuple of str
        Names of the nodes it is made of; none for a given number.
    rule : callable or None
        How it is made.
    value : float
    slopes : tuple of float
        Local derivative by each input.
    gradient : float
        Of the graph's last node by this one.
    """

    name: str
    inputs: tuple[str, ...] = ()
    operation: Operation | None = None
    value: float = 0.0
    local_derivatives: tuple[float, ...] = field(default=())
    gradient: float = 0.0


class AutogradGraph:
    """Nodes in an order in which each comes after its inputs.

    Attributes
    ----------
    nodes : dict of str to Node
    """

    def __init__(self) -> None:
        self.nodes: dict[str, AutogradNode] = {}

    def add_input(self, name: str, value: float) -> None:
        """Add a number that is given."""
        self._add_node(AutogradNode(name, value=value))

    def add_operation(self, name: str, rule: Operation, *inputs: str) -> None:
        """Add a number made of others, and work it out.

        Raises
        ------
        ValueError
            If an input is not there, or the name already is.
        """
        for one in inputs:
            if one not in self.nodes:
                raise ValueError(f"{name} needs {one!r}, which is not in the graph")
        self._add_node(AutogradNode(name, inputs, rule))
        self._evaluate(self.nodes[name])

    def forward(self) -> float:
        """Work out every value again, and return the last."""
        for node in self.nodes.values():
            self._evaluate(node)
        return node.value

    def backward(self) -> None:
        """Work out the gradient of the last node by every node."""
        for node in self.nodes.values():
            node.gradient = 0.0
        node.gradient = 1.0
        for node in reversed(self.nodes.values()):
            for name, slope in zip(node.inputs, node.local_derivatives, strict=True):
                self.nodes[name].gradient += node.gradient * slope

    def _add_node(self, node: AutogradNode) -> None:
        if node.name in self.nodes:
            raise ValueError(f"there is a node {node.name!r} already")
        self.nodes[node.name] = node

    def _evaluate(self, node: AutogradNode) -> None:
        if node.operation is not None:
            node.value, node.local_derivatives = node.operation(
                [self.nodes[name].value for name in node.inputs]
            )


def multiply_operation(values: Sequence[float]) -> tuple[float, tuple[float, ...]]:
    """The product of two."""
    first, second = values
    return first * second, (second, first)


def sum_operation(values: Sequence[float]) -> tuple[float, tuple[float, ...]]:
    """The sum of any."""
    return math.fsum(values), (1.0,) * len(values)


def logistic_operation(values: Sequence[float]) -> tuple[float, tuple[float, ...]]:
    """The logistic function."""
    output = float(logistic(values[0]))
    return output, (output * (1.0 - output),)


def cross_entropy_operation(values: Sequence[float]) -> tuple[float, tuple[float, ...]]:
    """Cross entropy in bits of a guess, strictly within 0..1, against an answer of 0 or 1."""
    guess, answer = values
    right = guess if answer > 0.5 else 1.0 - guess
    sign = 1.0 if answer > 0.5 else -1.0
    by_answer = (math.log(1.0 - guess) - math.log(guess)) / _LOG2
    return -math.log(right) / _LOG2, (-sign / (right * _LOG2), by_answer)


def neuron_graph(neuron: Neuron, song: LabelledSong) -> AutogradGraph:
    """A neuron hearing a song as a graph: fact0.., weight0.., product0.., sum, guess, error."""
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
