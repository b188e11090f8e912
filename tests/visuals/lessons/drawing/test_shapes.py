from __future__ import annotations

import numpy as np
import pygame
import pytest

from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX, TEXT_COLOUR, shade
from visuals.lessons.drawing.colours import GLOW_COLOURS
from visuals.lessons.drawing.part_layout import PlacedPart
from visuals.lessons.drawing.shapes import (
    LEAST_SIZE_PX,
    ShapeRenderer,
    format_number,
    format_sum,
)

MAX_GLOW_SHIFT_PX = 4.5  # of which the blur itself takes 3.5


@pytest.mark.parametrize(
    ("value", "sign", "digits", "text"),
    [
        (-0.5, False, 2, "\N{MINUS SIGN}0.50"),
        (0.5, True, 1, "+0.5"),
        (-0.001, True, 2, "0.00"),
        (1.0, False, 0, "1"),
    ],
)
def test_numbers_are_written_with_a_true_minus_and_no_signed_zero(value, sign, digits, text):
    assert format_number(value, sign, digits) == text


@pytest.mark.parametrize("direction", [(1, 0), (-1, 0), (0, 1), (0, -1)])
def test_an_arrow_head_points_in_its_direction(resources, direction):
    renderer = ShapeRenderer(resources.typesetter)
    renderer.begin_frame(blank_surface(PICTURE_SIZE_PX))
    x, y = 300 + 20 * direction[0], 300 + 20 * direction[1]
    renderer.arrow_head((x, y), direction, 20, 10, (255, 255, 255))
    inside = 300 + 6 * direction[0], 300 + 6 * direction[1]
    behind = 300 - 6 * direction[0], 300 - 6 * direction[1]
    assert renderer.surface.get_at(inside)[:3] == (255, 255, 255)
    assert renderer.surface.get_at(behind)[:3] == (0, 0, 0)


def test_lights_appear_as_the_frame_ends(resources):
    renderer = ShapeRenderer(resources.typesetter)
    renderer.begin_frame(blank_surface(PICTURE_SIZE_PX))
    renderer.small_glow((300, 300), GLOW_COLOURS[0])
    assert renderer.surface.get_at((300, 300))[:3] == (0, 0, 0)
    renderer.end_frame()
    assert sum(renderer.surface.get_at((300, 300))[:3]) > 100


def test_a_sum_is_written_with_true_signs():
    assert format_sum((0.9, -0.12, 0.7), 1.48) == "0.90 \N{MINUS SIGN} 0.12 + 0.70 = 1.48"


def test_words_grow_in_a_part_that_is_shown_smaller_and_stay_in_the_middle(resources):
    renderer, rows = ShapeRenderer(resources.typesetter), []
    part = pygame.Rect(200, 200, 800, 600)
    for parts in ((), (PlacedPart(part, pygame.Rect(0, 0, 400, 300)),)):
        renderer.parts = parts
        renderer.begin_frame(blank_surface(PICTURE_SIZE_PX))
        renderer.text("H", (400, 400), LEAST_SIZE_PX)
        light = pygame.surfarray.array_green(renderer.surface)
        rows.append(np.flatnonzero((light > 60).any(axis=0)))
    heights = [row[-1] - row[0] + 1 for row in rows]
    assert heights[1] == pytest.approx(2 * heights[0], abs=2)
    assert rows[1].mean() == pytest.approx(rows[0].mean(), abs=6)


@pytest.mark.parametrize("width", [1.0, 1.5, 2.0, 3.0, 12.0])
@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("colour", [TEXT_COLOUR, shade(TEXT_COLOUR, 0.1), (0, 0, 0)])
def test_a_line_darkens_nothing_below_it(resources, width, closed, colour):
    """Straight, curved and with a spike, over a ground of all shades; partly outside."""
    angle = np.linspace(0, 2 * np.pi, 60)
    curves = (
        [(-20, 40), (320, 90)],
        np.stack([200 + 150 * np.cos(2 * angle), 200 + 150 * np.sin(3 * angle)], axis=1),
        [(40, 40), (300, 380), (44, 44), (360, 30)],
    )
    ground = np.random.default_rng(1).integers(0, 256, (400, 400, 3))
    renderer = ShapeRenderer(resources.typesetter)
    for curve in curves:
        surface = blank_surface((400, 400))
        pygame.surfarray.blit_array(surface, ground)
        renderer.begin_frame(surface)
        renderer.line(curve, colour, width, closed=closed)
        drawn = pygame.surfarray.array3d(surface).astype(int)
        assert (drawn >= ground).all()
        assert (drawn > ground).any() == (max(colour) > 0)


def test_lines_that_cross_keep_no_trace_of_each_other(resources):
    renderer = ShapeRenderer(resources.typesetter)
    pictures = []
    for first in ([], [[(10, 10), (390, 300)]]):
        surface = blank_surface((400, 400))
        renderer.begin_frame(blank_surface((400, 400)))
        for line in first:
            renderer.line(line, TEXT_COLOUR, 8.0)
        renderer.begin_frame(surface)
        renderer.line([(10, 300), (390, 10)], TEXT_COLOUR, 8.0)
        pictures.append(pygame.surfarray.array3d(surface))
    assert np.array_equal(*pictures)


@pytest.mark.parametrize("width", [1.5, 6.0, 14.0])
def test_the_glow_of_a_line_follows_its_thread(resources, width):
    renderer, (start, end) = ShapeRenderer(resources.typesetter), ((200, 300), (900, 700))
    pictures = []
    for glow in (0.0, 1.0):
        renderer.begin_frame(blank_surface(PICTURE_SIZE_PX))
        renderer.line([start, end], (120, 120, 120), width, glow)
        renderer.end_frame()
        pictures.append(pygame.surfarray.array_green(renderer.surface).astype(float))
    light = (pictures[1] - pictures[0])[300:800, 250:780]
    middle = light @ np.arange(250, 780) / light.sum(axis=1)
    line = np.interp(np.arange(300, 800), (start[0], end[0]), (start[1], end[1]))
    assert np.abs(middle - line).max() < MAX_GLOW_SHIFT_PX
