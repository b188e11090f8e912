from __future__ import annotations

import numpy as np
import pygame
import pytest

from visuals.drawing.sprites import FixedLights, blank_surface, glow_atlas, ring_atlas

PLACES = np.array([(50.0, 60.0), (200.0, 80.0)])


def light(surface: pygame.Surface) -> np.ndarray:
    return pygame.surfarray.array3d(surface).astype(int).sum(axis=2)


def test_sprites_are_brighter_by_level_and_made_once():
    atlas = glow_atlas(20, core=4)
    totals = [int(light(atlas.sprite(0, level)).sum()) for level in (0, 0.25, 0.5, 1)]
    assert totals == sorted(totals)
    assert totals[0] == 0 < totals[1]
    assert atlas.sprite(3, 0.5) is atlas.sprite(3, 0.51)


def test_placed_sprite_is_centred():
    surface = blank_surface((100, 80))
    surface.fblits([ring_atlas(10).sprite_centred_at(0, 1.0, 50, 40)], pygame.BLEND_RGB_ADD)
    weights = light(surface)
    x = weights.sum(axis=1) @ (np.arange(100) + 0.5) / weights.sum()
    y = weights.sum(axis=0) @ (np.arange(80) + 0.5) / weights.sum()
    assert (x, y) == pytest.approx((50, 40), abs=0.1)


def test_an_atlas_starts_anew_when_its_sprites_are_too_large_together():
    atlas = glow_atlas(150.0)
    first = atlas.sprite(0, 1.0)
    for level in range(1, 16):
        atlas.sprite(1, level / 16)
    again = atlas.sprite(0, 1.0)
    assert again is not first
    assert np.array_equal(light(again), light(first))


def test_equal_glows_and_rings_are_shared():
    assert glow_atlas(12.0, core=2.0) is glow_atlas(12, core=2)
    assert ring_atlas(9.0) is ring_atlas(9.0)
    assert glow_atlas(12.0) is not glow_atlas(13.0)


@pytest.fixture
def lights() -> FixedLights:
    return FixedLights([glow_atlas(10), glow_atlas(10)], [0, 7], PLACES)


def test_dark_lights_are_left_out(lights):
    assert lights.sprites_at(np.array([0, 1]), np.array([0.0, 0.0])) == []


def test_a_light_is_centred_at_its_position(lights):
    ((surface, (left, top), *_),) = lights.sprites_at(np.array([1]), np.array([1.0]))
    width, height = surface.get_size()
    assert (left + width / 2, top + height / 2) == pytest.approx((200, 80), abs=1)


def test_a_sprite_is_made_once_for_a_level(lights):
    first, second = (lights.sprites_at(np.array([0]), np.array([0.5])) for _ in range(2))
    assert first[0] is second[0]
