from __future__ import annotations

import numpy as np
import pygame
import pytest

from visuals.drawing.bloom import GlowLayer
from visuals.drawing.canvas import Canvas
from visuals.drawing.line_renderer import LineBatch, LineRenderer
from visuals.scenes.base.glowing_lines import GlowingLines
from visuals.scenes.circuit.gate_valves import (
    CIRCUIT_PALETTE,
    CandidateDial,
    GateIris,
    draw_valve,
)
from visuals.scenes.circuit.layout import LANDSCAPE_PLACES as PLACES
from visuals.scenes.circuit.layout import GateValve
from visuals.scenes.circuit.memory_cells import LineHighlight

GLOW = GlowLayer(pygame.Rect(64, 144, 1792, 848))


def opening_radius(gates: np.ndarray, max_blades: int = 48) -> np.ndarray:
    strokes = GlowingLines(LineRenderer(CIRCUIT_PALETTE), GLOW)
    iris = GateIris(PLACES.forget, [0] * len(gates), max_blades)
    _, outline = iris.draw(strokes, gates, [LineHighlight(0, 1.0)])
    return np.hypot(*(outline - PLACES.forget.centre).T)


def test_a_valve_darkens_its_own_ground_only():
    canvas, valve = Canvas((200, 100)), GateValve(60.0, 15.0, 40.0, "forget", (0.0, 0.0))
    canvas.light += 100
    draw_valve(canvas, valve, ticks=False)
    across, down = np.meshgrid(np.arange(200) - valve.x, np.arange(100) - valve.y)
    distance = np.hypot(across, down)
    assert (canvas.light[distance < valve.radius] < 20).all()
    assert (canvas.light[distance > valve.radius + 8] == 100).all()


@pytest.mark.parametrize("cells", [1, 7, 48, 100])
def test_the_opening_grows_with_the_gates_and_stays_inside_the_valve(cells):
    radii = [opening_radius(np.full(cells, gate)).mean() for gate in (0.0, 0.5, 1.0)]
    assert 0 < radii[0] < radii[1] < radii[2] < PLACES.forget.radius


def test_one_open_gate_opens_the_iris_on_its_own_side():
    gates = np.zeros(48)
    gates[12] = 1.0  # at the right: blades go clockwise from the top
    radius = opening_radius(gates)
    assert int(radius.argmax()) == pytest.approx(len(radius) / 4, abs=2)


def test_needles_point_outwards_for_positive_candidates():
    dial, lines = CandidateDial(PLACES.candidate, [0, 3, 7, 9], 24), LineBatch()
    dial.draw(lines, np.array([1.0, -1.0, 0.5, 0.0]), [LineHighlight(1, 0.5)])
    start, end, colour, _ = lines.concatenate()
    foot, tip = (np.hypot(*(points - PLACES.candidate.centre).T) for points in (start, end))
    assert np.sign((tip - foot).round(6)).tolist() == [1, -1, 1, 0]
    assert colour.tolist() == [0, 3, 7, 9]


def test_a_valve_darkens_the_ground_below_it():
    canvas = Canvas()
    canvas.light += 100.0
    draw_valve(canvas, PLACES.input)
    x, y = (round(value) for value in PLACES.input.centre)
    assert canvas.light[y, x].max() < 20
    assert canvas.light[y, x - 200].min() == 100
