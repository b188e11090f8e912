"""The walk of lesson three: one song through a graph, and the blame for its error back."""

from __future__ import annotations

import numpy as np

from midi_data.notes import Note
from rnn.teaching.autograd import AutogradGraph, neuron_graph
from rnn.teaching.perceptron import FACT_NAMES, LabelledSong, Neuron
from visuals.lessons import motifs
from visuals.lessons.walkthrough import LessonStep, Walkthrough

INITIAL_WEIGHTS = (0.9, -0.6, 0.7)
EXAMPLE_SONG = LabelledSong((0.8, -0.5, 1.0), 0)
LEARNING_RATE = 0.4
"""Share of its gradient by which a weight is moved."""
TONE_SPACING_S, LAST_TONE_S = 0.36, 1.1
"""Seconds from tone to tone, and how long the last one sounds."""
NOTE_VELOCITY = 48
"""MIDI velocity."""
_FACT_COUNT = len(FACT_NAMES)
_PRODUCT_NODES = tuple(f"product{k}" for k in range(_FACT_COUNT))
_WEIGHT_NODES = tuple(f"weight{k}" for k in range(_FACT_COUNT))
_VALUE_NODES_BY_STEP = {
    "products": _PRODUCT_NODES,
    "sum": (*_PRODUCT_NODES, "sum"),
    "guess": ("sum", "guess"),
    "error": ("guess", "answer", "error"),
    "move": _WEIGHT_NODES,
}
"""Whose values are heard, one after another, in a step."""
_GRADIENT_NODES_BY_STEP = {
    "back": ("error",),
    "back_guess": ("error", "guess"),
    "back_sum": ("guess", "sum"),
    "back_products": ("sum", *_PRODUCT_NODES),
    "back_weights": _WEIGHT_NODES,
}
"""Whose gradients are, an octave below."""


class GraphWalkthrough(Walkthrough):
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
        LessonStep("nodes"),
        LessonStep("products"),
        LessonStep("sum"),
        LessonStep("guess"),
        LessonStep("error"),
        LessonStep("back", 6.0),
        LessonStep("back_guess", 6.0),
        LessonStep("back_sum", 6.0),
        LessonStep("back_products"),
        LessonStep("back_weights", 6.0),
        LessonStep("move", 6.0),
        LessonStep("again", 7.0),
    )

    def _reset(self) -> None:
        self.neuron = Neuron(INITIAL_WEIGHTS)
        self.graph: AutogradGraph = neuron_graph(self.neuron, EXAMPLE_SONG)
        self.graph.backward()
        self.error_before = self.graph.nodes["error"].value
        self.node_tones: tuple[tuple[str, Note], ...] = ()

    def _enter_step(self) -> None:
        super()._enter_step()
        name, nodes = self.current_step.name, self.graph.nodes
        if self.is_backward:
            numbers = [(node, nodes[node].gradient) for node in _GRADIENT_NODES_BY_STEP[name]]
        else:
            numbers = [(node, nodes[node].value) for node in _VALUE_NODES_BY_STEP.get(name, ())]
        if name == "again":  # all the way forward, and the error as it was beside what it is
            forward = [
                (node, nodes[node].value) for node in (*_VALUE_NODES_BY_STEP["sum"], "guess")
            ]
            numbers = [*forward, ("", self.error_before), ("error", nodes["error"].value)]
        self._play_node_numbers(numbers, -motifs.OCTAVE if self.is_backward else 0)

    def _play_node_numbers(self, numbers: list[tuple[str, float]], moved: int) -> None:
        """Have numbers of nodes heard, each as high as it is large."""
        long = [TONE_SPACING_S] * (len(numbers) - 1) + [LAST_TONE_S]
        self.node_tones = tuple(
            (node, Note(motifs.pitch_for_number(value) + moved, TONE_SPACING_S * k, seconds))
            for k, ((node, value), seconds) in enumerate(zip(numbers, long, strict=False))
        )
        if self.node_tones:
            self.request_notes([note for _, note in self.node_tones], 1.0, NOTE_VELOCITY)

    @property
    def is_backward(self) -> bool:
        """Whether it is gradients that are heard."""
        return self.current_step.name in _GRADIENT_NODES_BY_STEP

    def sounding_node(self, age: float) -> str:
        """The node whose number sounds so many seconds into the step; empty for none."""
        names = [node for node, note in self.node_tones if note.onset <= age < note.end]
        return names[0] if names else ""

    def value_step(self, name: str) -> str:
        """The step from which on a node's value is shown."""
        kind = name.rstrip("012")
        forward = {"product": "products", "sum": "sum", "guess": "guess"}
        return forward.get(kind, "error" if kind in ("error", "answer") else "nodes")

    def gradient_step(self, name: str) -> str | None:
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
        for k in range(_FACT_COUNT):
            node = self.graph.nodes[f"weight{k}"]
            node.value -= LEARNING_RATE * node.gradient
        self.neuron.weights[:] = np.array([self._weight_value(k) for k in range(_FACT_COUNT)])

    def _do_again(self) -> None:
        self.graph.forward()
        self.graph.backward()

    def _weight_value(self, k: int) -> float:
        return self.graph.nodes[f"weight{k}"].value
