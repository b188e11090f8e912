from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from threading import Event, get_ident

import numpy as np
import pygame
import pytest

from tests.hang_guard import HANG_GUARD_S, wait_until
from visuals.drawing.backdrop import build_backdrop, layer_size
from visuals.drawing.picture_layout import LANDSCAPE
from visuals.drawing.sprites import blank_surface, glow_atlas
from visuals.network_summary import NetworkSummary
from visuals.scene_cache import (
    SceneCache,
    SceneKey,
    UnknownSceneError,
    build_scene,
    count_bytes,
    find_scene_type,
)
from visuals.scenes import scene_types
from visuals.words import load_words

NETWORKS = tuple(NetworkSummary.dummy(1, 8, seed) for seed in range(2))
SCENE_BYTES = 1_000_000
BACKDROP_BYTES = 2 * 4 * layer_size(LANDSCAPE)[0] * layer_size(LANDSCAPE)[1]
KEY = SceneKey(NETWORKS[0], NETWORKS, "en", "waves")


class FakeScene:
    """A scene that is only large."""

    def __init__(self, key: SceneKey) -> None:
        self.key, self.background = key, np.zeros(SCENE_BYTES, np.uint8)
        self.completed_by: list[int] = []

    def complete(self) -> None:
        self.completed_by.append(get_ident())


def named(*names: str) -> list[SceneKey]:
    return [replace(KEY, name=name) for name in names]


def wait_until_built(cache: SceneCache) -> None:
    wait_until(lambda: not cache.is_building)
    cache.get(KEY)


@pytest.fixture
def open_cache():
    caches = []

    def open_cache(scenes=100.0, networks=1, build=FakeScene, **arguments) -> SceneCache:
        size = networks * BACKDROP_BYTES + round(scenes * SCENE_BYTES)
        caches.append(SceneCache(build=build, max_bytes=size, **arguments))
        return caches[-1]

    yield open_cache
    for cache in caches:
        cache.close()


def test_scenes_are_built_on_another_thread_the_wanted_one_first(open_cache):
    built, start = [], Event()

    def build(key):
        assert start.wait(HANG_GUARD_S)
        built.append((key.name, get_ident()))
        return FakeScene(key)

    cache = open_cache(build=build)
    cache.request(KEY, named("cortex", "waves", "why"))
    assert cache.get(KEY) is None
    assert cache.is_building
    start.set()
    wait_until_built(cache)
    assert [name for name, _ in built] == ["waves", "cortex", "why"]
    assert get_ident() not in {thread for _, thread in built}
    assert cache.get(KEY).key == KEY


def test_memory_is_given_back_before_and_after_each_build(open_cache):
    calls = []

    def build(key):
        calls.append(key.name)
        return FakeScene(key)

    cache = open_cache(build=build, release_memory=lambda: calls.append("release"))
    cache.request(KEY, named("cortex"))
    wait_until_built(cache)
    assert calls == ["release", "waves", "release", "release", "cortex", "release"]


def test_a_new_request_takes_the_place_of_what_is_not_begun(open_cache):
    begun, first, start = [], Event(), Event()

    def build(key):
        begun.append(key.name)
        first.set()
        assert start.wait(HANG_GUARD_S)
        return FakeScene(key)

    cache = open_cache(build=build)
    cache.request(KEY, named("cortex", "why"))
    assert first.wait(HANG_GUARD_S)
    cache.request(*named("circuit"))
    start.set()
    wait_until_built(cache)
    assert begun == ["waves", "circuit"]
    assert {key.name for key in cache.keys} == {"waves", "circuit"}


def test_after_closing_no_scene_is_begun(open_cache):
    begun, first, start = [], Event(), Event()

    def build(key):
        begun.append(key)
        first.set()
        start.wait(HANG_GUARD_S)
        return FakeScene(key)

    cache = open_cache(build=build)
    cache.request(KEY, named("cortex", "why"))
    assert first.wait(HANG_GUARD_S)
    start.set()
    cache.close()
    assert len(begun) <= 2
    assert not cache.is_building


def test_without_a_thread_the_wanted_scene_is_built_at_once_and_no_other(open_cache):
    cache = open_cache(threaded=False)
    cache.request(KEY, named("cortex"))
    assert cache.keys == (KEY,)
    assert cache.get(KEY) is cache.build_now(KEY)


def test_other_work_is_done_by_the_same_thread_after_the_requested_scenes(open_cache):
    done = []

    def build(key):
        done.append((key.name, get_ident()))
        return FakeScene(key)

    cache = open_cache(build=build)
    cache.request(KEY, named("why"))
    work = cache.submit(lambda: done.append(("work", get_ident())) or 7)
    assert work.result(10) == 7
    assert [name for name, _ in done] == ["waves", "why", "work"]
    assert len({thread for _, thread in done}) == 1


def test_without_a_thread_other_work_is_done_at_once(open_cache):
    assert open_cache(threaded=False).submit(get_ident).result(0) == get_ident()


def test_the_builder_thread_completes_the_scene_that_was_built_at_once(open_cache):
    cache = open_cache()
    scene = cache.build_now(KEY)
    assert scene.completed_by == []
    for _ in range(2):  # the second request finds it complete
        cache.request(KEY)
        wait_until_built(cache)
    assert cache.get(KEY) is scene
    assert len(scene.completed_by) == 1
    assert get_ident() not in scene.completed_by


def test_a_completion_that_was_not_begun_is_requested_anew(open_cache):
    cache, start = open_cache(), Event()
    scene = cache.build_now(KEY)
    cache.submit(lambda: start.wait(HANG_GUARD_S))
    cache.request(KEY)
    cache.request(*named("why"))
    cache.request(KEY)
    start.set()
    wait_until_built(cache)
    assert len(scene.completed_by) == 1


@pytest.mark.parametrize("threaded", [True, False])
def test_requested_scenes_are_complete(threaded, open_cache):
    cache = open_cache(threaded=threaded)
    cache.request(KEY)
    wait_until_built(cache)
    assert len(cache.get(KEY).completed_by) == 1


def test_the_least_recently_used_scenes_are_dropped(open_cache):
    cache = open_cache(scenes=2.5, threaded=False)
    for name in ("waves", "cortex", "waves", "why"):
        cache.request(replace(KEY, name=name))
        assert cache.get(replace(KEY, name=name)) is not None
    assert [key.name for key in cache.keys] == ["waves", "why"]
    assert cache.get(replace(KEY, name="cortex")) is None
    assert 2 * SCENE_BYTES < cache.held_bytes < 2.1 * SCENE_BYTES + BACKDROP_BYTES


def test_preloading_drops_scenes_of_another_language_but_none_of_the_wanted_one(open_cache):
    cache = open_cache(scenes=2.5)
    cache.request(replace(KEY, language="ca"))
    wait_until_built(cache)
    cache.request(KEY, named("why", "cortex", "circuit"))
    wait_until_built(cache)
    assert set(cache.keys) == {KEY, *named("why")}


def test_room_for_all_requested_scenes_is_made_before_the_first_is_built(open_cache):
    cache, start = open_cache(scenes=2.5), Event()
    for name in ("waves", "why"):
        cache.request(replace(KEY, language="ca", name=name))
        wait_until_built(cache)
    cache.submit(lambda: start.wait(HANG_GUARD_S))
    cache.request(KEY)
    assert [key.name for key in cache.keys] == ["why"]
    cache.request(KEY, named("why"))
    assert cache.keys == ()
    start.set()
    wait_until_built(cache)
    assert set(cache.keys) == {KEY, *named("why")}


def test_the_wanted_scene_replaces_those_of_another_language_first(open_cache):
    cache = open_cache(scenes=2.5)
    other = replace(KEY, language="ca", name="why")
    for key in (KEY, other, *named("cortex")):
        cache.request(key)
        wait_until_built(cache)
    assert set(cache.keys) == {KEY, *named("cortex")}


def test_a_leader_of_a_full_cache_is_built_without_its_other_scenes(open_cache):
    cache = open_cache(scenes=3.5, networks=2)
    cache.request(KEY, named("why", "cortex"))
    wait_until_built(cache)
    leader = replace(KEY, network=NETWORKS[1])
    cache.request(leader, [replace(leader, name=name) for name in ("why", "cortex")])
    wait_until_built(cache)
    assert {key.name for key in cache.keys if key.network is leader.network} == {"waves"}
    assert cache.get(leader).key == leader


def test_the_blend_is_one_scene_whichever_network_leads(open_cache):
    cache = open_cache(threaded=False)
    first, second = (replace(KEY, name="blend", network=network) for network in NETWORKS)
    assert cache.build_now(first) is cache.build_now(second)


def test_an_error_of_building_is_raised_to_who_asks_for_the_scene(open_cache):
    def fail(key):
        raise RuntimeError("no scene")

    cache = open_cache(build=fail)
    cache.request(KEY)
    with pytest.raises(RuntimeError, match="no scene"):
        wait_until_built(cache)


def test_an_unknown_scene_names_the_known_ones():
    with pytest.raises(UnknownSceneError, match="'surf'.*waves, cortex"):
        find_scene_type("surf")


def test_a_scene_has_the_network_the_words_and_the_shared_backdrop_of_its_key():
    pygame.font.init()
    scene = build_scene(replace(KEY, language="ca", name="why"))
    assert scene.network is KEY.network
    assert scene.resources.networks is NETWORKS
    assert scene.resources.words is load_words("ca")
    assert scene.backdrop is build_backdrop(KEY.network)


def test_bytes_are_those_of_surfaces_and_arrays_each_counted_once():
    array = np.zeros((100, 10), np.uint8)
    surface = blank_surface((50, 20))
    holder = {"views": [array, array[:5], surface, surface.subsurface((0, 0, 5, 5))]}
    holder["self"] = holder
    assert count_bytes(holder) == array.nbytes + 4000
    assert count_bytes([glow_atlas(12.0)]) == 0  # shared by all scenes


@pytest.mark.parametrize("name", [scene.name for scene in scene_types()])
def test_a_dropped_scene_is_freed_without_a_collection(name):
    pygame.font.init()
    gc.disable()
    try:
        reference = weakref.ref(build_scene(replace(KEY, name=name)))
        assert reference() is None
    finally:
        gc.enable()
