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


def test_canvas_without_strokes_stays_dark():
    canvas = Canvas((40, 40))
    canvas.flatten_strokes()
    assert not canvas.light.any()


@pytest.mark.parametrize("far", [(3, 5), (39, 39), (-4, 80)])
def test_a_stroke_is_the_same_beside_another_far_away(far):
    alone, beside = Canvas((40, 40)), Canvas((40, 40))
    beside.draw_circle(far, 0.5, (255, 255, 255))
    for canvas in (alone, beside):
        canvas.draw_line([(17.3, 11.2), (25.1, 30.9)], (90, 60, 30), 1.5)
        canvas.draw_polygon([(20, 12), (29, 13), (24, 21)], (20, 80, 10))
        canvas.flatten_strokes(0.7)
    assert np.array_equal(alone.light[10:32, 16:30], beside.light[10:32, 16:30])
    assert alone.light.any()


def test_strokes_have_no_seam_between_bands_of_rows():
    canvas = Canvas((40, 95))
    canvas.draw_line([(20, -5), (20, 100)], (50, 50, 50), 4)
    canvas.flatten_strokes()
    assert (canvas.light == canvas.light[:1]).all()
    assert canvas.light[0, 20].tolist() == [50, 50, 50]


def test_a_gaussian_is_brightest_in_its_centre_and_falls_to_1_e_at_its_radii():
    canvas = Canvas((200, 300))
    canvas.add_gaussian((50, 100), (40, 90), (10, 20, 0))
    assert canvas.light[100, 50].tolist() == [10, 20, 0]
    for x, y in ((90, 100), (10, 100), (50, 190), (50, 10)):
        assert canvas.light[y, x] == pytest.approx([10 / np.e, 20 / np.e, 0])


@pytest.mark.parametrize("centre", [(30, 20), (-10, 50), (70, 95), (500, 500), (-500, 20)])
def test_a_gaussian_is_drawn_where_it_can_be_seen(centre):
    canvas = Canvas((60, 90))
    canvas.add_gaussian(centre, (8, 12), (255, 0, 0))
    y, x = np.mgrid[:90, :60]
    whole = 255 * np.exp(-(((x - centre[0]) / 8) ** 2) - ((y - centre[1]) / 12) ** 2)
    np.testing.assert_allclose(canvas.light[..., 0], whole, atol=0.05)
    assert np.count_nonzero(canvas.light) < 60 * 90
