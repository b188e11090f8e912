"""Golden pictures: each scene at two moments of a demo performance, as last approved.

The pictures are a quarter of the size and without text, whose words may change. After an intended
change, look at the pictures that `pytest tests/end_to_end/test_golden.py --redraw` writes to
`golden/`, and commit them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pygame
import pytest
from brightness import mean_luminance
from demo_performance import DemoPerformance

from messages.clock import SECOND
from messages.cues import HIDDEN_INDEX, BlendContributions, NoteCue, StageMessage, Turn
from visuals.drawing.backdrop import Camera, Ground
from visuals.drawing.sprites import BLEND_ADD
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import TextStyle, Typesetter
from visuals.frame_builder import FrameBuilder
from visuals.network_summary import NetworkSummary
from visuals.scenes import scene_types
from visuals.scenes.base.scene import Scene, SceneResources
from visuals.widgets.piano_keyboard import PianoKeyboard
from visuals.words import load_words

GOLDEN = Path(__file__).parent / "golden"
LAYERS, UNITS, STYLES = 2, 96, 3
MOMENTS = (5.0, 15.0)
"""Moments of the attract mode and of an answer, seconds."""
TRAIL_FRAMES = 24
"""Frames drawn before each moment, for the trails of light."""
PICTURE_SIZE = (480, 270)
CAMERA = Camera(0)
MAX_MEAN_DIFFERENCE, MAX_DIFFERENCE = 0.5, 8.0
"""Largest difference of levels (0 to 255), on average and at all but a thousandth of the pixels."""


class BlankTypesetter(Typesetter):
    """Renders black boxes of the size of the text."""

    def render(self, text: str, style: TextStyle) -> pygame.Surface:
        shape = super().render(text, style)
        return pygame.Surface(shape.get_size(), 0, 32)


@pytest.fixture(params=[scene.name for scene in scene_types()])  # anew: a scene has seen nothing
def scene(request) -> Scene:
    pygame.font.init()
    chosen = next(scene for scene in scene_types() if scene.name == request.param)
    networks = tuple(NetworkSummary.dummy(LAYERS, UNITS, seed) for seed in range(STYLES))
    typesetter = BlankTypesetter()
    keyboard = PianoKeyboard(typesetter)
    return chosen(networks[0], SceneResources(typesetter, load_words(), keyboard, networks))


def shares_of(cue: NoteCue) -> BlendContributions:
    """Shares of three networks in a note, the first the largest."""
    weights = np.array([0.5, 0.3, 0.2], np.float32)
    ahead = np.stack([np.roll(cue.next_key_probabilities, 2 * k) for k in range(STYLES)])
    hidden = np.stack([np.roll(cue.activations[-1, HIDDEN_INDEX], 7 * k) for k in range(STYLES)])
    return BlendContributions(cue.serial, weights, weights, ahead, hidden)


def messages_until(performance: DemoPerformance, time: int) -> list[StageMessage]:
    messages: list[StageMessage] = []
    for message in performance.poll(time):
        messages.append(message)
        if isinstance(message, NoteCue):
            messages.append(shares_of(message))
    return messages


def pictures(scene: Scene) -> list[pygame.Surface]:
    """The scene at each moment, a quarter of its size."""
    builder, performance = FrameBuilder(scene.network), DemoPerformance(LAYERS, UNITS, SECOND)
    surface, ground, kept = pygame.Surface(PICTURE_SIZE_PX, 0, 32), Ground(PICTURE_SIZE_PX), []
    for moment in MOMENTS:
        for frame in range(-TRAIL_FRAMES, 1):
            time = round((moment + frame / 60) * SECOND)
            for message in messages_until(performance, time):
                builder.apply_message(message)
            frame = builder.build_frame(time, round(time * 60 / SECOND))
            layers = CAMERA.placed_layers(scene.backdrop.layers, moment)
            background, revision = scene.background(frame)
            scene.draw(surface, frame, ground=ground.compose(background, revision, layers))
        surface.fblits(CAMERA.dust_sprites(moment), BLEND_ADD)
        kept.append(pygame.transform.smoothscale(surface, PICTURE_SIZE))
    return kept


def test_a_visitor_s_turn_is_at_least_as_bright_as_attract(scene):
    builder, performance = FrameBuilder(scene.network), DemoPerformance(LAYERS, UNITS, SECOND)
    surface, light = pygame.Surface(PICTURE_SIZE_PX, 0, 32), {turn: [] for turn in Turn}
    for number in range(48, 180):
        time = number * SECOND // 12
        for message in messages_until(performance, time):
            builder.apply_message(message)
        scene.draw(surface, builder.build_frame(time, number))
        light[builder.timeline.turn(time).turn].append(mean_luminance(surface))
    assert np.mean(light[Turn.LISTEN]) >= np.mean(light[Turn.ATTRACT])


def levels(picture: pygame.Surface) -> np.ndarray:
    return pygame.surfarray.array3d(picture).astype(float)


def test_the_picture_is_the_approved_one(scene, request):
    for number, picture in enumerate(pictures(scene), start=1):
        path = GOLDEN / f"{scene.name}-{number}.png"
        if request.config.getoption("--redraw"):
            pygame.image.save(picture, path)
        difference = np.abs(levels(picture) - levels(pygame.image.load(path)))
        assert difference.mean() < MAX_MEAN_DIFFERENCE, path.name
        assert np.percentile(difference, 99.9) < MAX_DIFFERENCE, path.name
