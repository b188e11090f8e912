"""Cues, frames and pictures for the tests of scenes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame
import pytest

from messages.clock import SECOND
from messages.cues import KEY_COUNT, SIGNALS, BandCue, NoteCue, NoteSource, StageMessage
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import Typesetter
from visuals.frame_builder import FrameBuilder
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.scene import Scene, SceneResources
from visuals.widgets.piano_keyboard import PianoKeyboard
from visuals.words import load_words


@pytest.fixture(scope="session")
def resources() -> SceneResources:
    """Text, words and piano, without a blend."""
    pygame.font.init()
    typesetter = Typesetter()
    return SceneResources(typesetter, load_words(), PianoKeyboard(typesetter))


@pytest.fixture(scope="session")
def make_cue():
    """Function that makes a cue; times in seconds, random signals unless given."""

    def make(
        serial: int = 0,
        due_s: float = 2.0,
        pitch: int = 69,
        source: NoteSource = NoteSource.NETWORK,
        duration_s: float = 0.3,
        signals: np.ndarray | None = None,
        network: NetworkSummary | None = None,
    ) -> NoteCue:
        if signals is None:
            layers, units = (network.layers, network.units) if network else (1, 8)
            random = np.random.default_rng(serial)
            signals = np.tanh(random.normal(size=(layers, len(SIGNALS), units)))
        return NoteCue(
            serial,
            round(due_s * SECOND),
            round(duration_s * SECOND),
            pitch,
            90,
            source,
            2.0,
            signals.astype(np.float32),
            np.full(KEY_COUNT, 1 / KEY_COUNT, np.float32),
        )

    return make


@pytest.fixture(scope="session")
def make_change(make_cue):
    """Function that makes two cues, at 1 and 2 s: the second changes one unit of the last layer."""

    def make(network: NetworkSummary, unit: int, source: NoteSource) -> list[NoteCue]:
        rest = np.zeros((network.layers, len(SIGNALS), network.units))
        changed = rest.copy()
        changed[-1, :, unit] = 0.9
        return [
            make_cue(0, 1.0, signals=rest),
            make_cue(1, 2.0, source=source, signals=changed),
        ]

    return make


@pytest.fixture(scope="session")
def make_hit():
    """Function that makes a cue of the drummer; all its cells have one state."""

    def make(due_s: float, pitch: int = 36, state: float = 0.8) -> BandCue:
        cells = np.full((10, 6), state, np.float32)
        return BandCue(round(due_s * SECOND), SECOND // 16, pitch, 100, NoteSource.DRUMS, cells)

    return make


@pytest.fixture(scope="session")
def make_frame():
    """Function that makes the frame of a network at a time (s), after some messages."""

    def make(
        network: NetworkSummary, messages: Sequence[StageMessage], time_s: float, **options
    ) -> Frame:
        builder = FrameBuilder(network)
        for message in messages:
            builder.apply_message(message)
        return builder.build_frame(round(time_s * SECOND), 0, **options)

    return make


@pytest.fixture(scope="session")
def draw(make_frame):
    """Function that draws a scene at a time (s) after some messages, (width, height, 3)."""

    def draw(
        scene: Scene, messages: Sequence[StageMessage], time_s: float, **options
    ) -> np.ndarray:
        surface = blank_surface(PICTURE_SIZE_PX)
        scene.draw(surface, make_frame(scene.network, messages, time_s, **options))
        return pygame.surfarray.array3d(surface).astype(int)

    return draw
