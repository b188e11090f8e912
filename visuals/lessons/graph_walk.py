"""The walk of lesson three: one song through a graph, and the blame for its error back."""

from __future__ import annotations

import numpy as np

from rnn.toys import FACTS, Neuron, Song
from rnn.toys_graph import Graph, neuron_graph
from visuals.lessons.walk import Step, Walk

WEIGHTS = (0.9, -0.6, 0.7)
SONG = Song((0.8, -0.5, 1.0), 0)
RATE = 0.4
"""Share of its gradient by which a weight is moved."""
_COUNT = len(FACTS)


class GraphWalk(Walk):
    """A neuron and one song as a computational graph.

    Attributes
    ----------
    graph : Graph
        Its values and gradients are those shown.
    before : float
        The error before the weights moved, bits.
    """

    steps = (
        Step("nodes"),
        Step("products"),
        Step("sum"),
        Step("guess"),
        Step("error"),
        Step("back", 6.0),
        Step("back_guess", 6.0),
        Step("back_sum", 6.0),
        Step("back_products"),
        Step("back_weights", 6.0),
        Step("move", 6.0),
        Step("again", 7.0),
    )

    def _begin(self) -> None:
        self.neuron = Neuron(WEIGHTS)
        self.graph: Graph = neuron_graph(self.neuron, SONG)
        self.graph.backward()
        self.before = self.graph.nodes["error"].value

    def knows_value(self, name: str) -> str:
        """The step from which on a node's value is shown."""
        kind = name.rstrip("012")
        forward = {"product": "products", "sum": "sum", "guess": "guess"}
        return forward.get(kind, "error" if kind in ("error", "answer") else "nodes")

    def knows_gradient(self, name: str) -> str | None:
        """The step from which on a node's gradient is shown; None if it never is."""
        back = {
            "error": "back",
            "guess": "back_guess",
            "sum": "back_sum",
            "product": "back_products",
            "weight": "back_weights",
        }
        return back.get(name.rstrip("012"))

    def _do_move(self) -> None:
        """Every weight moves against its gradient; what follows from it waits for `again`."""
        for k in range(_COUNT):
            node = self.graph.nodes[f"weight{k}"]
            node.value -= RATE * node.gradient
        self.neuron.weights[:] = np.array([self._weight(k) for k in range(_COUNT)])

    def _do_again(self) -> None:
        self.graph.forward()
        self.graph.backward()

    def _weight(self, k: int) -> float:
        return self.graph.nodes[f"weight{k}"].value
