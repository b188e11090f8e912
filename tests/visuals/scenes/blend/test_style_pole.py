from __future__ import annotations

import numpy as np
import pygame
import pytest

from visuals.drawing.line_renderer import LineBatch, LineRenderer
from visuals.drawing.sprites import BLEND_ADD, blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.network_summary import NetworkSummary
from visuals.scenes.blend.blend_space import lay_out_blend
from visuals.scenes.blend.style_pole import (
    MAX_CELLS_PER_POLE,
    POLE_COLOURS,
    StylePole,
    phyllotaxis_layout,
)

NETWORK = NetworkSummary.dummy(1, 32)
SPACE = lay_out_blend(3)


@pytest.fixture(scope="module")
def pole() -> StylePole:
    pygame.font.init()
    return StylePole(1, NETWORK, SPACE, "Irish")


def picture_of(
    pole: StylePole, hidden: np.ndarray, probabilities: np.ndarray, weight: float, ground=(0, 0, 0)
):
    surface, lines = blank_surface(PICTURE_SIZE_PX), LineBatch()
    surface.fill(ground)
    pole.draw_weight(surface, weight)
    sprites = pole.draw(lines, hidden, probabilities, weight)
    LineRenderer(POLE_COLOURS, adds=True).draw_batch(surface, lines)
    surface.fblits(sprites, BLEND_ADD)
    return pygame.surfarray.array3d(surface).astype(int)


def light_of(pole: StylePole, hidden: np.ndarray, probabilities: np.ndarray, weight: float):
    return picture_of(pole, hidden, probabilities, weight).sum(axis=2)


@pytest.mark.parametrize("units", [1, 32, 2 * MAX_CELLS_PER_POLE])
def test_cells_lie_apart_inside_the_disc(units):
    network = NetworkSummary.dummy(1, units)
    shown, offsets = phyllotaxis_layout(network, 100.0)
    assert len(shown) == len(set(shown.tolist())) == min(units, MAX_CELLS_PER_POLE)
    assert np.hypot(*offsets.T).max() <= 100.0
    assert len(np.unique(offsets.round(6), axis=0)) == len(shown)


def test_a_pole_with_more_weight_is_brighter(pole):
    hidden, probabilities = np.full(32, 0.8), np.full(88, 1 / 88)
    lights = [light_of(pole, hidden, probabilities, weight).sum() for weight in (0.0, 0.5, 1.0)]
    assert lights[0] < lights[1] < lights[2]


def test_cells_of_a_resting_network_are_dark(pole):
    x, y = pole.centre.astype(int)
    disc = np.s_[x - 90 : x + 90, y - 90 : y + 90]
    assert not light_of(pole, np.zeros(32), np.zeros(88), 0.5)[disc].any()
    assert light_of(pole, np.full(32, -0.8), np.zeros(88), 0.5)[disc].any()


def test_figures_and_probable_keys_are_written(pole, resources):
    surface, probabilities = blank_surface(PICTURE_SIZE_PX), np.zeros(88)
    pole.write_likely_keys(surface, resources.typesetter, resources.words, probabilities)
    assert not pygame.surfarray.array2d(surface).any()
    probabilities[40] = 0.9
    pole.write_likely_keys(surface, resources.typesetter, resources.words, probabilities)
    named = np.count_nonzero(pygame.surfarray.array2d(surface))
    pole.write_figures(surface, resources.typesetter, [("of it", 0.25), ("gave", 0.001)])
    assert 0 < named < np.count_nonzero(pygame.surfarray.array2d(surface))


def test_weight_and_rays_darken_nothing_below_them(pole):
    probabilities = np.linspace(0.0, 1.0, 88)
    for weight in (0.01, 1.0):
        lit = picture_of(pole, np.zeros(32), probabilities, weight, ground=(180, 190, 200))
        assert lit.reshape(-1, 3).min(axis=0).tolist() == [180, 190, 200]
    assert picture_of(pole, np.zeros(32), probabilities, 1.0).max() > 200


def test_a_ray_lies_between_its_pole_and_the_light_at_its_tip(pole):
    probabilities = np.zeros(88)
    probabilities[40] = 1.0
    seen = light_of(pole, np.zeros(32), probabilities, 0.0)
    x, y = np.nonzero(seen)
    away = np.hypot(x - pole.centre[0], y - pole.centre[1])
    assert pole.radius + 10 < away.min() < pole.radius + 20
    assert pole.radius + 50 < away.max() < pole.radius + 75
