"""Scene switch: draws one scene until the wanted one is built, and builds those not shown yet."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

from messages.crowd import DuetReplay, LikedPhrase
from messages.cues import (
    BlendChange,
    ModelChange,
    RhythmBelief,
    StageMessage,
    TurnChange,
    VisitEndWarning,
)
from rnn.generation.composer import ComposerStep
from rnn.model.model_card import ComparedAnswers
from rnn.teaching.probed_network import ProbedNetwork
from visuals.drawing.picture_layout import PictureLayout
from visuals.frame_builder import FrameBuilder
from visuals.lessons.browser import LessonBrowser
from visuals.network_source import LoadedNetwork, NetworkSource
from visuals.network_summary import NetworkSummary
from visuals.scene_cache import SceneCache, SceneKey
from visuals.scenes import scene_types
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.scene import Scene
from visuals.timeline import is_replayed
from visuals.window.gc_policy import GcPolicy

SHARED_MESSAGE_TYPES = (ModelChange, TurnChange, VisitEndWarning, BlendChange, RhythmBelief)
"""Messages that do not depend on the network that is drawn."""

PRELOAD_DELAY_FRAMES = 20
"""Frames before the other scenes are preloaded: the first picture comes first."""

log = logging.getLogger(__name__)


class SceneSwitch:
    """The scene and the cues that are drawn, and the scene that is wanted.

    Another network, language, name or leader of a blend changes the wanted key. The shown scene is
    drawn until the wanted one is built; cues of a wanted network wait for its scene. The networks
    of the first key are the installation's own.
    """

    def __init__(
        self,
        cache: SceneCache,
        source: NetworkSource,
        key: SceneKey,
        probed_network: ProbedNetwork | None = None,
    ) -> None:
        self._cache, self._source, self._preloads = cache, source, False
        self._own_networks, self._own_probed_network = key.networks, probed_network
        self._deferred_messages: list[StageMessage] = []
        self.wanted = self.shown = key
        self.scene: Scene = cache.build_now(key)
        self.frame_builder = FrameBuilder(key.network)
        self.probed_network = probed_network

    @property
    def is_network_pending(self) -> bool:
        """Whether other networks are wanted than those that are drawn."""
        return self.wanted.networks != self.shown.networks

    @property
    def is_building(self) -> bool:
        """Whether scenes are being built."""
        return self._cache.is_building

    def want(self, name: str | None = None, language: str | None = None) -> None:
        """Draw the scene of another name, or with the words of another language."""
        name, language = name or self.wanted.name, language or self.wanted.language
        self._want(replace(self.wanted, name=name, language=language))

    def use_layout(self, layout: PictureLayout) -> None:
        """Draw in another layout at once, for which the shown scene is built now."""
        self.shown = replace(self.shown, layout=layout)
        self.scene = self._cache.build_now(self.shown)
        self._want(replace(self.wanted, layout=layout))

    def apply_message(self, message: StageMessage) -> None:
        """Take in a message of the performer; `ModelChange` changes the wanted networks."""
        if isinstance(message, ModelChange):
            self._want_networks(self._source.load(message.path))
        if self.is_network_pending and not isinstance(message, SHARED_MESSAGE_TYPES):
            self._deferred_messages.append(message)
        else:
            self.frame_builder.apply_message(message)

    def drop_replay(self, time: int) -> None:
        """Drop the notes of a replayed duet due after `time`, ns, also those that wait."""
        kept = [message for message in self._deferred_messages if not is_replayed(message)]
        self._deferred_messages = kept
        self.frame_builder.timeline.drop_replay(time)

    def hear(self, replay: DuetReplay) -> Iterator[ComposerStep]:
        """How the network that plays hears a duet, note by note."""
        return self._source.hear(replay)

    def compare(self, phrase: LikedPhrase) -> ComparedAnswers | None:
        """The answers of generation 0 and of the one that plays, once they are known."""
        return self._source.compare(phrase)

    def want_leader(self, frame: Frame) -> None:
        """Draw the network of the blend that led at the last note of a frame."""
        leader = _leading_network(frame, self.wanted.networks)
        self._want(replace(self.wanted, network=leader or self.wanted.network))

    def start_preloading(self) -> None:
        """Build the other scenes of the wanted network and language too, from now on."""
        self._preloads = True
        self._request()

    def update(self) -> bool:
        """Draw the wanted scene if it is built; returns whether that changed what is drawn."""
        scene = self._cache.get(self.wanted)
        if scene is None or self.wanted == self.shown:
            return False
        is_other_network = self.is_network_pending
        self.shown, self.scene = self.wanted, scene
        if is_other_network:
            self._start_network()
        return True

    def close(self) -> None:
        """Wait for the scene that is being built, and delete the model files of lessons."""
        self._cache.close()
        self._source.close()

    def _want(self, key: SceneKey) -> None:
        if key != self.wanted:
            self.wanted = key
            self._request()

    def _want_networks(self, loaded: LoadedNetwork | None) -> None:
        self.probed_network = loaded.probed_network if loaded else self._own_probed_network
        networks = self._own_networks
        if loaded is not None:  # a later generation of the own network keeps its partners
            partners = networks[1:] if loaded.summary.lineage else ()
            networks = (loaded.summary, *partners)
        if networks != self.wanted.networks:
            self._deferred_messages = []
            self._want(replace(self.wanted, networks=networks, network=networks[0]))

    def _start_network(self) -> None:
        self.frame_builder.set_network(self.shown.network)
        for message in self._deferred_messages:
            self.frame_builder.apply_message(message)
        self._deferred_messages = []
        names = " and ".join(network.title or network.style for network in self.shown.networks)
        log.info("drawing %s, %d units", names, self.shown.network.selectivity.size)

    def _request(self) -> None:
        names = [scene.name for scene in scene_types()] if self._preloads else []
        self._cache.request(self.wanted, [replace(self.wanted, name=name) for name in names])


class Preloader:
    """Builds scenes and lessons that are not shown yet, and exempts them from garbage collection.

    Attributes
    ----------
    is_done : bool
        Whether all was built once.
    """

    def __init__(
        self,
        scenes: SceneSwitch,
        lesson_browser: LessonBrowser,
        cache: SceneCache,
        gc_policy: GcPolicy,
    ) -> None:
        self._scenes, self._lesson_browser = scenes, lesson_browser
        self._cache, self._gc_policy = cache, gc_policy
        self._frozen_language, self.is_done = "", False

    def continue_after_frame(self, number: int) -> None:
        """Start building after some frames, and finish what has been built."""
        if number == PRELOAD_DELAY_FRAMES:
            self._scenes.start_preloading()
            self._lesson_browser.preload(self._cache.submit)
            self._cache.submit(self._scenes.scene.render_wave_lamps)
        language = self._scenes.wanted.language
        if self._frozen_language not in ("", language):
            self._gc_policy.unfreeze_objects()
            self._frozen_language = ""
        is_built = not (self._scenes.is_building or self._lesson_browser.is_building)
        if number > PRELOAD_DELAY_FRAMES and is_built and not self._frozen_language:
            self._lesson_browser.build_lessons()
            self._gc_policy.freeze_objects()
            self._frozen_language, self.is_done = language, True


def _leading_network(frame: Frame, networks: tuple[NetworkSummary, ...]) -> NetworkSummary | None:
    """The network with the largest weight at the last note, if the performer told the weights."""
    latest = frame.timeline.latest_cue(frame.time)
    shares = None if latest is None else frame.timeline.blend_contributions(latest.cue.serial)
    if shares is None or len(shares.weights) != len(networks):
        return None
    return networks[int(shares.weights.argmax())]
