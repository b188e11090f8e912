from __future__ import annotations

from visuals.scenes import scene_types


def test_scenes_have_names_of_their_own_in_the_order_of_their_keys():
    assert [scene.name for scene in scene_types()] == ["waves", "cortex", "circuit", "why", "blend"]
