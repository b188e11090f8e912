from __future__ import annotations

import numpy as np
import pygame
from hypothesis import given
from hypothesis import strategies as st

from midi_data.notes import LOWEST_PITCH
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.scenes.blend.key_bars import MIN_BAR_PROBABILITY, StackedKeyBars, stacked_bar_heights


@given(st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_bars_are_stacked_in_the_poles_proportions(count, seed):
    random = np.random.default_rng(seed)
    weights = random.dirichlet(np.ones(count))
    predicted = random.dirichlet(np.ones(88), size=count)
    blended = weights @ predicted
    pieces = stacked_bar_heights(blended, predicted, weights)
    assert (pieces >= 0).all()
    visible = blended > MIN_BAR_PROBABILITY
    assert (pieces[:, ~visible] == 0).all()
    shares = pieces[:, visible] / pieces[:, visible].sum(axis=0)
    expected = (weights[:, None] * predicted / blended)[:, visible]
    np.testing.assert_allclose(shares, expected, atol=1e-6)


def test_a_bar_stands_over_its_key_in_the_colours_of_its_pieces(resources):
    surface, pieces = blank_surface(PICTURE_SIZE_PX), np.zeros((2, 88))
    pieces[:, 69 - LOWEST_PITCH] = (30.0, 40.0)
    StackedKeyBars(resources.keyboard, [(200, 0, 0), (0, 200, 0)]).draw(surface, pieces)
    x, top = resources.keyboard.key_top(69)
    lower, upper = (surface.get_at((round(x), round(top) - 6 - height)) for height in (15, 45))
    assert lower.r > 0 == lower.g
    assert upper.g > 0 == upper.r
    light = pygame.surfarray.array3d(surface).sum(axis=2)
    assert abs(np.nonzero(light.any(axis=1))[0].mean() - x) < 2
