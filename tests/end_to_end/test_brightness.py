"""While a visitor plays, every scene is at least as bright as while the network plays alone."""

from __future__ import annotations

import numpy as np
import pygame
import pytest
from brightness import mean_luminance
from demo_performance import DemoPerformance
from test_golden import LAYERS, STYLES, UNITS, messages_until

from messages.clock import SECOND
from messages.cues import Turn
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import Typesetter
from visuals.frame_builder import FrameBuilder
from visuals.network_summary import NetworkSummary
from visuals.scenes import scene_types
from visuals.scenes.base.scene import SceneResources
from visuals.widgets.piano_keyboard import PianoKeyboard
from visuals.words import load_words

FRAME_NS = SECOND // 12
START_NS, END_NS = 4 * SECOND, 15 * SECOND


@pytest.mark.parametrize("name", [scene.name for scene in scene_types()])
def test_a_visitor_s_turn_is_at_least_as_bright_as_attract(name):
    pygame.font.init()
    typesetter = Typesetter()
    networks = tuple(NetworkSummary.dummy(LAYERS, UNITS, seed) for seed in range(STYLES))
    resources = SceneResources(typesetter, load_words(), PianoKeyboard(typesetter), networks)
    scene = next(scene for scene in scene_types() if scene.name == name)(networks[0], resources)
    builder, performance = FrameBuilder(scene.network), DemoPerformance(LAYERS, UNITS, SECOND)
    surface = pygame.Surface(PICTURE_SIZE_PX, 0, 32)
    light: dict[Turn, list[float]] = {turn: [] for turn in Turn}
    for time in range(START_NS, END_NS, FRAME_NS):
        for message in messages_until(performance, time):
            builder.apply_message(message)
        scene.draw(surface, builder.build_frame(time, time // FRAME_NS))
        light[builder.timeline.turn(time).turn].append(mean_luminance(surface))
    assert np.mean(light[Turn.LISTEN]) >= np.mean(light[Turn.ATTRACT])
