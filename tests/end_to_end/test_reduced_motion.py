"""Reduced motion: while nothing sounds no scene moves, though time goes by."""

from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.cues import KEY_COUNT, SIGNALS, NoteCue, NoteSource
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import Typesetter
from visuals.frame_builder import FrameBuilder
from visuals.hud.piano_keyboard import PianoKeyboard
from visuals.network_summary import NetworkSummary
from visuals.scenes import scene_types
from visuals.scenes.base import SceneResources
from visuals.timeline import SECOND
from visuals.words import load_words

ANATOMY = NetworkSummary.dummy(2, 32)


@pytest.mark.parametrize("scene", scene_types(), ids=lambda scene: scene.name)
def test_nothing_moves_for_its_beauty_only(scene):
    pygame.font.init()
    type, framing = Typesetter(), FrameBuilder(ANATOMY)
    shown = scene(ANATOMY, SceneResources(type, load_words(), PianoKeyboard(type), (ANATOMY,)))
    state = np.tanh(np.random.default_rng(1).normal(size=(2, len(SIGNALS), 32))).astype(np.float32)
    ahead = np.full(KEY_COUNT, 1 / KEY_COUNT, np.float32)
    framing.apply_message(NoteCue(0, 0, SECOND // 4, 60, 80, NoteSource.NETWORK, 1.0, state, ahead))
    pictures = []
    for seconds in (58, 60, 67.3):  # at first the CircuitScene looks for a cell
        picture = blank_surface(PICTURE_SIZE_PX)
        for number in range(
            8 if seconds == 58 else 12
        ):  # bloom leaves a trail until it is as it stays
            shown.draw(
                picture, framing.build_frame(round(seconds * SECOND), number, reduced_motion=True)
            )
        pictures.append(pygame.surfarray.array3d(picture).astype(int))
    assert np.abs(pictures[2] - pictures[1]).max() <= 1
