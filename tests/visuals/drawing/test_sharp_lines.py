"""Moving lines of a picture that is shown enlarged."""

from __future__ import annotations

import numpy as np
import pygame
import pytest

from visuals.drawing.drawn_lines import Enlargement
from visuals.drawing.line_renderer import LineRenderer
from visuals.drawing.polled_surface import PolledSurface
from visuals.drawing.sharp_lines import LiftedSegments, LineSharpener
from visuals.drawing.sprites import blank_surface

SIZE = (400, 200)
FACTOR = 2.0


@pytest.fixture
def picture() -> PolledSurface:
    surface = PolledSurface(SIZE, lambda: None)
    surface.keeps_lines = True
    return surface


def draw_curve(picture: PolledSurface, adds: bool = False, level: float = 1.0) -> None:
    x = np.linspace(20, 380, 180)
    curve = np.stack([x, 100 + 60 * np.sin(x / 40)], axis=1)
    colour, levels = np.zeros(len(curve) - 1, int), np.full(len(curve) - 1, level)
    LineRenderer([(200, 120, 40)], adds).draw_segments(
        picture, curve[:-1], curve[1:], colour, levels
    )


def lift(picture: PolledSurface) -> tuple[pygame.Surface, list[LiftedSegments]]:
    plain = blank_surface(SIZE)
    plain.blit(picture, (0, 0))
    return plain, LineSharpener().lift_lines(picture, plain)


def enlarge(picture: PolledSurface) -> np.ndarray:
    plain, lifted = lift(picture)
    shown = pygame.transform.smoothscale_by(plain, FACTOR)
    large = blank_surface(shown.get_size())
    large.blit(shown, (0, 0))
    for segments in lifted:
        segments.draw_enlarged(large, Enlargement.by_smoothscale(SIZE, large.get_rect()))
    return pygame.surfarray.array3d(large)[..., 0].astype(int)


@pytest.mark.parametrize("adds", [False, True])
def test_lines_are_taken_from_the_picture_and_what_lies_behind_stays(picture, adds):
    picture.fill((0, 30, 30))
    draw_curve(picture, adds)
    plain, lifted = lift(picture)
    assert len(lifted) == 1 and len(lifted[0].chosen) == 179
    light = pygame.surfarray.array3d(plain)
    assert light[..., 0].max() == 0
    assert light[..., 2].max() == 30


def test_an_enlarged_line_lies_where_the_scaled_one_lies_with_edges_half_as_wide(picture):
    draw_curve(picture)
    sharp = enlarge(picture)
    smooth = pygame.surfarray.array3d(pygame.transform.smoothscale_by(picture, FACTOR))[..., 0]
    rows = np.arange(sharp.shape[1])
    middles = [
        (light[50:-50].astype(int) * rows).sum(axis=1) / light[50:-50].sum(axis=1)
        for light in (sharp, smooth)
    ]
    assert np.abs(middles[0] - middles[1]).max() < 0.8
    assert sharp.sum() == pytest.approx(float(smooth.sum()), rel=0.1)
    edges = [((light > 20) & (light < 150)).sum() for light in (sharp, smooth)]
    assert edges[0] < 0.75 * edges[1]


def test_an_enlarged_line_has_no_gap(picture):
    draw_curve(picture)
    assert (enlarge(picture)[60:-60].max(axis=1) > 150).all()


def test_covered_lines_stay_in_the_picture(picture):
    draw_curve(picture)
    pygame.draw.rect(picture, (5, 5, 5), (100, 0, 100, 200))
    _, (segments,) = lift(picture)
    taken = segments.lines.start[segments.chosen, 0]
    assert not ((taken > 101) & (taken < 197)).any()
    assert len(taken) > 100


def test_lines_of_a_dimmed_picture_are_as_dim_in_their_new_size(picture):
    draw_curve(picture)
    picture.fill((128, 128, 128), special_flags=pygame.BLEND_RGB_MULT)
    plain, (segments,) = lift(picture)
    assert segments.share == pytest.approx(0.5, abs=0.05)
    assert pygame.surfarray.array3d(plain).max() < 8
    assert segments.placed(Enlargement.exact(1.0))[:, 4].max() == pytest.approx(
        0.5 * 200 / 255, abs=0.03
    )


def test_a_copy_of_a_picture_keeps_no_lines(picture):
    draw_curve(picture.copy())
    assert not picture.lines


def test_dark_lines_stay_in_the_picture(picture):
    draw_curve(picture, level=0.03)
    assert lift(picture)[1] == []
