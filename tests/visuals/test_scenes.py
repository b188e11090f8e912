from __future__ import annotations

from visuals.scenes import SCENE_NAMES, scene_types


def test_scenes_have_names_of_their_own_in_the_order_of_their_keys():
    assert [scene.name for scene in scene_types()] == list(SCENE_NAMES)
