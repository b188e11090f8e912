"""Lesson three: the computational graph, values forward and gradients back."""

from __future__ import annotations

import numpy as np

from rnn.teaching.autograd import AutogradNode
from rnn.teaching.perceptron import FACT_NAMES
from visuals.drawing.theme import LABEL_COLOUR, RULE_COLOUR, shade
from visuals.lessons.audio import LEAD_TIME_NS
from visuals.lessons.base import Lesson, LessonFrame
from visuals.lessons.drawing.neuron_parts import draw_pulses, fibre_path
from visuals.lessons.drawing.renderer import (
    BACKWARD_COLOUR,
    FORWARD_COLOUR,
    TEXT_COLOUR,
    LessonRenderer,
)
from visuals.lessons.graph.walkthrough import GraphWalkthrough
from visuals.timeline import SECOND
from visuals.words import Words

_NODE_COLOUR = (11, 13, 21)
_NODE_RADIUS_PX = 46.0
_OPERATOR_SIGNS = {"product": "\N{MULTIPLICATION SIGN}", "sum": "+"}
_NODE_CENTRES: dict[str, tuple[float, float]] = {
    **{f"fact{k}": (250.0, 250.0 + 190 * k) for k in range(3)},
    **{f"weight{k}": (480.0, 316.0 + 190 * k) for k in range(3)},
    **{f"product{k}": (740.0, 262.0 + 190 * k) for k in range(3)},
    "sum": (1050.0, 452.0),
    "guess": (1330.0, 452.0),
    "answer": (1330.0, 680.0),
    "error": (1630.0, 452.0),
}


class GraphLesson(Lesson):
    """Every number of a neuron, and what each has to do with the error."""

    name = "graph"

    def __init__(self, words: Words) -> None:
        super().__init__(words)
        self.walkthrough: GraphWalkthrough = GraphWalkthrough()
        self._edge_paths = {
            (start, node.name): _edge_path(_NODE_CENTRES[start], _NODE_CENTRES[node.name])
            for node in self.walkthrough.graph.nodes.values()
            for start in node.inputs
        }

    def draw(self, brush: LessonRenderer, look: LessonFrame) -> None:
        for node in self.walkthrough.graph.nodes.values():
            for start, slope in zip(node.inputs, node.local_derivatives, strict=True):
                self._draw_edge(brush, look, start, node, slope)
        for node in self.walkthrough.graph.nodes.values():
            self._draw_node(brush, look, node)
        self._draw_legend(brush, look)

    def _draw_edge(
        self, brush: LessonRenderer, look: LessonFrame, start: str, node: AutogradNode, slope: float
    ) -> None:
        path = self._edge_paths[start, node.name]
        brush.line(path, shade(RULE_COLOUR, 0.8), 1.5)
        level = look.reveal(self.walkthrough.value_step(node.name))
        if level > 0:
            brush.line(path, shade(FORWARD_COLOUR, 0.55 * level), 2.6, 0.3 * level)
        forward = look.is_at(self.walkthrough.value_step(node.name), "again")
        draw_pulses(brush, path, look.time_s, FORWARD_COLOUR, float(forward) * level)
        back = self.walkthrough.gradient_step(start)
        if back is None:
            return
        level = look.reveal(back)
        if level > 0:
            beside = path + _gradient_offset(path)
            brush.line(beside, shade(BACKWARD_COLOUR, 0.55 * level), 2.6, 0.3 * level)
            draw_pulses(
                brush, beside, look.time_s, BACKWARD_COLOUR, level * look.is_at(back), back=True
            )
            # the local derivative, on its own edge
            x, y = beside[len(beside) // (5 if start.startswith("product") else 2)]
            shown = level * (1.0 if look.is_at(back) else 0.55)
            below = 8.0 if start.startswith("weight") else 12.0
            width = brush.number(slope, (x + 12, y + below), 19, BACKWARD_COLOUR, shown, sign=True)
            text = "\N{MULTIPLICATION SIGN}"
            brush.text(text, (x + 8 - width / 2, y + below), 19, BACKWARD_COLOUR, shown, "right")

    def _draw_node(self, brush: LessonRenderer, look: LessonFrame, node: AutogradNode) -> None:
        centre = _NODE_CENTRES[node.name]
        kind = node.name.rstrip("012")
        level = look.reveal(self.walkthrough.value_step(node.name))
        fresh = look.is_at(self.walkthrough.value_step(node.name)) and kind not in (
            "fact",
            "weight",
        )
        brush.disc(centre, _NODE_RADIUS_PX, _NODE_COLOUR)
        if self.walkthrough.sounding_node(look.step_age_s - LEAD_TIME_NS / SECOND) == node.name:
            brush.soft_glow(
                centre, BACKWARD_COLOUR if self.walkthrough.is_backward else FORWARD_COLOUR, 0.8
            )
        colour = shade(FORWARD_COLOUR, 0.35 + 0.65 * level) if level > 0 else RULE_COLOUR
        brush.ring(centre, _NODE_RADIUS_PX, colour, 2, (0.7 if fresh else 0.3) * level)
        if kind in _OPERATOR_SIGNS:
            brush.text(
                _OPERATOR_SIGNS[kind], (centre[0], centre[1] - 44), 22, LABEL_COLOUR, 1.0, "centre"
            )
        digits = 0 if kind == "answer" else 2
        sign = kind not in ("guess", "answer", "error")
        place = (centre[0], centre[1] - 15)
        brush.number(node.value, place, 24, FORWARD_COLOUR, level, sign=sign, digits=digits)
        self._draw_node_name(brush, node.name, centre)
        back = self.walkthrough.gradient_step(node.name)
        if back is None:
            return
        level = look.reveal(back)
        if level > 0:
            glow = 0.8 * level if look.is_at(back) else 0.3 * level
            brush.ring(centre, _NODE_RADIUS_PX + 7, shade(BACKWARD_COLOUR, 0.8 * level), 2, glow)
            place = (centre[0], centre[1] + _NODE_RADIUS_PX + 12)
            brush.number(node.gradient, place, 24, BACKWARD_COLOUR, level, sign=True)

    def _draw_node_name(
        self, brush: LessonRenderer, name: str, centre: tuple[float, float]
    ) -> None:
        kind = name.rstrip("012")
        if kind == "fact":
            place = (centre[0] - _NODE_RADIUS_PX - 16, centre[1] - 14)
            brush.text(self.text(FACT_NAMES[int(name[-1])]), place, 22, TEXT_COLOUR, 0.9, "right")
        elif kind == "weight":
            place = (centre[0] - _NODE_RADIUS_PX - 16, centre[1] - 8)
            brush.label(self.text(kind), place, align="right")
        elif kind != "product":
            word = kind if kind == "answer" else f"{kind}_word"
            brush.label(
                self.text(word), (centre[0], centre[1] - _NODE_RADIUS_PX - 35), align="centre"
            )

    def _draw_legend(self, brush: LessonRenderer, look: LessonFrame) -> None:
        for row, (name, colour, step) in enumerate(
            (("value", FORWARD_COLOUR, "products"), ("gradient", BACKWARD_COLOUR, "back"))
        ):
            level, y = look.reveal(step), 240 + 34 * row
            brush.line([(1560, y), (1600, y)], shade(colour, level), 3.0, 0.5 * level)
            brush.text(self.text(name), (1614, y - 14), 20, colour, level)
        level = look.reveal("again")
        if level > 0:
            x, y = _NODE_CENTRES["error"]
            brush.text(self.text("before"), (x - 12, y + 104), 20, LABEL_COLOUR, level, "right")
            brush.number(
                self.walkthrough.error_before, (x, y + 104), 22, LABEL_COLOUR, level, "left"
            )
            brush.text(self.text("after"), (x - 12, y + 138), 20, TEXT_COLOUR, level, "right")
            error = self.walkthrough.graph.nodes["error"].value
            brush.number(error, (x, y + 138), 22, TEXT_COLOUR, level, "left")


def _edge_path(start: tuple[float, float], end: tuple[float, float]) -> np.ndarray:
    """A fibre from one node's rim to another's."""
    a, b = np.asarray(start), np.asarray(end)
    if a[0] == b[0]:  # one above the other
        return np.linspace(a + (0, -_NODE_RADIUS_PX), b + (0, _NODE_RADIUS_PX + 44), 40)
    out = (_NODE_RADIUS_PX + 2, 0)
    return fibre_path(a + out, b - out, 40)


def _gradient_offset(path: np.ndarray) -> np.ndarray:
    """An offset of some pixels to the right of the way back, shape (n, 2)."""
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    return np.stack([-along[:, 1], along[:, 0]], axis=1) * 8.0
