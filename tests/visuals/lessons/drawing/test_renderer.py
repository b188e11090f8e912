from __future__ import annotations

import pygame

from visuals.lessons.drawing.renderer import fibre_path, fibre_width_px


def test_a_fibre_joins_its_ends_and_widens_with_its_value():
    path = fibre_path((10, 20), (110, 60))
    assert path[0].tolist() == [10, 20]
    assert path[-1].tolist() == [110, 60]
    assert path[1, 1] - path[0, 1] < path[len(path) // 2, 1] - path[len(path) // 2 - 1, 1]
    assert fibre_width_px(0.0) < fibre_width_px(-0.5) < fibre_width_px(9.0) == fibre_width_px(99.0)


def test_an_output_bar_is_filled_up_to_the_output(renderer):
    rect = pygame.Rect(100, 100, 30, 200)
    assert renderer.draw_output_bar(rect, 0.25, 1.0) == 250
    assert sum(renderer.surface.get_at((115, 280))[:3]) > 0
    assert renderer.surface.get_at((115, 200))[:3] == (0, 0, 0)


def test_the_error_curve_falls_with_the_error(renderer):
    rect = pygame.Rect(100, 100, 300, 100)
    renderer.draw_error_curve(rect, [1.6, 0.0], "error", 1.0)
    assert sum(renderer.surface.get_at((250, 150))[:3]) > 0
    assert renderer.surface.get_at((350, 110))[:3] == (0, 0, 0)
