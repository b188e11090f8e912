"""Every unit a scene shows can be touched, and gone to by keys."""

from __future__ import annotations

import pygame
import pytest

from visuals.drawing.typography import Typesetter
from visuals.hud.piano_keyboard import PianoKeyboard
from visuals.network_summary import NetworkSummary
from visuals.scenes import scene_types
from visuals.scenes.base import Scene, SceneResources
from visuals.words import load_words

SHOWING = ("waves", "cortex", "circuit")


@pytest.fixture(scope="module", params=SHOWING)
def scene(request) -> Scene:
    pygame.font.init()
    type = Typesetter()
    chosen = next(scene for scene in scene_types() if scene.name == request.param)
    return chosen(
        NetworkSummary.dummy(2, 40), SceneResources(type, load_words(), PianoKeyboard(type))
    )


def test_a_finger_finds_each_unit_where_it_lies(scene):
    for layer, unit in scene.hit_targets.units.tolist():
        x, y = scene.unit_position(layer, unit)
        assert scene.unit_at(x, y) == (layer, unit)


def test_keys_reach_every_row(scene):
    seen = {scene.hit_targets.next_unit(None, 0, 1)}
    for way in ((0, -1), (0, 1), (-1, 0), (1, 0)):
        unit = scene.hit_targets.next_unit(None, *way)
        for _ in range(len(scene.hit_targets.units)):
            unit = scene.hit_targets.next_unit(unit, *way)
            seen.add(unit)
    assert len(seen) >= min(12, len(scene.hit_targets.units) // 3)


def test_beside_everything_there_is_no_unit(scene):
    assert scene.unit_at(1900, 30) is None
    assert scene.unit_position(7, 999) is None
