from __future__ import annotations

import numpy as np
import pygame
from hypothesis import given
from hypothesis import strategies as st

from visuals.drawing.backdrop import BORDER_PX, BackdropLayer
from visuals.drawing.camera import DUST_PARALLAX_FACTORS, SWAY_AMPLITUDE_PX, Camera
from visuals.drawing.sprites import BLEND_ADD, blank_surface
from visuals.drawing.theme import KEYBOARD_RECT, PICTURE_SIZE_PX

CAMERA = Camera(1)


def spot() -> pygame.Surface:
    """A layer with one bright place."""
    picture = blank_surface((1200, 800))
    picture.fill((255, 255, 255), (600, 400, 1, 1))
    return picture


def where(seconds: float, layer: BackdropLayer) -> tuple[int, int]:
    """Where the camera shows a layer's bright place."""
    picture = blank_surface(PICTURE_SIZE_PX)
    CAMERA.draw(picture, [layer], seconds)
    light = pygame.surfarray.array3d(picture).min(axis=2)
    return tuple(np.argwhere(light == 255)[0].tolist())


@given(st.floats(0, 100_000))
def test_the_camera_is_slow_and_stays_near(seconds):
    here, later = np.array(CAMERA.offset(seconds)), np.array(CAMERA.offset(seconds + 1 / 60))
    assert np.all(np.abs(here) <= SWAY_AMPLITUDE_PX)
    assert np.abs(later - here).max() < 0.1  # pixels a frame


def test_near_dust_moves_further_than_far_dust():
    first, later = (np.array([place for _, place in CAMERA.dust_sprites(s)]) for s in (0.0, 15.0))
    moved = np.hypot(*(later - first).T)
    assert np.allclose(np.unique((moved / moved.max()).round(3)), DUST_PARALLAX_FACTORS, atol=0.01)


def test_the_ground_moves_less_than_dust_and_the_nearer_layer_more():
    layers = [BackdropLayer(spot(), nearness) for nearness in (0.3, 0.55)]
    moved = [np.subtract(where(15.0, layer), where(0.0, layer)) for layer in layers]
    dust = np.subtract(CAMERA.offset(0.0), CAMERA.offset(15.0))
    for way, layer in zip(moved, layers, strict=True):
        assert np.allclose(way, layer.parallax * dust, atol=1.0)


def test_the_ground_never_shows_its_edges():
    assert max(SWAY_AMPLITUDE_PX) * 0.55 + 1 < BORDER_PX


def test_scenes_have_cameras_of_their_own():
    assert CAMERA.offset(7.0) != Camera(2).offset(7.0)


def test_dust_is_faint_and_leaves_the_keys_alone():
    picture = blank_surface(PICTURE_SIZE_PX)
    picture.fblits(CAMERA.dust_sprites(3.0), BLEND_ADD)
    light = pygame.surfarray.array3d(picture)
    assert 0 < light.max() < 100
    assert not light[:, KEYBOARD_RECT.top :].any()
