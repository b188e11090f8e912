from __future__ import annotations

import numpy as np
import pygame
import pytest

from visuals.drawing.bloom import GlowLayer
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import FIFTHS_POSITION, PICTURE_SIZE_PX
from visuals.network_summary import NetworkSummary
from visuals.scenes.waves.axon import TERMINALS_X_PX, Axon, pitch_class_probabilities
from visuals.scenes.waves.trace_paths import CellCircle

NETWORK = NetworkSummary.dummy(1, 8)
TOP, BOTTOM = 176, 556


@pytest.fixture(scope="module")
def axon() -> Axon:
    glow = GlowLayer(pygame.Rect(192, 104, 1632, 640))
    return Axon(CellCircle(658.0, 432.0, 76.0), TOP, BOTTOM, glow)


def test_light_arrives_at_the_body_before_the_sheaths_and_the_terminals(axon, make_cue, make_frame):
    levels = axon.light_levels(make_frame(NETWORK, [make_cue(due_s=1.0, pitch=69)], 1.05))[:, 9]
    assert levels[0] > 0.1
    assert (np.diff(levels) <= 0).all()
    assert levels[-1] == 0.0


def test_the_terminal_of_the_sounding_pitch_class_lights(axon, make_cue, make_frame):
    frame = make_frame(NETWORK, [make_cue(due_s=1.0, pitch=69)], 1.4)
    surface = blank_surface(PICTURE_SIZE_PX)
    surface.fblits(axon.draw(surface, frame, axon.light_levels(frame)), pygame.BLEND_RGB_ADD)
    heights = np.linspace(TOP, BOTTOM, 12)
    light = [sum(surface.get_at((round(TERMINALS_X_PX), round(y)))[:3]) for y in heights]
    assert int(np.argmax(light)) == FIFTHS_POSITION[9]


def test_pitch_classes_collect_the_probabilities_of_their_keys():
    keys = np.zeros(88)
    keys[[69 - 21, 57 - 21, 60 - 21]] = (0.5, 0.25, 0.25)
    classes = pitch_class_probabilities(keys)
    assert classes[9] == 0.75
    assert classes[0] == 0.25
    assert classes.sum() == 1.0


@pytest.mark.parametrize("time_s", [1.02, 1.1, 1.4, 1.9])
def test_a_sheath_darkens_nothing_below_it(axon, make_cue, make_frame, time_s):
    frame = make_frame(NETWORK, [make_cue(due_s=1.0, pitch=69)], time_s)
    surface = blank_surface(PICTURE_SIZE_PX)
    surface.fill((90, 100, 110))
    axon.draw(surface, frame, axon.light_levels(frame))
    assert pygame.surfarray.array3d(surface).min(axis=(0, 1)).tolist() == [90, 100, 110]


def test_sheaths_are_lit_by_a_note(axon, make_cue, make_frame):
    lit = []
    for messages in ([], [make_cue(due_s=1.0, pitch=69)]):
        frame, surface = make_frame(NETWORK, messages, 1.3), blank_surface(PICTURE_SIZE_PX)
        axon.draw(surface, frame, axon.light_levels(frame))
        lit.append(pygame.surfarray.array3d(surface)[400:580, 400:460].astype(int).sum())
    assert lit[1] > lit[0] + 50_000
