from __future__ import annotations

import numpy as np
import pygame
import pytest

from visuals.drawing.drawn_lines import Enlargement
from visuals.drawing.sprites import blank_surface

SIZE = (400, 200)


def test_places_of_an_enlarged_picture_are_at_the_middles_of_its_pixels():
    placed = Enlargement.exact(3.0).place(np.array([[0.0, 0.0], [2.0, 1.0]]))
    assert placed.tolist() == [[1.0, 1.0], [7.0, 4.0]]


@pytest.mark.parametrize("x", [3, 200, 390])
def test_places_are_those_of_the_enlarged_pixels(x):
    small, place = blank_surface(SIZE), pygame.Rect(30, 40, 600, 300)
    small.fill((255, 255, 255), (x, 100, 1, 1))
    light = pygame.surfarray.array_red(pygame.transform.smoothscale(small, place.size)).astype(int)
    middle = (light.sum(axis=1) * np.arange(place.width)).sum() / light.sum()
    size = Enlargement.by_smoothscale(SIZE, place)
    assert size.place(np.array([[x, 100.0]]))[0, 0] - place.left == pytest.approx(middle, abs=0.3)
