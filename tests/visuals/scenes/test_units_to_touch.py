"""Every unit a scene shows can be touched, and gone to by keys."""

from __future__ import annotations

import pygame
import pytest

from visuals.drawing.typography import Typesetter
from visuals.hud.piano_keyboard import Keyboard
from visuals.network_summary import Anatomy
from visuals.scenes import scene_types
from visuals.scenes.base import Scene, Toolkit
from visuals.words import load_words

SHOWING = ("waves", "cortex", "circuit")


@pytest.fixture(scope="module", params=SHOWING)
def scene(request) -> Scene:
    pygame.font.init()
    type = Typesetter()
    chosen = next(scene for scene in scene_types() if scene.name == request.param)
    return chosen(Anatomy.dummy(2, 40), Toolkit(type, load_words(), Keyboard(type)))


def test_a_finger_finds_each_unit_where_it_lies(scene):
    for layer, unit in scene.sites.units.tolist():
        x, y = scene.place_of(layer, unit)
        assert scene.unit_at(x, y) == (layer, unit)


def test_keys_reach_every_row(scene):
    seen = {scene.sites.beside(None, 0, 1)}
    for way in ((0, -1), (0, 1), (-1, 0), (1, 0)):
        unit = scene.sites.beside(None, *way)
        for _ in range(len(scene.sites.units)):
            unit = scene.sites.beside(unit, *way)
            seen.add(unit)
    assert len(seen) >= min(12, len(scene.sites.units) // 3)


def test_beside_everything_there_is_no_unit(scene):
    assert scene.unit_at(1900, 30) is None
    assert scene.place_of(7, 999) is None
