"""Walkthrough of lesson 3: one song through a computational graph, and its gradients back."""

from __future__ import annotations

from midi_data.notes import Note
from rnn.teaching.autograd import AutogradGraph, neuron_graph
from rnn.teaching.perceptron import FACT_NAMES, LabelledSong, Neuron
from visuals.lessons.base import motifs
from visuals.lessons.base.walkthrough import LessonStep, Walkthrough

INITIAL_WEIGHTS = (0.9, -0.6, 0.7)
EXAMPLE_SONG = LabelledSong((0.8, 0.5, 1.0), 0)
LEARNING_RATE = 0.4  # share of its gradient by which a weight is changed
TONE_SPACING_S, LAST_TONE_S = 0.36, 1.1  # time between two tones, and duration of the last one, s
SECONDS_PER_WEIGHT = 2.6  # time for which each weight is shown on its slope, and moves
NOTE_VELOCITY = 48  # MIDI velocity
_PRODUCT_NODES = tuple(f"product{k}" for k in range(len(FACT_NAMES)))
_WEIGHT_NODES = tuple(f"weight{k}" for k in range(len(FACT_NAMES)))
_VALUE_NODES_BY_STEP = {
    "products": _PRODUCT_NODES,
    "sum": (*_PRODUCT_NODES, "sum"),
    "guess": ("sum", "guess"),
    "error": ("guess", "answer", "error"),
    "move": _WEIGHT_NODES,
}
"""Nodes whose values sound one after another in a step."""
_GRADIENT_NODES_BY_STEP = {
    "back": ("error",),
    "back_guess": ("error", "guess"),
    "back_sum": ("guess", "sum"),
    "back_products": ("sum", *_PRODUCT_NODES),
    "back_weights": _WEIGHT_NODES,
    "slope": _WEIGHT_NODES,
}
"""Nodes whose gradients sound in a step, an octave lower."""
_VALUE_STEPS = {"product": "products", "answer": "error"}
"""First step that shows the value of a kind of node, if its name is not the kind's."""
_GRADIENT_STEPS = {"error": "back", "product": "back_products", "weight": "back_weights"}
"""First step that shows the gradient of a kind of node, if its name is not ``back_<kind>``."""


def node_kind(name: str) -> str:
    """Name of a node without its number."""
    return name.rstrip("012")


class GraphWalkthrough(Walkthrough):
    """A neuron and one song as a computational graph."""

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
        LessonStep("slope", 8.0),
        LessonStep("move", 8.0),
        LessonStep("again", 7.0),
    )

    def _reset(self) -> None:
        self.neuron = Neuron(INITIAL_WEIGHTS)
        self.weights_before = self.neuron.weights.copy()
        self.graph: AutogradGraph = neuron_graph(self.neuron, EXAMPLE_SONG)
        self.graph.backward()
        self.error_before = self.graph.nodes["error"].value
        self.node_tones: tuple[tuple[str, Note], ...] = ()  # onsets in seconds

    def _enter_step(self) -> None:
        super()._enter_step()
        name, nodes = self.current_step.name, self.graph.nodes
        if self.is_backward:
            numbers = [(node, nodes[node].gradient) for node in _GRADIENT_NODES_BY_STEP[name]]
        else:
            numbers = [(node, nodes[node].value) for node in _VALUE_NODES_BY_STEP.get(name, ())]
        if name == "again":  # the whole forward pass, then the error before and after
            forward = (*_VALUE_NODES_BY_STEP["sum"], "guess")
            numbers = [(node, nodes[node].value) for node in forward]
            numbers += [("", self.error_before), ("error", nodes["error"].value)]
        self._play_node_numbers(numbers, -motifs.OCTAVE if self.is_backward else 0)

    def _play_node_numbers(self, numbers: list[tuple[str, float]], transposition: int) -> None:
        """Play numbers of nodes one after another, each as high as it is large."""
        spacing_s = SECONDS_PER_WEIGHT if self.shows_slope else TONE_SPACING_S
        durations = [min(spacing_s, LAST_TONE_S)] * (len(numbers) - 1) + [LAST_TONE_S]
        notes = [
            Note(motifs.pitch_for_number(value) + transposition, spacing_s * k, seconds)
            for k, ((_, value), seconds) in enumerate(zip(numbers, durations, strict=False))
        ]
        self.node_tones = tuple(zip((node for node, _ in numbers), notes, strict=True))
        if notes:
            self.request_notes(notes, 1.0, NOTE_VELOCITY)

    def error_of(self, index: int, weight: float) -> float:
        """Error (bits) if one weight were another; those before it have moved, if any has."""
        weights = self.weights_before.copy()
        weights[:index] = self.neuron.weights[:index]
        weights[index] = weight
        return Neuron(weights).error([EXAMPLE_SONG])

    @property
    def is_backward(self) -> bool:
        """Whether this step plays gradients."""
        return self.current_step.name in _GRADIENT_NODES_BY_STEP

    @property
    def shows_slope(self) -> bool:
        """Whether this step shows one weight after another on its slope."""
        return self.current_step.name in ("slope", "move")

    def shown_weight(self, age_s: float) -> int:
        """Index of the weight that is shown on its slope at a time within the step."""
        index, last = int(age_s / SECONDS_PER_WEIGHT), len(FACT_NAMES) - 1
        if self.current_step.name == "slope":
            return index % len(FACT_NAMES)
        return min(index, last) if self.shows_slope else last  # once all have moved

    def sounding_node(self, age_s: float) -> str:
        """Name of the node that sounds at that time within the step; empty for none."""
        names = (node for node, note in self.node_tones if note.onset <= age_s < note.end)
        return next(names, "")

    def value_step(self, name: str) -> str:
        """First step that shows a node's value."""
        kind = node_kind(name)
        return "nodes" if kind in ("fact", "weight") else _VALUE_STEPS.get(kind, kind)

    def gradient_step(self, name: str) -> str | None:
        """First step that shows a node's gradient; None if no step does."""
        kind = node_kind(name)
        return None if kind in ("fact", "answer") else _GRADIENT_STEPS.get(kind, f"back_{kind}")

    def _do_move(self) -> None:
        """Change every weight against its gradient; the step `again` computes the rest."""
        for k, name in enumerate(_WEIGHT_NODES):
            node = self.graph.nodes[name]
            node.value -= LEARNING_RATE * node.gradient
            self.neuron.weights[k] = node.value

    def _do_again(self) -> None:
        self.graph.forward()
        self.graph.backward()
