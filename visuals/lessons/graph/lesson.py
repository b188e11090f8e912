"""Lesson three: the computational graph, values forward and gradients back."""

from __future__ import annotations

import numpy as np

from rnn.teaching.autograd import Node
from rnn.teaching.perceptron import FACTS
from visuals.drawing.theme import DIM, FAINT, shade
from visuals.lessons.audio import SOON
from visuals.lessons.base import Lesson, Look
from visuals.lessons.drawing.neuron_parts import draw_pulses, fibre
from visuals.lessons.drawing.renderer import BACKWARD, FORWARD, INK, Brush
from visuals.lessons.graph.walkthrough import GraphWalk
from visuals.timeline import SECOND
from visuals.words import Words

_BODY = (11, 13, 21)
_RADIUS = 46.0
_SIGNS = {"product": "\N{MULTIPLICATION SIGN}", "sum": "+"}
_PLACES: dict[str, tuple[float, float]] = {
    **{f"fact{k}": (250.0, 250.0 + 190 * k) for k in range(3)},
    **{f"weight{k}": (480.0, 316.0 + 190 * k) for k in range(3)},
    **{f"product{k}": (740.0, 262.0 + 190 * k) for k in range(3)},
    "sum": (1050.0, 452.0),
    "guess": (1330.0, 452.0),
    "answer": (1330.0, 680.0),
    "error": (1630.0, 452.0),
}


class ComputationalGraph(Lesson):
    """Every number of a neuron, and what each has to do with the error."""

    name = "graph"

    def __init__(self, words: Words) -> None:
        super().__init__(words)
        self.walk: GraphWalk = GraphWalk()
        self._edges = {
            (start, node.name): _edge(_PLACES[start], _PLACES[node.name])
            for node in self.walk.graph.nodes.values()
            for start in node.inputs
        }

    def draw(self, brush: Brush, look: Look) -> None:
        for node in self.walk.graph.nodes.values():
            for start, slope in zip(node.inputs, node.slopes, strict=True):
                self._draw_edge(brush, look, start, node, slope)
        for node in self.walk.graph.nodes.values():
            self._draw_node(brush, look, node)
        self._draw_legend(brush, look)

    def _draw_edge(self, brush: Brush, look: Look, start: str, node: Node, slope: float) -> None:
        path = self._edges[start, node.name]
        brush.line(path, shade(FAINT, 0.8), 1.5)
        level = look.seen(self.walk.knows_value(node.name))
        if level > 0:
            brush.line(path, shade(FORWARD, 0.55 * level), 2.6, 0.3 * level)
        forward = look.is_at(self.walk.knows_value(node.name), "again")
        draw_pulses(brush, path, look.time, FORWARD, float(forward) * level)
        back = self.walk.knows_gradient(start)
        if back is None:
            return
        level = look.seen(back)
        if level > 0:
            beside = path + _beside(path)
            brush.line(beside, shade(BACKWARD, 0.55 * level), 2.6, 0.3 * level)
            draw_pulses(brush, beside, look.time, BACKWARD, level * look.is_at(back), back=True)
            # the local derivative, on its own edge
            x, y = beside[len(beside) // (5 if start.startswith("product") else 2)]
            shown = level * (1.0 if look.is_at(back) else 0.55)
            below = 8.0 if start.startswith("weight") else 12.0
            width = brush.number(slope, (x + 12, y + below), 19, BACKWARD, shown, sign=True)
            text = "\N{MULTIPLICATION SIGN}"
            brush.text(text, (x + 8 - width / 2, y + below), 19, BACKWARD, shown, "right")

    def _draw_node(self, brush: Brush, look: Look, node: Node) -> None:
        centre = _PLACES[node.name]
        kind = node.name.rstrip("012")
        level = look.seen(self.walk.knows_value(node.name))
        fresh = look.is_at(self.walk.knows_value(node.name)) and kind not in ("fact", "weight")
        brush.disc(centre, _RADIUS, _BODY)
        if self.walk.heard(look.age - SOON / SECOND) == node.name:
            brush.lamp(centre, BACKWARD if self.walk.goes_back else FORWARD, 0.8)
        colour = shade(FORWARD, 0.35 + 0.65 * level) if level > 0 else FAINT
        brush.ring(centre, _RADIUS, colour, 2, (0.7 if fresh else 0.3) * level)
        if kind in _SIGNS:
            brush.text(_SIGNS[kind], (centre[0], centre[1] - 44), 22, DIM, 1.0, "centre")
        digits = 0 if kind == "answer" else 2
        sign = kind not in ("guess", "answer", "error")
        place = (centre[0], centre[1] - 15)
        brush.number(node.value, place, 24, FORWARD, level, sign=sign, digits=digits)
        self._name(brush, node.name, centre)
        back = self.walk.knows_gradient(node.name)
        if back is None:
            return
        level = look.seen(back)
        if level > 0:
            glow = 0.8 * level if look.is_at(back) else 0.3 * level
            brush.ring(centre, _RADIUS + 7, shade(BACKWARD, 0.8 * level), 2, glow)
            place = (centre[0], centre[1] + _RADIUS + 12)
            brush.number(node.gradient, place, 24, BACKWARD, level, sign=True)

    def _name(self, brush: Brush, name: str, centre: tuple[float, float]) -> None:
        kind = name.rstrip("012")
        if kind == "fact":
            place = (centre[0] - _RADIUS - 16, centre[1] - 14)
            brush.text(self.say(FACTS[int(name[-1])]), place, 22, INK, 0.9, "right")
        elif kind == "weight":
            place = (centre[0] - _RADIUS - 16, centre[1] - 8)
            brush.label(self.say(kind), place, align="right")
        elif kind != "product":
            word = kind if kind == "answer" else f"{kind}_word"
            brush.label(self.say(word), (centre[0], centre[1] - _RADIUS - 35), align="centre")

    def _draw_legend(self, brush: Brush, look: Look) -> None:
        for row, (name, colour, step) in enumerate(
            (("value", FORWARD, "products"), ("gradient", BACKWARD, "back"))
        ):
            level, y = look.seen(step), 240 + 34 * row
            brush.line([(1560, y), (1600, y)], shade(colour, level), 3.0, 0.5 * level)
            brush.text(self.say(name), (1614, y - 14), 20, colour, level)
        level = look.seen("again")
        if level > 0:
            x, y = _PLACES["error"]
            brush.text(self.say("before"), (x - 12, y + 104), 20, DIM, level, "right")
            brush.number(self.walk.before, (x, y + 104), 22, DIM, level, "left")
            brush.text(self.say("after"), (x - 12, y + 138), 20, INK, level, "right")
            error = self.walk.graph.nodes["error"].value
            brush.number(error, (x, y + 138), 22, INK, level, "left")


def _edge(start: tuple[float, float], end: tuple[float, float]) -> np.ndarray:
    """A fibre from one node's rim to another's."""
    a, b = np.asarray(start), np.asarray(end)
    if a[0] == b[0]:  # one above the other
        return np.linspace(a + (0, -_RADIUS), b + (0, _RADIUS + 44), 40)
    out = (_RADIUS + 2, 0)
    return fibre(a + out, b - out, 40)


def _beside(path: np.ndarray) -> np.ndarray:
    """An offset of some pixels to the right of the way back, shape (n, 2)."""
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    return np.stack([-along[:, 1], along[:, 0]], axis=1) * 8.0
