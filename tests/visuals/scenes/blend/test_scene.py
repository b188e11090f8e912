from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.cues import KEY_COUNT, BlendChange, BlendContributions, NoteCue, NoteSource
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import Typesetter
from visuals.frame_builder import FrameBuilder
from visuals.hud.piano_keyboard import PianoKeyboard
from visuals.network_summary import NetworkSummary
from visuals.scenes.base import SceneResources
from visuals.scenes.blend.blend_space import lay_out_blend
from visuals.scenes.blend.scene import BlendScene
from visuals.scenes.blend.temperature_slider import MAX_TEMPERATURE, MIN_TEMPERATURE
from visuals.timeline import SECOND
from visuals.words import load_words

UNITS = 16
NETWORKS = tuple(NetworkSummary.dummy(1, UNITS, seed) for seed in range(3))
SPACE = lay_out_blend(3)
NAMES = ("irish", "chorales", "fife")


def a_cue(serial: int, due: float, source=NoteSource.NETWORK) -> NoteCue:
    activations = np.zeros((1, 6, UNITS), np.float32)
    ahead = np.zeros(KEY_COUNT, np.float32)
    ahead[40] = 0.9
    length = SECOND // 2
    return NoteCue(serial, round(due * SECOND), length, 69, 90, source, 3.0, activations, ahead)


def shares(serial: int, weights, given, expects: int = 40) -> BlendContributions:
    ahead = np.zeros((3, KEY_COUNT), np.float32)
    ahead[:, expects] = 0.9
    hidden = np.full((3, UNITS), 0.9, np.float32)
    return BlendContributions(serial, np.array(weights, "f4"), np.array(given, "f4"), ahead, hidden)


def blend_of(networks) -> BlendScene:
    pygame.font.init()
    type = Typesetter()
    return BlendScene(
        networks[0], SceneResources(type, load_words(), PianoKeyboard(type), networks)
    )


@pytest.fixture
def blend() -> BlendScene:
    return blend_of(NETWORKS)


def picture(blend: BlendScene, messages: list, seconds: float) -> np.ndarray:
    builder = FrameBuilder(NETWORKS[0])
    for message in messages:
        builder.apply_message(message)
    surface = blank_surface(PICTURE_SIZE_PX)
    blend.draw(surface, builder.build_frame(round(seconds * SECOND), 0))
    return pygame.surfarray.array3d(surface).astype(int)


def light_beside(shown: np.ndarray, number: int) -> int:
    """Light of the stream of a pole where it leaves it, the point being in the middle."""
    pole, centre = SPACE.pole_centres[number], SPACE.corners.mean(axis=0)
    x, y = (pole + (centre - pole) * (SPACE.pole_radius + 60) / np.hypot(*(centre - pole))).astype(
        int
    )
    return int(shown[x - 25 : x + 25, y - 25 : y + 25].sum())


EVEN = BlendChange(0, NAMES, (1 / 3, 1 / 3, 1 / 3))


def test_the_stream_is_bright_from_the_pole_that_made_the_note(blend):
    for maker in range(3):
        given = [0.0, 0.0, 0.0]
        given[maker] = 0.5
        messages = [EVEN, a_cue(0, 1.0), shares(0, (1 / 3,) * 3, given)]
        shown = picture(blend, messages, 1.7)
        lights = [light_beside(shown, number) for number in range(3)]
        assert int(np.argmax(lights)) == maker


def test_a_visitors_note_comes_from_no_pole(blend):
    contributed = shares(0, (1 / 3,) * 3, (0.9, 0.9, 0.9))
    visitor = picture(blend, [EVEN, a_cue(0, 1.0, NoteSource.VISITOR), contributed], 1.7)
    network = picture(blend, [EVEN, a_cue(0, 1.0), contributed], 1.7)
    for number in range(3):
        assert light_beside(visitor, number) < light_beside(network, number)


def test_the_point_lies_where_the_mixture_says(blend):
    for weights in ((1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.2, 0.4, 0.4)):
        messages = [BlendChange(0, NAMES, weights), a_cue(0, 1.0), shares(0, weights, (0.1,) * 3)]
        shown = picture(blend, messages, 1.2)
        x, y = SPACE.point_for_weights(np.array(weights)).astype(int)
        assert shown[x - 4 : x + 4, y - 4 : y + 4].mean() > 120


def test_a_pole_is_alive_with_its_own_network(blend):
    still = shares(1, (1.0, 0.0, 0.0), (0.1,) * 3)
    still.hidden[2] = 0.0
    alive = shares(0, (1.0, 0.0, 0.0), (0.1,) * 3)
    x, y = SPACE.pole_centres[2].astype(int)
    pole = np.s_[x - 100 : x + 100, y - 100 : y + 100]
    moved = picture(blend, [a_cue(0, 1.0), alive], 1.8)[pole].sum()
    assert moved > picture(blend, [a_cue(1, 1.0), still], 1.8)[pole].sum() + 20_000


def test_one_style_alone_has_one_pole():
    alone = blend_of(NETWORKS[:1])
    shown = picture(alone, [a_cue(0, 1.0)], 1.3)
    x, y = lay_out_blend(1).corners[0].astype(int)
    assert shown[x - 4 : x + 4, y - 4 : y + 4].mean() > 120
    assert alone.drag_steering_at(x, y) is None
    assert alone.steer_by_arrow(1, 0) is None


def test_a_finger_moves_the_point(blend):
    x, y = SPACE.corners[0]
    steering = blend.drag_steering_at(x, y)
    assert steering(*SPACE.corners[1]) == ("blend", (0.0, 1.0, 0.0))
    name, values = steering(*SPACE.corners.mean(axis=0))
    assert values == pytest.approx((1 / 3,) * 3, abs=0.01)


def test_a_finger_slides_the_temperature(blend):
    steering = blend.drag_steering_at(230, 234)
    assert steering(0, 234) == ("temperature", (MIN_TEMPERATURE,))
    assert steering(1900, 234) == ("temperature", (MAX_TEMPERATURE,))


def test_arrows_move_the_point_from_where_it_is(blend):
    picture(blend, [BlendChange(0, NAMES, (1.0, 0.0, 0.0))], 1.0)
    _, left = blend.steer_by_arrow(-1, 1)
    assert left[0] < 1.0
    assert left[1] > left[2]


def test_away_from_everything_there_is_nothing_to_steering(blend):
    assert blend.drag_steering_at(1900, 60) is None
