"""Scene cache: built scenes by network, language and name, bounded in bytes.

One thread builds what is missing. Building takes 0.2 to 0.9 s, so no frame waits for it.
"""

from __future__ import annotations

import gc
from abc import ABCMeta
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from types import BuiltinFunctionType, FunctionType, ModuleType, NoneType
from typing import TypeVar

import numpy as np
import pygame

from visuals.drawing.backdrop import Backdrop, layer_size
from visuals.drawing.picture_layout import LANDSCAPE, PictureLayout, fit_keyboard
from visuals.drawing.sprites import SpriteAtlas
from visuals.drawing.typography import (
    FAR_SCALE,
    VIEWING_DISTANCES,
    TypeScale,
    Typesetter,
)
from visuals.network_summary import NetworkSummary
from visuals.scenes import scene_types
from visuals.scenes.base.scene import Scene, SceneResources
from visuals.widgets.piano_keyboard import PianoKeyboard
from visuals.words import load_words

MAX_CACHED_BYTES = 110_000_000
"""Bytes of surfaces and arrays that cached scenes may hold; five scenes hold 97 MB."""
ROOM_SCREEN_IN = VIEWING_DISTANCES["room"][0]
BLEND_SCENE = "blend"  # name of the scene that shows all networks, whichever of them leads
_UNCOUNTED_TYPES = frozenset(
    (str, bytes, int, float, bool, NoneType, type, ABCMeta)
    + (ModuleType, FunctionType, BuiltinFunctionType)
    + (NetworkSummary, SpriteAtlas, Backdrop)
)
"""Types without surfaces or arrays of their own, and types whose objects scenes share."""


T = TypeVar("T")


class UnknownSceneError(ValueError):
    """No scene has the given name."""


@dataclass(frozen=True, slots=True)
class SceneKey:
    """Identity of a scene.

    Parameters
    ----------
    network : NetworkSummary
        The network that is drawn.
    networks : tuple of NetworkSummary
        All networks of the blend; `network` is one of them.
    language : str
        Language code of the words, two letters.
    name : str
        Name of the scene.
    scale : TypeScale
        Sizes of text.
    layout : PictureLayout
        Rectangles of the picture.
    screen_in : float
        Diagonal of the screen, inches: it decides how wide the keys of the piano are.
    """

    network: NetworkSummary
    networks: tuple[NetworkSummary, ...]
    language: str
    name: str
    scale: TypeScale = FAR_SCALE
    layout: PictureLayout = LANDSCAPE
    screen_in: float = ROOM_SCREEN_IN

    @property
    def canonical(self) -> SceneKey:
        """The key under which the scene is cached: the blend is one scene for all leaders."""
        return replace(self, network=self.networks[0]) if self.name == BLEND_SCENE else self


class SceneCache:
    """Keeps the scenes used last and builds missing ones on one thread.

    All methods are for the drawing thread.

    Parameters
    ----------
    threaded : bool
        False builds a requested scene at once, in the caller's thread, and preloads none.
    build : callable
        Builds the scene of a key; runs on the builder thread.
    max_bytes : int
        Scenes are dropped while the cache holds more than this: those of other networks, languages
        or layouts first, and of each kind the least recently used first.
    release_memory : callable
        Gives freed memory back to the system; runs on the builder thread before and after each
        build, which needs up to 70 MB of its own.
    """

    def __init__(
        self,
        threaded: bool = True,
        build: Callable[[SceneKey], Scene] | None = None,
        max_bytes: int = MAX_CACHED_BYTES,
        release_memory: Callable[[], None] = lambda: None,
    ) -> None:
        self._build, self._release_memory = build or build_scene, release_memory
        self._max_bytes = max_bytes
        self._executor = ThreadPoolExecutor(1, "scene-builder") if threaded else None
        self._pending: dict[SceneKey, Future[tuple[Scene, int]]] = {}
        self._scenes: dict[SceneKey, Scene] = {}  # least recently used first
        self._bytes: dict[SceneKey, int] = {}
        self._incomplete: set[SceneKey] = set()  # cached scenes whose last parts are not built
        self._wanted: SceneKey | None = None
        self._usual_bytes: dict[str, int] = {}  # of each name the scene built last

    @property
    def keys(self) -> tuple[SceneKey, ...]:
        """Keys of the cached scenes, least recently used first."""
        return tuple(self._scenes)

    @property
    def held_bytes(self) -> int:
        """Bytes of surfaces and arrays that the cached scenes hold."""
        return self._held_bytes(self._scenes)

    @property
    def is_building(self) -> bool:
        """Whether a requested scene is still being built; one that is built may not be shown."""
        return any(not future.done() for future in self._pending.values())

    def get(self, key: SceneKey) -> Scene | None:
        """The scene of a key, or None while it is not built.

        Raises what the building of any requested scene raised.
        """
        self._collect_built()
        key = key.canonical
        if key in self._scenes:
            self._scenes[key] = self._scenes.pop(key)  # now the most recently used
        return self._scenes.get(key)

    def build_now(self, key: SceneKey) -> Scene:
        """Build a scene in the caller's thread unless it is cached.

        The next request has the builder thread complete the scene, and count its bytes.
        """
        key = self._wanted = key.canonical
        if key not in self._scenes:
            scene = self._build(key)
            if self._executor is None:
                self._insert(key, *self._complete(scene))
            else:
                self._insert(key, scene, self._usual_bytes.get(key.name, 0))
                self._incomplete.add(key)
        return self._scenes[key]

    def request(self, key: SceneKey, preload: Sequence[SceneKey] = ()) -> None:
        """Build a scene, then others as far as they fit; earlier requests are dropped.

        Room is made for all of them before the first is built, since a build needs memory too.
        """
        self._collect_built()
        self._pending = {k: future for k, future in self._pending.items() if not future.cancel()}
        key = self._wanted = key.canonical
        if self._executor is None:
            self.build_now(key)
            return
        requested = {key: None}  # in order
        for other in (other.canonical for other in preload):
            if self._fits({*requested, other}):
                requested[other] = None
        self._make_room(requested)
        for each in requested:
            self._submit(each)

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Do other work on the builder thread, after the scenes that are requested already."""
        if self._executor is not None:
            return self._executor.submit(work)
        done: Future[T] = Future()
        done.set_result(work())
        return done

    def close(self) -> None:
        """Drop all requests and wait for the scene that is being built."""
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)
        self._pending.clear()

    def _submit(self, key: SceneKey) -> None:
        if self._executor is None or key in self._pending:
            return
        if key in self._incomplete:
            self._pending[key] = self._executor.submit(self._complete, self._scenes[key])
        elif key not in self._scenes:
            self._pending[key] = self._executor.submit(self._build_whole, key)

    def _fits(self, keys: set[SceneKey]) -> bool:
        """Whether scenes fit without dropping others of the wanted networks and language."""
        kept = {other for other in (*self._scenes, *self._pending) if self._is_kept(other)}
        return self._held_bytes(kept | keys) <= self._max_bytes

    def _is_kept(self, key: SceneKey) -> bool:
        """Whether a scene is of the wanted networks, language and layout."""
        wanted = self._wanted
        return wanted is not None and (
            (key.networks, key.language, key.layout)
            == (wanted.networks, wanted.language, wanted.layout)
        )

    def _held_bytes(self, keys: Collection[SceneKey]) -> int:
        sizes = {(id(key.network), key.layout): layer_size(key.layout) for key in keys}
        backdrops = {key: 2 * 4 * width * height for key, (width, height) in sizes.items()}
        return sum(backdrops.values()) + sum(
            self._bytes.get(key, self._usual_bytes.get(key.name, 0)) for key in keys
        )

    def _build_whole(self, key: SceneKey) -> tuple[Scene, int]:
        self._release_memory()
        return self._complete(self._build(key))

    def _complete(self, scene: Scene) -> tuple[Scene, int]:
        """Build the last parts of a scene; returns its size as well."""
        scene.complete()
        size = count_bytes(scene)
        self._release_memory()
        return scene, size

    def _collect_built(self) -> None:
        for key in [key for key, future in self._pending.items() if future.done()]:
            self._insert(key, *self._pending.pop(key).result())

    def _insert(self, key: SceneKey, scene: Scene, size: int) -> None:
        self._scenes[key], self._bytes[key], self._usual_bytes[key.name] = scene, size, size
        self._incomplete.discard(key)
        self._make_room((key,))
        if self.held_bytes > self._max_bytes and key != self._wanted:
            self._drop(key)

    def _make_room(self, keys: Collection[SceneKey]) -> None:
        """Drop scenes until those of the keys fit; only the wanted one replaces kept ones."""
        for other in sorted(self._scenes, key=self._is_kept):  # least recently used first of each
            if self._held_bytes({*self._scenes, *keys}) <= self._max_bytes:
                return
            if other not in keys and (self._wanted in keys or not self._is_kept(other)):
                self._drop(other)

    def _drop(self, key: SceneKey) -> None:
        del self._scenes[key], self._bytes[key]
        self._incomplete.discard(key)


def build_scene(key: SceneKey) -> Scene:
    """Build the scene of a key.

    Its resources are its own, since it is built beside the drawing.

    Raises
    ------
    UnknownSceneError
    UnknownLanguageError
    """
    return find_scene_type(key.name)(key.network, resources_of(key))


def find_scene_type(name: str) -> type[Scene]:
    """The class of the scene of a name.

    Parameters
    ----------
    name : str

    Returns
    -------
    type of Scene

    Raises
    ------
    UnknownSceneError
    """
    types = {scene.name: scene for scene in scene_types()}
    if name not in types:
        raise UnknownSceneError(f"no scene {name!r}; there are: {', '.join(types)}")
    return types[name]


def resources_of(key: SceneKey) -> SceneResources:
    """Typesetter, words and keyboard of a scene's key; raises UnknownLanguageError."""
    return create_resources(key.language, key.scale, key.networks, key.layout, key.screen_in)


def create_resources(
    language: str,
    scale: TypeScale,
    networks: tuple[NetworkSummary, ...] = (),
    layout: PictureLayout = LANDSCAPE,
    screen_in: float = ROOM_SCREEN_IN,
) -> SceneResources:
    """Typesetter, words and keyboard for one scene, on a screen of some inches.

    Raises
    ------
    UnknownLanguageError
    """
    typesetter = Typesetter(scale)
    keyboard = PianoKeyboard(typesetter, fit_keyboard(layout, screen_in))
    return SceneResources(typesetter, load_words(language), keyboard, networks, layout)


def count_bytes(root: object) -> int:
    """Bytes of the surfaces and arrays reachable from an object, without shared ones."""
    seen: set[int] = set()
    kept, todo, total = [], [root], 0
    while todo:
        found = todo.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        kept.append(found)  # an object that died would give its id to another
        if isinstance(found, pygame.Surface):
            parent = found.get_parent()
            total += found.get_pitch() * found.get_height() if parent is None else 0
            todo += [] if parent is None else [parent]
        elif isinstance(found, np.ndarray):
            total += found.nbytes if found.base is None else 0
            todo += [] if found.base is None else [found.base]
        else:
            children = gc.get_referents(found)
            todo += [child for child in children if type(child) not in _UNCOUNTED_TYPES]
    return total
