from __future__ import annotations

import numpy as np
import pytest

from visuals.drawing.fixed_lights import FixedLights
from visuals.drawing.sprites import glow_atlas

PLACES = np.array([(50.0, 60.0), (200.0, 80.0)])


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
