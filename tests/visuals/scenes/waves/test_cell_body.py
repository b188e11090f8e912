from __future__ import annotations

import numpy as np

from visuals.drawing.canvas import Canvas
from visuals.scenes.waves.cell_body import CellBody
from visuals.scenes.waves.trace_paths import CellCircle

CELL = CellCircle(200.0, 200.0, 76.0)


def test_the_body_at_rest_lies_inside_its_circle():
    canvas = Canvas((400, 400))
    CellBody(CELL).draw_static(canvas)
    y, x = np.nonzero(canvas.light.sum(axis=2) > 20)
    assert np.hypot(x - CELL.x, y - CELL.y).max() < 1.2 * CELL.radius
    assert canvas.light[200, 200].sum() > 0


def test_dendrites_reach_beyond_the_body_to_the_left_and_right():
    canvas = Canvas((400, 400))
    CellBody(CELL).draw_dendrites(canvas)
    canvas.flatten_strokes()
    y, x = np.nonzero(canvas.light.sum(axis=2) > 20)
    assert np.hypot(x - CELL.x, y - CELL.y).max() > 1.8 * CELL.radius


def test_the_light_is_centred_and_has_the_level_asked_for():
    body = CellBody(CELL)
    sprite, (x, y) = body.light(4, 1.0)
    assert x + sprite.get_width() / 2 == CELL.x
    assert y + sprite.get_height() / 2 == CELL.y
    dim, _ = body.light(4, 0.25)
    middle = (sprite.get_width() // 2, sprite.get_height() // 2)
    assert sum(dim.get_at(middle)[:3]) < sum(sprite.get_at(middle)[:3])
