from __future__ import annotations

import numpy as np
import pygame

from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.window.splash import splash_picture


def test_the_name_and_the_lights_are_in_the_middle():
    pygame.font.init()
    picture = splash_picture()
    assert picture.get_size() == PICTURE_SIZE_PX
    x, y = np.nonzero(pygame.surfarray.array3d(picture).max(axis=2) > 120)
    assert abs(x.mean() - 960) < 20
    assert 380 < y.min() < y.max() < 760
