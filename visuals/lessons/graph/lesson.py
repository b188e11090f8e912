"""Lesson 3: a computational graph with values forward and gradients back."""

from __future__ import annotations

import numpy as np
import pygame

from messages.clock import SECOND
from rnn.teaching.autograd import AutogradNode
from rnn.teaching.perceptron import FACT_NAMES, Floats
from visuals.drawing.animation import smoothstep
from visuals.drawing.theme import LABEL_COLOUR, RULE_COLOUR, TEXT_COLOUR, shade
from visuals.lessons.base.audio import LEAD_TIME_NS
from visuals.lessons.base.lesson import Lesson, WorkedSum
from visuals.lessons.drawing.colours import BACKWARD_COLOUR, FORWARD_COLOUR
from visuals.lessons.drawing.part_layout import PartRows
from visuals.lessons.drawing.renderer import LessonRenderer, fibre_path
from visuals.lessons.drawing.shapes import format_number, format_sum
from visuals.lessons.graph.walkthrough import SECONDS_PER_WEIGHT, GraphWalkthrough, node_kind

_NODE_COLOUR = (11, 13, 21)
_NODE_RADIUS_PX = 46.0
_ROWS_BREAK_X = 1240  # end of the upper row of portrait, and begin of the lower one
_SLOPE_RECT = pygame.Rect(1540, 606, 270, 130)
_SLOPE_SPAN, _SLOPE_BITS = 3.0, 5.0  # weights from -3 to 3, and errors from 0, that are drawn
_BALL_RADIUS_PX = 12
_TIMES_SIGN, _MINUS_SIGN = "\N{MULTIPLICATION SIGN}", "\N{MINUS SIGN}"
_LABEL_PARTS = {"product": 5, "guess": 3}
"""Where along a line its number stands, as a part of the line; else in the middle."""
_OPERATOR_SIGNS = {"product": _TIMES_SIGN, "sum": "+"}
_NODE_CENTRES: dict[str, tuple[float, float]] = {
    **{f"fact{k}": (250.0, 242.0 + 172 * k) for k in range(3)},
    **{f"weight{k}": (480.0, 300.0 + 172 * k) for k in range(3)},
    **{f"product{k}": (740.0, 254.0 + 172 * k) for k in range(3)},
    "sum": (1050.0, 438.0),
    "guess": (1330.0, 438.0),
    "answer": (1330.0, 652.0),
    "error": (1630.0, 438.0),
}


class GraphLesson(Lesson[GraphWalkthrough]):
    """All numbers of a neuron's forward pass, and their gradients."""

    name = "graph"
    walkthrough_type = GraphWalkthrough

    def _prepare(self) -> None:
        self._edge_paths = {
            (start, node.name): _edge_path(_NODE_CENTRES[start], _NODE_CENTRES[node.name])
            for node in self.walkthrough.graph.nodes.values()
            for start in node.inputs
        }

    def _draw(self, renderer: LessonRenderer) -> None:
        nodes = self.walkthrough.graph.nodes.values()
        for node in nodes:
            for start, derivative in zip(node.inputs, node.local_derivatives, strict=True):
                self._draw_edge(renderer, start, node, derivative)
        for node in nodes:
            self._draw_node(renderer, node)
            self._draw_node_name(renderer, node.name)
            self._draw_gradient(renderer, node)
        self._draw_legend(renderer)
        self._draw_slope(renderer)
        if self._layout.is_upright:  # the wire goes on in the row below
            colour = shade(FORWARD_COLOUR, 0.5 + 0.5 * self.reveal("guess"))
            for x in (_ROWS_BREAK_X - 4, _ROWS_BREAK_X + 24):
                renderer.arrow_head((x, _NODE_CENTRES["sum"][1]), (1, 0), 20, 12, colour)

    def worked_sums(self) -> tuple[WorkedSum, ...]:
        """The value of each node from those before it, or its gradient from those behind it."""
        walk, sums = self.walkthrough, list[WorkedSum]()
        nodes = walk.graph.nodes
        for node in nodes.values():
            step, kind = walk.gradient_step(node.name), node_kind(node.name)
            inputs = [nodes[name].value for name in node.inputs]
            if step is not None and kind != "error" and self.reveal(step) > 0:
                after = next(one for one in nodes.values() if node.name in one.inputs)
                slope = after.local_derivatives[after.inputs.index(node.name)]
                text = f"{format_number(after.gradient)} {_TIMES_SIGN} "
                text += format_sum([slope], node.gradient)
            elif self.reveal(walk.value_step(node.name)) <= 0:
                continue
            elif kind == "product":
                text = (
                    f"{format_number(inputs[0])} {_TIMES_SIGN} {format_sum(inputs[1:], node.value)}"
                )
            elif kind == "sum":
                text = format_sum(inputs, node.value)
            elif kind == "error":  # the answer is 0
                text = f"{_MINUS_SIGN}log2(1 {_MINUS_SIGN} {format_number(inputs[0], digits=3)}) = "
                text += format_number(node.value)
            elif kind == "guess":
                text = f"1 / (1 + e^{format_number(-inputs[0])}) = {format_number(node.value)}"
            else:
                continue
            sums.append(WorkedSum(_NODE_CENTRES[node.name], _NODE_RADIUS_PX, text))
        return tuple(sums)

    def _upright_parts(self) -> PartRows:
        """The wire from sum to guess leaves the upper row and enters the lower one."""
        left = pygame.Rect(80, 180, _ROWS_BREAK_X - 80, 600)
        return ((left,), (pygame.Rect(_ROWS_BREAK_X, 180, 600, 600),))

    def _draw_edge(
        self, renderer: LessonRenderer, start: str, node: AutogradNode, derivative: float
    ) -> None:
        path = self._edge_paths[start, node.name]
        value_step = self.walkthrough.value_step(node.name)
        renderer.line(path, shade(RULE_COLOUR, 0.8), 1.5)
        level = self.reveal(value_step)
        if level > 0:
            renderer.line(path, shade(FORWARD_COLOUR, 0.55 * level), 2.6, 0.3 * level)
        pulses = level * self.is_at(value_step, "again")
        renderer.draw_pulses(path, self.time_s, FORWARD_COLOUR, pulses)
        gradient_step = self.walkthrough.gradient_step(start)
        level = 0.0 if gradient_step is None else self.reveal(gradient_step)
        if gradient_step is None or level <= 0:
            return
        beside, is_new = path + _gradient_offset(path), self.is_at(gradient_step)
        renderer.line(beside, shade(BACKWARD_COLOUR, 0.55 * level), 2.6, 0.3 * level)
        renderer.draw_pulses(beside, self.time_s, BACKWARD_COLOUR, level * is_new, back=True)
        x, y = beside[len(beside) // _LABEL_PARTS.get(node_kind(start), 2)]
        y += 12.0
        if start == "product0":  # above its line, which falls
            x, y = x + 44, y - 62
        colour, level = BACKWARD_COLOUR, level * (1.0 if is_new else 0.65)
        width = renderer.number(derivative, (x + 12, y), 19, colour, level, sign=True)
        renderer.text(_TIMES_SIGN, (x + 8 - width / 2, y), 19, colour, level, "right")

    def _draw_node(self, renderer: LessonRenderer, node: AutogradNode) -> None:
        walk, kind, (x, y) = self.walkthrough, node_kind(node.name), _NODE_CENTRES[node.name]
        level = self.reveal(walk.value_step(node.name))
        is_new = self.is_at(walk.value_step(node.name)) and kind not in ("fact", "weight")
        renderer.disc((x, y), _NODE_RADIUS_PX, _NODE_COLOUR)
        sounding = walk.sounding_node(self.step_age_s - LEAD_TIME_NS / SECOND)
        if walk.shows_slope:
            sounding = f"weight{walk.shown_weight(self.step_age_s)}"
        if sounding == node.name:
            colour = BACKWARD_COLOUR if walk.is_backward else FORWARD_COLOUR
            renderer.soft_glow((x, y), colour, 0.8)
        colour = shade(FORWARD_COLOUR, 0.35 + 0.65 * level) if level > 0 else RULE_COLOUR
        renderer.ring((x, y), _NODE_RADIUS_PX, colour, 2, (0.7 if is_new else 0.3) * level)
        if kind in _OPERATOR_SIGNS:
            renderer.text(_OPERATOR_SIGNS[kind], (x, y - 44), 22, LABEL_COLOUR, 1.0, "centre")
        digits, sign = 0 if kind == "answer" else 2, kind in ("weight", "product", "sum")
        place = (x, y - 15)
        renderer.number(node.value, place, 24, FORWARD_COLOUR, level, sign=sign, digits=digits)

    def _draw_gradient(self, renderer: LessonRenderer, node: AutogradNode) -> None:
        step, (x, y) = self.walkthrough.gradient_step(node.name), _NODE_CENTRES[node.name]
        level = 0.0 if step is None else self.reveal(step)
        if step is None or level <= 0:
            return
        glow = 0.8 * level if self.is_at(step) else 0.3 * level
        renderer.ring((x, y), _NODE_RADIUS_PX + 7, shade(BACKWARD_COLOUR, 0.8 * level), 2, glow)
        place = (x, y + _NODE_RADIUS_PX + 12)
        renderer.number(node.gradient, place, 24, BACKWARD_COLOUR, level, sign=True)

    def _draw_node_name(self, renderer: LessonRenderer, name: str) -> None:
        kind, (x, y) = node_kind(name), _NODE_CENTRES[name]
        left = x - _NODE_RADIUS_PX - 16
        if kind == "fact":
            text = self.text(FACT_NAMES[int(name[-1])])
            renderer.text(text, (left, y - 14), 22, TEXT_COLOUR, 0.9, "right")
        elif kind == "weight":
            renderer.label(self.text(kind), (left, y - 8), align="right")
        elif kind != "product":
            text = self.text(kind if kind == "answer" else f"{kind}_word")
            renderer.label(text, (x, y - _NODE_RADIUS_PX - 35), align="centre")

    def _draw_legend(self, renderer: LessonRenderer) -> None:
        for y, name, colour, step in (
            (206, "value", FORWARD_COLOUR, "products"),
            (240, "gradient", BACKWARD_COLOUR, "back"),
        ):
            level = self.reveal(step)
            if level <= 0:
                continue
            renderer.line([(1560, y), (1600, y)], shade(colour, level), 3.0, 0.5 * level)
            renderer.text(self.text(name), (1614, y - 14), 20, colour, level)
        level, (x, y) = self.reveal("again"), (1690, 182)
        before, after = self.walkthrough.error_before, self.walkthrough.graph.nodes["error"].value
        rows = ((104, "before", before, LABEL_COLOUR), (138, "after", after, TEXT_COLOUR))
        for below, name, error, colour in rows:
            renderer.text(self.text(name), (x - 12, y + below), 20, colour, level, "right")
            renderer.number(error, (x, y + below), 22, colour, level, "left")

    def _draw_slope(self, renderer: LessonRenderer) -> None:
        """Draw the error over one weight after another, and that weight as a ball on it."""
        walk, rect, level = self.walkthrough, _SLOPE_RECT, self.reveal("slope")
        if level <= 0:
            return
        index = walk.shown_weight(self.step_age_s)
        before, after = (float(w[index]) for w in (walk.weights_before, walk.neuron.weights))
        weight = before
        if not self.is_at("slope"):
            passed = self.step_age_s / SECONDS_PER_WEIGHT - index
            share = smoothstep(2 * passed - 0.5) if self.is_at("move") else 1.0
            weight += share * (after - before)

        def to_picture(weight: float) -> tuple[float, float]:
            x = rect.centerx + rect.width / 2 * weight / _SLOPE_SPAN
            return x, rect.bottom - rect.height * walk.error_of(index, weight) / _SLOPE_BITS

        frame = [rect.topleft, rect.bottomleft, rect.bottomright]
        renderer.line(frame, shade(LABEL_COLOUR, 0.7 * level), 1)
        renderer.label(self.text("error_word"), (rect.left, rect.top - 28), level)
        name = f"{self.text('weight')} {index + 1}: {self.text(FACT_NAMES[index])}"
        renderer.text(name, (rect.right, rect.top - 36), 24, TEXT_COLOUR, level, "right")
        for tick in (-_SLOPE_SPAN, 0.0, _SLOPE_SPAN):
            place = rect.centerx + rect.width / 2 * tick / _SLOPE_SPAN, rect.bottom + 4
            renderer.tick(tick, place, level)
        for bits in (0.0, _SLOPE_BITS):
            y = rect.bottom - rect.height * bits / _SLOPE_BITS - 12
            renderer.tick(bits, (rect.left - 10, y), level, "right")
        curve = [to_picture(w) for w in np.linspace(-_SLOPE_SPAN, _SLOPE_SPAN, 40)]
        renderer.line(curve, shade(FORWARD_COLOUR, level), 3.0, 0.4 * level)
        ends = np.array([to_picture(weight - 0.05), to_picture(weight + 0.05)])
        middle, along = ends.mean(axis=0), ends[1] - ends[0]
        tangent = middle + np.array([[-60], [60]]) * along / np.linalg.norm(along)
        renderer.line(tangent, shade(BACKWARD_COLOUR, level), 3.0, 0.5 * level)
        ball = middle - (0, _BALL_RADIUS_PX)
        renderer.disc(ball, _BALL_RADIUS_PX, shade(TEXT_COLOUR, level))
        renderer.soft_glow(ball, TEXT_COLOUR, 0.4 * level)


def _edge_path(start: tuple[float, float], end: tuple[float, float]) -> Floats:
    """Path from the rim of one node to that of another."""
    a, b = np.asarray(start), np.asarray(end)
    if a[0] == b[0]:  # one above the other
        return np.linspace(a + (0, -_NODE_RADIUS_PX), b + (0, _NODE_RADIUS_PX + 44), 40)
    out = (_NODE_RADIUS_PX + 2, 0)
    return fibre_path(a + out, b - out, 40)


def _gradient_offset(path: Floats) -> Floats:
    """Offset of 8 pixels to one side of a path, shape (n, 2)."""
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    return np.stack([-along[:, 1], along[:, 0]], axis=1) * 8.0
