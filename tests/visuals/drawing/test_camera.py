from __future__ import annotations

import numpy as np
import pygame
from hypothesis import given
from hypothesis import strategies as st

from visuals.backdrop import BORDER, Depth
from visuals.drawing.camera import DEPTHS, SWAY, Camera
from visuals.drawing.sprites import ADD, blank
from visuals.drawing.theme import KEYBOARD_RECT, SIZE

CAMERA = Camera(1)


def spot() -> pygame.Surface:
    """A layer with one bright place."""
    picture = blank((1200, 800))
    picture.fill((255, 255, 255), (600, 400, 1, 1))
    return picture


def where(seconds: float, layer: Depth) -> tuple[int, int]:
    """Where the camera shows a layer's bright place."""
    picture = blank(SIZE)
    CAMERA.draw(picture, [layer], seconds)
    light = pygame.surfarray.array3d(picture).min(axis=2)
    return tuple(np.argwhere(light == 255)[0].tolist())


@given(st.floats(0, 100_000))
def test_the_camera_is_slow_and_stays_near(seconds):
    here, later = np.array(CAMERA.offset(seconds)), np.array(CAMERA.offset(seconds + 1 / 60))
    assert np.all(np.abs(here) <= SWAY)
    assert np.abs(later - here).max() < 0.1  # pixels a frame


def test_near_dust_moves_further_than_far_dust():
    first, later = (np.array([place for _, place in CAMERA.dust(s)]) for s in (0.0, 15.0))
    moved = np.hypot(*(later - first).T)
    assert np.allclose(np.unique((moved / moved.max()).round(3)), DEPTHS, atol=0.01)


def test_the_ground_moves_less_than_dust_and_the_nearer_layer_more():
    layers = [Depth(spot(), nearness) for nearness in (0.3, 0.55)]
    moved = [np.subtract(where(15.0, layer), where(0.0, layer)) for layer in layers]
    dust = np.subtract(CAMERA.offset(0.0), CAMERA.offset(15.0))
    for way, layer in zip(moved, layers, strict=True):
        assert np.allclose(way, layer.nearness * dust, atol=1.0)


def test_the_ground_never_shows_its_edges():
    assert max(SWAY) * 0.55 + 1 < BORDER


def test_scenes_have_cameras_of_their_own():
    assert CAMERA.offset(7.0) != Camera(2).offset(7.0)


def test_dust_is_faint_and_leaves_the_keys_alone():
    picture = blank(SIZE)
    picture.fblits(CAMERA.dust(3.0), ADD)
    light = pygame.surfarray.array3d(picture)
    assert 0 < light.max() < 100
    assert not light[:, KEYBOARD_RECT.top :].any()
