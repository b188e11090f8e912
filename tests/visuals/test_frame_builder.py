"""A silenced unit goes dark at once in every scene, and comes back when it is let go of."""

from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.cues import HIDDEN_INDEX, KEY_COUNT, SIGNALS, NoteCue, NoteSource
from messages.gestures import HeldUnit
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import Typesetter
from visuals.frame_builder import FrameBuilder
from visuals.hud.piano_keyboard import PianoKeyboard
from visuals.network_summary import NetworkSummary
from visuals.scenes.base import SceneResources
from visuals.scenes.circuit.memory_cells import MemoryCellReader
from visuals.scenes.cortex.scene import CortexScene
from visuals.scenes.waves.scene import WavesScene
from visuals.timeline import SECOND
from visuals.words import load_words

LAYERS, UNITS = 2, 32
ANATOMY = NetworkSummary.dummy(LAYERS, UNITS)
ALL = [HeldUnit(layer, unit, 0.0) for layer in range(LAYERS) for unit in range(UNITS)]


def a_framing() -> FrameBuilder:
    framing = FrameBuilder(ANATOMY)
    signals = np.full((LAYERS, len(SIGNALS), UNITS), 0.8, np.float32)
    for k in range(8):
        due = SECOND + k * SECOND // 4
        ahead = np.full(KEY_COUNT, 1 / KEY_COUNT, np.float32)
        framing.apply_message(
            NoteCue(k, due, SECOND // 5, 60 + k, 90, NoteSource.NETWORK, 1.0, signals, ahead)
        )
    return framing


def after(framing: FrameBuilder, seconds: float, start: float = 2.0):
    """The last of the frames from `start` on."""
    for number in range(round(seconds * 60) + 1):
        frame = framing.build_frame(round((start + number / 60) * SECOND), number)
    return frame


def test_a_silenced_unit_is_dark_within_a_fifth_of_a_second_and_the_others_are_not():
    framing = a_framing()
    after(framing, 0)
    framing.set_held_units([HeldUnit(1, 7, 0.0)])
    hidden = after(framing, 0.2).activations[:, HIDDEN_INDEX]
    assert abs(hidden[1, 7]) < 0.05
    assert hidden[1, 6] > 0.5
    assert hidden[0, 7] > 0.5


def test_it_comes_back_when_it_is_let_go_of():
    framing = a_framing()
    framing.set_held_units([HeldUnit(1, 7, 0.0)])
    after(framing, 0.2)
    framing.set_held_units([])
    assert after(framing, 0.3, start=2.2).activations[1, HIDDEN_INDEX, 7] > 0.5


def test_what_is_amplified_is_left_to_the_network():
    framing = a_framing()
    plain = after(framing, 0.2).activations
    framing.set_held_units([HeldUnit(1, 7, 8.0)])
    assert after(framing, 0.2).activations == pytest.approx(plain)


@pytest.mark.parametrize("scene", [WavesScene, CortexScene])
def test_with_every_unit_silenced_a_scene_has_less_light(scene):
    pygame.font.init()
    type = Typesetter()
    lights = []
    for holds in ([], ALL):
        framing, picture = a_framing(), blank_surface(PICTURE_SIZE_PX)
        shown = scene(ANATOMY, SceneResources(type, load_words(), PianoKeyboard(type)))
        framing.set_held_units(holds)
        after(framing, 0.5)
        for number in range(20):
            frame = framing.build_frame(round((2.5 + number / 60) * SECOND), number)
            shown.draw(picture, frame)
        lights.append(pygame.surfarray.array3d(picture)[:, :700].mean())
    assert lights[1] < 0.97 * lights[0]


def test_a_silenced_cell_says_nothing_in_the_circuit():
    framing, reader = a_framing(), MemoryCellReader(ANATOMY)
    framing.set_held_units(ALL)
    cells = reader.read(after(framing, 0.5))
    assert np.abs(cells.hidden).max() < 0.01
    assert np.abs(cells.cell_state).max() > 0.1
