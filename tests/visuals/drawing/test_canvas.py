from __future__ import annotations

import numpy as np
import pygame
import pytest

from visuals.drawing.canvas import Canvas


def light(surface: pygame.Surface) -> np.ndarray:
    return pygame.surfarray.array3d(surface).astype(int).sum(axis=2)


def test_canvas_keeps_gradients_finer_than_a_grey_level():
    canvas = Canvas((200, 200))
    canvas.light += 10.5
    values = pygame.surfarray.array_red(canvas.to_surface())
    assert values.mean() == pytest.approx(10.5, abs=0.1)
    assert len(np.unique(values)) > 1


def test_canvas_strokes_add_up():
    canvas = Canvas((40, 40))
    for _ in range(2):
        canvas.draw_line([(0, 20), (40, 20)], (50, 50, 50), 4)
        canvas.flatten_strokes()
    assert canvas.light[20, 20].tolist() == [100, 100, 100]
