"""The Cortex as pictures: what must hold for them whatever the design."""

from __future__ import annotations

import numpy as np
import pygame
import pytest
from numpy.typing import NDArray

from messages.cues import KEY_COUNT, SIGNALS, CueWithdrawal, NoteCue, NoteSource, StageMessage
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import Typesetter
from visuals.frame_builder import FrameBuilder
from visuals.hud.piano_keyboard import PianoKeyboard
from visuals.network_summary import NetworkSummary
from visuals.scenes.base import SceneResources
from visuals.scenes.cortex.scene import CortexScene
from visuals.timeline import SECOND
from visuals.words import load_words

LAYERS, UNITS = 2, 24
DUE = 2 * SECOND
FRAME = SECOND // 60
PITCH = 66


def make_scene(layers: int = LAYERS, units: int = UNITS) -> CortexScene:
    pygame.font.init()
    type = Typesetter()
    return CortexScene(
        NetworkSummary.dummy(layers, units), SceneResources(type, load_words(), PianoKeyboard(type))
    )


@pytest.fixture(scope="module")
def scene() -> CortexScene:
    return make_scene()


def a_cue(
    serial: int = 0,
    due: int = DUE,
    pitch: int = PITCH,
    source: NoteSource = NoteSource.NETWORK,
    layers: int = LAYERS,
    units: int = UNITS,
) -> NoteCue:
    generator = np.random.default_rng(serial)
    activations = np.tanh(generator.normal(size=(layers, len(SIGNALS), units)))
    ahead = np.zeros(KEY_COUNT, np.float32)
    ahead[[40, 45]] = 0.5
    return NoteCue(
        serial, due, SECOND // 3, pitch, 90, source, 2.0, activations.astype(np.float32), ahead
    )


def pictures(
    scene: CortexScene, messages: list[StageMessage], times: list[int]
) -> list[NDArray[np.uint8]]:
    """Pictures (width, height, 3) at some times, after a fade to rest."""
    framing = FrameBuilder(scene.network)
    surface = pygame.Surface(PICTURE_SIZE_PX, 0, 32)
    for number in range(60):
        scene.draw(surface, framing.build_frame(0, number))
    for message in messages:
        framing.apply_message(message)
    taken = []
    for number, time in enumerate(times):
        scene.draw(surface, framing.build_frame(time, number))
        taken.append(pygame.surfarray.array3d(surface))
    return taken


def key_light(scene: CortexScene, picture: NDArray[np.uint8], pitch: int = PITCH) -> float:
    rect = scene.resources.keyboard.key_rect(pitch).inflate(-6, -6)
    return float(picture[rect.left : rect.right, rect.top : rect.bottom].mean())


def test_a_key_is_dark_until_its_note_is_due_and_lit_soon_after(scene):
    before, after = pictures(scene, [a_cue()], [DUE - 1, DUE + SECOND // 10])
    assert key_light(scene, before) < 30 < 60 < key_light(scene, after)


def test_light_decays_without_coming_back(scene):
    ended = DUE + SECOND // 3 + SECOND // 10
    times = list(range(ended, ended + 2 * SECOND, 4 * FRAME))
    lights = [key_light(scene, picture) for picture in pictures(scene, [a_cue()], times)]
    assert all(later <= earlier for earlier, later in zip(lights, lights[1:], strict=False))
    assert lights[-1] < 0.2 * lights[0]


def test_a_withdrawn_note_never_lights(scene):
    messages = [a_cue(), CueWithdrawal(serial=0, at=SECOND)]
    times = [DUE + k * SECOND // 8 for k in range(5)]
    (rest,) = pictures(scene, [], [0])
    for picture in pictures(scene, messages, times):
        np.testing.assert_array_equal(picture, rest)


def test_cells_charge_the_thread_before_the_note(scene):
    early, charging = pictures(scene, [a_cue()], [DUE - SECOND, DUE - SECOND // 8])
    top = scene.resources.keyboard.rect.top
    above = np.s_[:, top - 90 : top - 62]  # above the embers
    assert charging[above].astype(int).sum() > early[above].astype(int).sum()


def test_the_brain_wakes_with_a_note(scene):
    (rest,) = pictures(scene, [], [0])
    (awake,) = pictures(scene, [a_cue()], [DUE + SECOND // 4])
    brain = np.s_[300:1600, 60:820]
    assert awake[brain].mean() > rest[brain].mean() + 0.3


def test_nothing_is_red(scene):
    messages = [a_cue(serial, DUE + serial * SECOND // 8, 60 + serial) for serial in range(12)]
    for picture in pictures(scene, messages, [DUE + SECOND // 2, DUE + SECOND]):
        linear = (picture / 255.0) ** 2.2
        red = (linear[..., 0] >= 0.8 * linear.sum(axis=2)) & (linear[..., 0] > 0.05)
        assert not red.any()


def test_the_same_messages_give_the_same_pictures():
    messages = [a_cue(serial, DUE + serial * SECOND // 4) for serial in range(3)]
    times = list(range(DUE, DUE + 20 * FRAME, FRAME))
    one, other = (pictures(make_scene(), messages, times)[-1] for _ in range(2))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("layers", "units"), [(1, 1), (1, 33), (3, 10)])
def test_networks_of_any_size_are_drawn(layers, units):
    scene = make_scene(layers, units)
    messages = [
        a_cue(serial, DUE + serial, 60 + serial, source, layers, units)
        for serial, source in enumerate(NoteSource)
    ]
    (rest,) = pictures(scene, [], [0])
    (awake,) = pictures(scene, messages, [DUE + SECOND // 4])
    assert not np.array_equal(rest, awake)


@pytest.mark.parametrize("detail", [0, 1, 2])
def test_every_level_of_detail_is_drawn(scene, detail):
    framing = FrameBuilder(scene.network)
    framing.apply_message(a_cue())
    surface = pygame.Surface(PICTURE_SIZE_PX, 0, 32)
    scene.draw(surface, framing.build_frame(DUE + SECOND // 5, 0, detail))
    assert key_light(scene, pygame.surfarray.array3d(surface)) > 60


@pytest.mark.parametrize("pitch", [0, 20, 109, 127])
def test_notes_off_the_piano_do_no_harm(scene, pitch):
    pictures(scene, [a_cue(pitch=pitch)], [DUE - 1, DUE + SECOND // 5])
