"""The walk of lesson three: one song through a graph, and the blame for its error back."""

from __future__ import annotations

import numpy as np

from midi_data.notes import Note
from rnn.teaching.autograd import Graph, neuron_graph
from rnn.teaching.perceptron import FACTS, Neuron, Song
from visuals.lessons import motifs
from visuals.lessons.walkthrough import Step, Walk

WEIGHTS = (0.9, -0.6, 0.7)
SONG = Song((0.8, -0.5, 1.0), 0)
RATE = 0.4
"""Share of its gradient by which a weight is moved."""
APART, LAST = 0.36, 1.1
"""Seconds from tone to tone, and how long the last one sounds."""
SOUND = 48
"""MIDI velocity."""
_COUNT = len(FACTS)
_PRODUCTS = tuple(f"product{k}" for k in range(_COUNT))
_WEIGHTS = tuple(f"weight{k}" for k in range(_COUNT))
_VALUES = {
    "products": _PRODUCTS,
    "sum": (*_PRODUCTS, "sum"),
    "guess": ("sum", "guess"),
    "error": ("guess", "answer", "error"),
    "move": _WEIGHTS,
}
"""Whose values are heard, one after another, in a step."""
_GRADIENTS = {
    "back": ("error",),
    "back_guess": ("error", "guess"),
    "back_sum": ("guess", "sum"),
    "back_products": ("sum", *_PRODUCTS),
    "back_weights": _WEIGHTS,
}
"""Whose gradients are, an octave below."""


class GraphWalk(Walk):
    """A neuron and one song as a computational graph.

    Attributes
    ----------
    graph : Graph
        Its values and gradients are those shown.
    before : float
        The error before the weights moved, bits.
    told : tuple of (str, Note)
        Nodes whose numbers are heard in this step, and their tones, onsets in seconds.
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
        self.told: tuple[tuple[str, Note], ...] = ()

    def _enter(self) -> None:
        super()._enter()
        name, nodes = self.now.name, self.graph.nodes
        if self.goes_back:
            numbers = [(node, nodes[node].gradient) for node in _GRADIENTS[name]]
        else:
            numbers = [(node, nodes[node].value) for node in _VALUES.get(name, ())]
        if name == "again":  # all the way forward, and the error as it was beside what it is
            forward = [(node, nodes[node].value) for node in (*_VALUES["sum"], "guess")]
            numbers = [*forward, ("", self.before), ("error", nodes["error"].value)]
        self._tell(numbers, -motifs.OCTAVE if self.goes_back else 0)

    def _tell(self, numbers: list[tuple[str, float]], moved: int) -> None:
        """Have numbers of nodes heard, each as high as it is large."""
        long = [APART] * (len(numbers) - 1) + [LAST]
        self.told = tuple(
            (node, Note(motifs.pitch_of(value) + moved, APART * k, seconds))
            for k, ((node, value), seconds) in enumerate(zip(numbers, long, strict=False))
        )
        if self.told:
            self.sing([note for _, note in self.told], 1.0, SOUND)

    @property
    def goes_back(self) -> bool:
        """Whether it is gradients that are heard."""
        return self.now.name in _GRADIENTS

    def heard(self, age: float) -> str:
        """The node whose number sounds so many seconds into the step; empty for none."""
        names = [node for node, note in self.told if note.onset <= age < note.end]
        return names[0] if names else ""

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
