from __future__ import annotations

import numpy as np
import pygame
from hypothesis import given
from hypothesis import strategies as st

from visuals.camera import DEPTHS, SWAY, Camera
from visuals.sprites import ADD, blank
from visuals.theme import KEYBOARD_RECT, SIZE

CAMERA = Camera(1)


@given(st.floats(0, 100_000))
def test_the_camera_is_slow_and_stays_near(seconds):
    here, later = np.array(CAMERA.offset(seconds)), np.array(CAMERA.offset(seconds + 1 / 60))
    assert np.all(np.abs(here) <= SWAY)
    assert np.abs(later - here).max() < 0.1  # pixels a frame


def test_near_dust_moves_further_than_far_dust():
    first, later = (np.array([place for _, place in CAMERA.dust(s)]) for s in (0.0, 15.0))
    moved = np.hypot(*(later - first).T)
    assert np.allclose(np.unique((moved / moved.max()).round(3)), DEPTHS, atol=0.01)


def test_scenes_have_cameras_of_their_own():
    assert CAMERA.offset(7.0) != Camera(2).offset(7.0)


def test_dust_is_faint_and_leaves_the_keys_alone():
    picture = blank(SIZE)
    picture.fblits(CAMERA.dust(3.0), ADD)
    light = pygame.surfarray.array3d(picture)
    assert 0 < light.max() < 100
    assert not light[:, KEYBOARD_RECT.top :].any()
