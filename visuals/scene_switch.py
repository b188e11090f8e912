"""Scene switch: draws one scene until the scene that is wanted is built."""

from __future__ import annotations

from dataclasses import replace

from visuals.network_summary import NetworkSummary
from visuals.scene_cache import SceneCache, SceneKey
from visuals.scenes import scene_types
from visuals.scenes.base import Frame, Scene


class SceneSwitch:
    """The scene that is drawn and the key of the scene that is wanted.

    Parameters
    ----------
    cache : SceneCache
    key : SceneKey
        The first scene; it is built at once.

    Attributes
    ----------
    wanted : SceneKey
        The scene to be drawn as soon as it is built.
    shown : SceneKey
        Key of the scene that is drawn.
    scene : Scene
        The scene that is drawn.
    """

    def __init__(self, cache: SceneCache, key: SceneKey) -> None:
        self._cache, self._preloads = cache, False
        self.wanted = self.shown = key
        self.scene: Scene = cache.build_now(key)

    @property
    def is_network_pending(self) -> bool:
        """Whether other networks are wanted than those that are drawn."""
        return self.wanted.networks != self.shown.networks

    @property
    def is_building(self) -> bool:
        """Whether scenes are being built."""
        return self._cache.is_building

    def want_scene(self, name: str) -> None:
        """Draw the scene of another name."""
        self._want(replace(self.wanted, name=name))

    def want_language(self, language: str) -> None:
        """Draw the scene with words of another language."""
        self._want(replace(self.wanted, language=language))

    def want_networks(self, networks: tuple[NetworkSummary, ...]) -> None:
        """Draw the first of other networks."""
        self._want(replace(self.wanted, networks=networks, network=networks[0]))

    def want_leader(self, frame: Frame) -> None:
        """Draw the network of the blend that led at the last note of a frame."""
        if not self.is_network_pending:
            leader = _leading_network(frame, self.wanted.networks)
            if leader is not None and leader is not self.wanted.network:
                self._want(replace(self.wanted, network=leader))

    def start_preloading(self) -> None:
        """Build the other scenes of the wanted network and language too, from now on."""
        self._preloads = True
        self._request()

    def update(self) -> bool:
        """Draw the wanted scene if it is built; whether another key is drawn from now on."""
        scene = self._cache.get(self.wanted)
        if scene is None or self.wanted == self.shown:
            return False
        self.shown, self.scene = self.wanted, scene
        return True

    def close(self) -> None:
        """Wait for the scene that is being built."""
        self._cache.close()

    def _want(self, key: SceneKey) -> None:
        if key != self.wanted:
            self.wanted = key
            self._request()

    def _request(self) -> None:
        names = [scene.name for scene in scene_types()] if self._preloads else []
        self._cache.request(self.wanted, [replace(self.wanted, name=name) for name in names])


def _leading_network(
    frame: Frame, networks: tuple[NetworkSummary, ...]
) -> NetworkSummary | None:
    """The network with the largest weight at the last note, if the performer told the weights."""
    latest = frame.timeline.latest_cue(frame.time)
    shares = None if latest is None else frame.timeline.blend_contributions(latest.cue.serial)
    if shares is None or len(shares.weights) != len(networks):
        return None
    return networks[int(shares.weights.argmax())]
