from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakSet

import numpy as np
import pygame
import pytest

from visuals.drawing.sprites import (
    FixedLights,
    SpriteAtlas,
    SpriteBudget,
    blank_surface,
    glow_atlas,
    ring_atlas,
)

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


SPRITE_BYTES = 4 * 10 * 10


def an_atlas(budget: SpriteBudget) -> SpriteAtlas:
    return SpriteAtlas(np.ones((10, 10), np.float32), budget=budget)


def use_others(other: SpriteAtlas) -> Iterator[None]:
    """Use many more sprites than the budget has room for, one at a time."""
    for colour in range(12):
        for step in range(1, 17):
            other.sprite(colour, step / 16)
            yield


@pytest.fixture
def budget() -> SpriteBudget:
    return SpriteBudget(8 * SPRITE_BYTES)


def test_a_sprite_that_is_in_use_is_kept(budget):
    atlas, other = an_atlas(budget), an_atlas(budget)
    first = atlas.sprite(0, 1.0)
    for _ in use_others(other):
        assert atlas.sprite(0, 1.0) is first


def test_a_sprite_that_is_not_used_is_dropped_and_made_anew(budget):
    atlas, other = an_atlas(budget), an_atlas(budget)
    first = atlas.sprite(0, 1.0)
    for _ in use_others(other):
        pass
    again = atlas.sprite(0, 1.0)
    assert again is not first
    assert np.array_equal(light(again), light(first))


def test_sprites_of_all_atlases_hold_no_more_than_the_budget(budget):
    atlases, alive = [an_atlas(budget) for _ in range(3)], WeakSet[pygame.Surface]()
    for step in range(1, 17):
        for atlas in atlases:
            alive.update(atlas.sprite(colour, step / 16) for colour in range(12))
            assert len(alive) <= 8 + 2  # one may be above each half


def test_lights_keep_no_sprite_that_an_atlas_has_dropped(budget):
    atlas = an_atlas(budget)
    lights = FixedLights([atlas, atlas], [0, 1], PLACES)
    alive = WeakSet(sprite for sprite, _ in lights.sprites_at(np.array([0, 1]), np.ones(2)))
    assert len(alive) == 2
    for _ in use_others(an_atlas(budget)):
        pass
    assert not alive


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
